/** Chooses the language and the locale from the user's choice and the browser's preferences. */

import { LANGUAGES, type Language } from "./messages.js";

export function firstLanguage(chosen: string | null, wanted: readonly string[]): Language {
  const candidates = [chosen ?? "", ...wanted].map((tag) => tag.split("-")[0]);
  return LANGUAGES.find((each) => each === candidates.find((tag) => LANGUAGES.some((known) => known === tag))) ?? "en";
}

export function localeFor(chosen: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => tag.split("-")[0] === chosen) ?? chosen;
}
