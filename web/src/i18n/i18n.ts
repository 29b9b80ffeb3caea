/** The user's language and locale. The user can change the language; money and times follow the browser's locale. */

import { computed, effect, signal } from "@preact/signals";

import { firstLanguage, localeFor } from "./choose.js";
import { type Language, MESSAGES, type MessageKey } from "./messages.js";

const NAME = "language";

export const language = signal<Language>(firstLanguage(localStorage.getItem(NAME), navigator.languages));

/** The browser's first locale in that language, for example `de-AT` in Austria. */
export const locale = computed(() => localeFor(language.value, navigator.languages));

effect(() => {
  document.documentElement.lang = language.value;
});

export function setLanguage(wanted: Language): void {
  language.value = wanted;
  localStorage.setItem(NAME, wanted);
}

export function t(key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  return MESSAGES[key][language.value].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Returns the text for a value of the API; the value itself if it is newer than this application. */
export function tValue(prefix: string, value: string): string {
  const key = `${prefix}.${value}`;
  return key in MESSAGES ? t(key as MessageKey) : value;
}

export function hasText(prefix: string, value: string): boolean {
  return `${prefix}.${value}` in MESSAGES;
}
