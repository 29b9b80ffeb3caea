/** The colour theme: that of the system, until the user chooses light or dark. */

import { computed, effect, signal } from "@preact/signals";

const NAME = "theme";
const query = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(query.matches);
query.addEventListener("change", (event) => (systemDark.value = event.matches));

const chosen = signal(localStorage.getItem(NAME));
export const isDark = computed(() => (chosen.value === null ? systemDark.value : chosen.value === "dark"));

effect(() => {
  document.documentElement.dataset["theme"] = isDark.value ? "dark" : "light";
});

export function toggleTheme(): void {
  chosen.value = isDark.value ? "light" : "dark";
  localStorage.setItem(NAME, chosen.value);
}
