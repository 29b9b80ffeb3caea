/** One dead-letter queue: its letters with their causes, and the button that redrives them. */

import type { DeadLetter } from "@order-backend/client";
import { useState } from "preact/hooks";

import { useApp } from "../app.js";
import { Dialog } from "../components/Dialog.js";
import { Icon } from "../components/Icon.js";
import { Notice, Show } from "../components/states.js";
import { formatTime } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { useResource } from "../resource.js";
import { redriveAll } from "./redriving.js";

const SHOWN = 50;

export function QueuePage({ queue }: { queue: string }) {
  const { api } = useApp();
  const [read, reload] = useResource((signal) => api.adminListDeadLetters(queue, { limit: SHOWN }, { signal }), [queue]);
  const [isAsking, ask] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [said, say] = useState<{ text: string; tone: "good" | "bad" | "" }>();
  const redrive = async () => {
    setBusy(true);
    ask(false);
    let sent = 0;
    try {
      const { left } = await redriveAll(api, queue, (count) => {
        sent = count;
        say({ text: t("queue.busy", { count }), tone: "" });
      });
      say({ text: t("queue.done", { count: sent, left }), tone: left === 0 ? "good" : "" });
    } catch {
      say({ text: t("queue.failed", { count: sent }), tone: "bad" });
    }
    setBusy(false);
    reload();
  };
  const letters = read.state === "ready" ? read.value.letters : [];
  return (
    <>
      <a class="back-link" href="/console/queues">
        <Icon name="back" /> {t("console.queues")}
      </a>
      <div class="title-row">
        <h1 class="mono-title">{queue}</h1>
        <div class="row push">
          <button type="button" class="button" disabled={isBusy} onClick={reload}>
            {t("queues.refresh")}
          </button>
          <button
            type="button"
            class="button primary"
            disabled={isBusy || !letters.some((each) => each.redrivable)}
            onClick={() => ask(true)}
          >
            {t("queue.redrive")}
          </button>
        </div>
      </div>
      <p class={`said ${said?.tone ?? ""}`} role="status">
        {said?.text}
      </p>
      <Show resource={read} reload={reload}>
        {(page) =>
          page.letters.length === 0 ? (
            <Notice icon="check" title="queue.empty" hint={t("queue.emptyHint")} />
          ) : (
            <>
              <ul class="letters">
                {page.letters.map((letter) => (
                  <Letter letter={letter} key={letter.id} />
                ))}
              </ul>
              {page.more && <p class="muted">{t("queue.more")}</p>}
            </>
          )
        }
      </Show>
      <Dialog
        open={isAsking}
        title={t("queue.ask", { queue })}
        hint={t("queue.askHint")}
        yes={t("queue.yes")}
        no={t("queue.no")}
        busy={isBusy}
        onYes={() => void redrive()}
        onNo={() => ask(false)}
      />
    </>
  );
}

/** The API's texts `about`, `cause` and `plan` are written for operators, in English. */
function Letter({ letter }: { letter: DeadLetter }) {
  return (
    <li class="panel letter">
      <div class="title-row">
        <h2 lang="en">{letter.about}</h2>
        <span class={`badge push ${letter.redrivable ? "open" : "back"}`}>
          {t(letter.redrivable ? "queue.sends" : "queue.stays")}
        </span>
      </div>
      <dl class="letter-facts">
        <div>
          <dt>{t("queue.cause")}</dt>
          <dd lang="en">{letter.cause}</dd>
        </div>
        <div>
          <dt>{t("queue.plan")}</dt>
          <dd lang="en">{letter.plan}</dd>
        </div>
        <div>
          <dt>{t("queue.sent")}</dt>
          <dd>{formatTime(letter.sentAt, locale.value)}</dd>
        </div>
        <div>
          <dt>{t("queue.receives")}</dt>
          <dd>{t("queue.times", { count: letter.receives })}</dd>
        </div>
      </dl>
      {letter.orderId !== undefined && (
        <a class="letter-order" href={`/console/orders/${letter.orderId}`}>
          {t("queue.order")}
        </a>
      )}
    </li>
  );
}
