/** Every queue of the stage: the messages that wait, and the dead letters. */

import type { Queue, UnreadableQueue } from "@order-backend/client";

import { useApp } from "../app.js";
import { Icon } from "../components/Icon.js";
import { Show } from "../components/states.js";
import { locale, t } from "../i18n/i18n.js";
import { useResource } from "../resource.js";

const COLUMNS = ["waiting", "inFlight", "delayed"] as const;

export function QueuesPage() {
  const { api } = useApp();
  const [read, reload] = useResource((signal) => api.adminListQueues({ signal }), []);
  return (
    <>
      <div class="title-row">
        <h1>{t("console.queues")}</h1>
        <button type="button" class="button push" onClick={reload}>
          {t("queues.refresh")}
        </button>
      </div>
      <p class="muted measure">{t("queues.hint")}</p>
      <Show resource={read} reload={reload}>
        {({ queues, unreadable }) => (
          <>
            <Unreadable queues={unreadable ?? []} />
            <Queues queues={queues} />
          </>
        )}
      </Show>
    </>
  );
}

/** Queues that could not be read, each with what to do: their dead letters are not in the sum. */
function Unreadable({ queues }: { queues: readonly UnreadableQueue[] }) {
  return queues.map((each) => (
    <p class="queue-sum bad" role="alert" key={each.name}>
      <Icon name="cross" />
      {each.name}: {each.problem}
    </p>
  ));
}

/** Queues with dead letters come first, because operators look for them. */
function Queues({ queues }: { queues: readonly Queue[] }) {
  const number = new Intl.NumberFormat(locale.value);
  const dead = queues.reduce((sum, each) => sum + each.deadLetters, 0);
  const sorted = [...queues].sort((a, b) => Math.sign(b.deadLetters) - Math.sign(a.deadLetters));
  return (
    <div class="stack">
      <p class={`queue-sum ${dead === 0 ? "good" : "bad"}`} role="status">
        <Icon name={dead === 0 ? "check" : "mail"} />
        {dead === 0 ? t("queues.none") : `${t("queues.some")}: ${number.format(dead)}`}
      </p>
      <div class="table-frame panel" tabIndex={0} role="region" aria-label={t("console.queues")}>
        <table class="queues">
          <thead>
            <tr>
              <th scope="col">{t("queues.name")}</th>
              <th scope="col" class="number">
                {t("queues.letters")}
              </th>
              {COLUMNS.map((name) => (
                <th scope="col" class="number" key={name}>
                  {t(`queues.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((each) => (
              <tr key={each.name}>
                <th scope="row">
                  <a href={`/console/queues/${encodeURIComponent(each.name)}`}>{each.name}</a>
                  <small class="muted">{each.holds}</small>
                </th>
                <td class="number">
                  <span class={each.deadLetters === 0 ? "muted" : "badge bad"}>{number.format(each.deadLetters)}</span>
                </td>
                {COLUMNS.map((name) => (
                  <td class="number" key={name}>
                    {each.queue === undefined ? <span class="muted">–</span> : number.format(each.queue[name])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
