import { formatClock } from "../../format.js";
import { hasText, locale, t } from "../../i18n/i18n.js";
import type { MessageKey } from "../../i18n/messages.js";
import { shortId } from "../../orders.js";
import { type Happening, stepName } from "./server.js";

export function WhatHappened({ log }: { log: readonly Happening[] }) {
  return (
    <section class="panel break-log" aria-labelledby="log">
      <h2 id="log">{t("break.log")}</h2>
      {log.length === 0 ? (
        <p class="muted">{t("break.logEmpty")}</p>
      ) : (
        <div class="scrolled" tabIndex={0} role="region" aria-labelledby="log">
          <ol>
          {[...log].reverse().map((each) => (
            <li key={each.at}>
              <time class="muted tabular" dateTime={each.at}>
                {formatClock(each.at, locale.value)}
              </time>
              <span>{sentence(each)}</span>
            </li>
          ))}
          </ol>
        </div>
      )}
    </section>
  );
}

function sentence({ what, at: _, ...values }: Happening) {
  if (!hasText("break.did", what)) {
    return what;
  }
  const shown = { ...values };
  if (typeof shown.step === "string") {
    shown.step = stepName(shown.step);
  }
  const { order } = shown;
  const text = t(`break.did.${what}` as MessageKey, shown);
  return typeof order === "string" ? (
    <>
      {text} <a href={`/console/orders/${order}`}>{shortId(order)}</a>
    </>
  ) : (
    text
  );
}
