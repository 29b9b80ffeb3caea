/** The history of an order, oldest change first, and what happens next. */

import type { Order } from "@order-backend/client";

import { formatClock, formatDuration } from "../format.js";
import { hasText, locale, t, tValue } from "../i18n/i18n.js";
import { isFinal, toneOf } from "../orders.js";
import { Icon, type IconName } from "./Icon.js";

const ICONS: Readonly<Record<string, IconName>> = {
  PENDING: "box",
  CONFIRMED: "check",
  FULFILLED: "truck",
  REJECTED: "cross",
  CANCELLED: "cross",
};

export function Timeline({ order }: { order: Order }) {
  const [first] = order.history;
  return (
    <ol class="timeline">
      {order.history.map((change, index) => (
        <li class={`step ${toneOf(change.status)} happened`} key={`${change.status}-${change.at}`}>
          <span class="dot">
            <Icon name={ICONS[change.status] ?? "clock"} />
          </span>
          <div class="step-text">
            <strong>{tValue("status", change.status)}</strong>
            {change.reason && <span class="why">{tValue("reason", change.reason)}</span>}
            {hasText("status", `${change.status}.hint`) && (
              <span class="muted">{tValue("status", `${change.status}.hint`)}</span>
            )}
          </div>
          <time class="muted tabular" dateTime={change.at}>
            {index === 0 || first === undefined
              ? formatClock(change.at, locale.value)
              : t("order.after", { duration: formatDuration(first.at, change.at, locale.value) })}
          </time>
        </li>
      ))}
      {!isFinal(order.status) && (
        <li class="step now" key="now">
          <span class="dot">
            <span class="pulse" />
          </span>
          <div class="step-text">
            <strong>
              {order.waitingFor ? tValue("order.waitingFor", order.waitingFor) : tValue("next", order.status)}
            </strong>
          </div>
        </li>
      )}
    </ol>
  );
}
