import { locale, t, tValue } from "../../i18n/i18n.js";
import type { BreakState } from "./server.js";

const STATUSES = ["PENDING", "CONFIRMED", "FULFILLED", "REJECTING", "REJECTED", "CANCELLING", "CANCELLED"] as const;

/** Every order a square, which changes its colour as the order moves. */
export function OrderBoard({ state }: { state: BreakState }) {
  const number = new Intl.NumberFormat(locale.value);
  const shown = STATUSES.filter((status) => (state.statuses[status] ?? 0) > 0);
  return (
    <section class="panel break-board" aria-labelledby="board">
      <div class="title-row">
        <h2 id="board">{t("break.orders", { count: number.format(state.orders.total) })}</h2>
        {state.counts.placing > 0 && (
          <span class="live">{t("break.placing", { count: number.format(state.counts.placing) })}</span>
        )}
      </div>
      {state.recent.length === 0 ? (
        <p class="muted">{t("break.noOrders")}</p>
      ) : (
        <div class="squares" aria-hidden="true">
          {state.recent.map(({ id, status }) => (
            <i class={`square ${status}`} key={id} />
          ))}
        </div>
      )}
      <ul class="legend">
        {shown.map((status) => (
          <li key={status}>
            <i class={`square ${status}`} aria-hidden="true" />
            {tValue("status", status)} <strong class="tabular">{number.format(state.statuses[status] ?? 0)}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}

