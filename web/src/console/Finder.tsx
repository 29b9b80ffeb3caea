import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";

import { t } from "../i18n/i18n.js";

const ORDER = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const CUSTOMER = /^[0-9a-f]{32}$/;

export function Finder() {
  const { route } = useLocation();
  const [text, setText] = useState("");
  const [isBad, setBad] = useState(false);
  const find = () => {
    const id = text.trim().toLowerCase();
    const page = ORDER.test(id) ? `/console/orders/${id}` : CUSTOMER.test(id) ? `/console/customers/${id}` : undefined;
    setBad(page === undefined);
    if (page !== undefined) {
      setText("");
      route(page);
    }
  };
  return (
    <form
      class="finder"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        find();
      }}
    >
      <label class="visually-hidden" for="finder">
        {t("console.find")}
      </label>
      <input
        id="finder"
        value={text}
        placeholder={t("console.findHint")}
        aria-invalid={isBad}
        aria-describedby="finder-error"
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button class="button">{t("console.go")}</button>
      <span class="field-error" id="finder-error" role="status">
        {isBad ? t("console.findBad") : ""}
      </span>
    </form>
  );
}
