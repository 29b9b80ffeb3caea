import { ApiError, type Export } from "@order-backend/client";
import { useState } from "preact/hooks";

import { useApp } from "../app.js";
import { Show } from "../components/states.js";
import { formatTime } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { useResource } from "../resource.js";

/** A copy of the customer's data: the request, its state, and the link to the file. */
export function ExportPanel() {
  const { api } = useApp();
  const [copy, reload] = useResource((signal) => api.getExport({ signal }), []);
  const [refusal, setRefusal] = useState<string>();
  const request = async () => {
    setRefusal(undefined);
    try {
      await api.requestExport();
      reload();
    } catch (error) {
      setRefusal((error instanceof ApiError && error.problem?.detail) || t("state.failed"));
    }
  };
  return (
    <section class="panel stack narrow below" aria-labelledby="export-title">
      <h2 class="small-title" id="export-title">
        {t("export.title")}
      </h2>
      <p class="muted">{t("export.hint")}</p>
      <Show resource={copy} reload={reload}>
        {(found) => <State copy={found} onRequest={request} onRefresh={reload} />}
      </Show>
      {refusal && (
        <p class="said bad" role="status">
          {refusal}
        </p>
      )}
    </section>
  );
}

function State(props: { copy: Export | undefined; onRequest: () => Promise<void>; onRefresh: () => void }) {
  const { copy } = props;
  const isRunning = copy?.status === "RUNNING";
  const at = copy && formatTime(copy.requestedAt, locale.value);
  return (
    <>
      {at && <p role="status">{t(isRunning ? "export.running" : copy.url ? "export.ready" : "export.gone", { at })}</p>}
      <div class="row">
        {copy?.url && (
          <a class="button primary" href={copy.url} rel="noreferrer">
            {t("export.download")}
          </a>
        )}
        {copy && (
          <button type="button" class="button" onClick={props.onRefresh}>
            {t("export.refresh")}
          </button>
        )}
        {!isRunning && (
          <button type="button" class="button" onClick={() => void props.onRequest()}>
            {t("export.request")}
          </button>
        )}
      </div>
    </>
  );
}
