/** The title of the browser's window. */

import { useEffect } from "preact/hooks";

import { language, t } from "./i18n/i18n.js";

export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? t("shop.name") : `${title} · ${t("shop.name")}`;
  }, [title, language.value]);
}
