/** The lines of an order, its payment and its shipment. */

import type { Order } from "@order-backend/client";

import { formatMoney } from "../format.js";
import { locale, t, tValue } from "../i18n/i18n.js";
import { isFinal } from "../orders.js";
import { Icon } from "./Icon.js";

export function OrderItems({ order }: { order: Order }) {
  return (
    <section class="panel stack">
      <h2>{t("order.items")}</h2>
      <ul class="plain">
        {order.lines.map((line) => (
          <li class="between" key={line.sku}>
            <span>
              {line.quantity} × {line.name}
            </span>
            <span class="amount">{formatMoney(line.total, locale.value)}</span>
          </li>
        ))}
      </ul>
      <p class="total">
        <span>{t("basket.total")}</span>
        <strong>{formatMoney(order.total, locale.value)}</strong>
      </p>
    </section>
  );
}

export function OrderFacts({ order }: { order: Order }) {
  const { payment, shipment } = order;
  return (
    <section class="panel stack">
      <div class="fact">
        <Icon name="card" />
        <div>
          <h2 class="small-title">{t("order.payment")}</h2>
          {payment === undefined ? (
            <span class="muted">{t(isFinal(order.status) ? "order.neverCharged" : "order.noPayment")}</span>
          ) : (
            <span>
              {tValue("payment", payment.status)} · {formatMoney(payment.amount, locale.value)}
              {payment.reason && <span class="muted mono"> {payment.reason}</span>}
            </span>
          )}
        </div>
      </div>
      <div class="fact">
        <Icon name="truck" />
        <div>
          <h2 class="small-title">{t("order.shipment")}</h2>
          {shipment === undefined ? (
            <span class="muted">{t(isFinal(order.status) ? "order.neverShipped" : "order.noShipment")}</span>
          ) : (
            <span>
              {tValue("shipment", shipment.status)}
              {shipment.reason && <span class="muted mono"> {shipment.reason}</span>}
              {shipment.trackingNumber && (
                <span class="block">
                  {t("order.tracking")} <span class="mono">{shipment.trackingNumber}</span>
                </span>
              )}
            </span>
          )}
        </div>
      </div>
    </section>
  );
}
