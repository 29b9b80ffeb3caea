/** What is stored about an order beside its history: stock, payment attempts, refund, events and mails. */

import type { AnyOrder } from "@order-backend/client";

import { Icon } from "../components/Icon.js";
import { formatClock, formatMoney, formatTime } from "../format.js";
import { locale, t, tValue } from "../i18n/i18n.js";

export function StockAndMoney({ order }: { order: AnyOrder }) {
  const { reservation, refund } = order;
  const payments = order.payments ?? [];
  return (
    <section class="panel stack">
      <div class="fact">
        <Icon name="box" />
        <div>
          <h2 class="small-title">{t("console.stock")}</h2>
          {reservation === undefined ? (
            <span class="muted">{t("console.noReservation")}</span>
          ) : (
            <>
              <span>
                {tValue("reservation", reservation.status)} · {formatTime(reservation.updatedAt, locale.value)}
              </span>
              <ul class="plain">
                {reservation.lines.map((line) => (
                  <li key={line.sku}>
                    {line.quantity} ×{" "}
                    <a class="mono" href={`/console/stock/${encodeURIComponent(line.sku)}`}>
                      {line.sku}
                    </a>
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      </div>
      {payments.length > 1 && (
        <div class="fact">
          <Icon name="card" />
          <div>
            <h2 class="small-title">{t("console.attemptsToPay")}</h2>
            <ol class="plain">
              {payments.map((payment) => (
                <li key={payment.attempt}>
                  {payment.attempt}. {tValue("payment", payment.status)} · {formatMoney(payment.amount, locale.value)}
                  {payment.reason && <span class="muted mono"> {payment.reason}</span>}
                </li>
              ))}
            </ol>
          </div>
        </div>
      )}
      {refund && (
        <div class="fact">
          <Icon name="back" />
          <div>
            <h2 class="small-title">{t("console.refund")}</h2>
            <span>
              {tValue("refund", refund.status)} · {formatMoney(refund.amount, locale.value)} ·{" "}
              {formatTime(refund.updatedAt, locale.value)}
            </span>
          </div>
        </div>
      )}
    </section>
  );
}

export function Events({ order }: { order: AnyOrder }) {
  return (
    <section class="panel stack" aria-labelledby="events">
      <h2 id="events">{t("console.events")}</h2>
      <p class="muted">{t("console.eventsHint")}</p>
      <ol class="records">
        {(order.events ?? []).map((event) => (
          <li key={event.id}>
            <span class="mono">{event.type}</span>
            <time class="muted tabular" dateTime={event.at}>
              {formatClock(event.at, locale.value)}
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}

export function Mails({ order }: { order: AnyOrder }) {
  const mails = order.mails ?? [];
  return (
    <section class="panel stack" aria-labelledby="mails">
      <h2 id="mails">{t("console.mails")}</h2>
      {mails.length === 0 ? (
        <p class="muted">{t("console.noMails")}</p>
      ) : (
        <ol class="records">
          {mails.map((mail) => (
            <li key={mail.eventId}>
              <span>
                <span class="mono">{mail.eventType}</span>
                <span class="block break">{tValue("mail", mail.outcome)}</span>
              </span>
              {mail.at && (
                <time class="muted tabular" dateTime={mail.at}>
                  {formatClock(mail.at, locale.value)}
                </time>
              )}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
