/** A button that loads the next page of a list. */

import { useState } from "preact/hooks";

import { t } from "../i18n/i18n.js";

export function More({ label, read }: { label: string; read: () => Promise<void> }) {
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  const press = () => {
    setState("busy");
    read().then(
      () => setState("idle"),
      () => setState("failed"),
    );
  };
  return (
    <div class="row centred">
      <button class="button" disabled={state === "busy"} onClick={press}>
        {label}
      </button>
      {state === "failed" && (
        <span class="said bad" role="alert">
          {t("state.failed")}
        </span>
      )}
    </div>
  );
}
