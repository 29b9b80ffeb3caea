import type { OrderSummary } from "@order-backend/client";
import { useState } from "preact/hooks";

import { useApp } from "../app.js";
import { Icon } from "../components/Icon.js";
import { More } from "../components/More.js";
import { Notice, Protected, Show } from "../components/states.js";
import { StatusBadge } from "../components/StatusBadge.js";
import { formatMoney, formatTime } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { shortId } from "../orders.js";
import { useResource } from "../resource.js";
import { useTitle } from "../title.js";

export function OrdersPage() {
  useTitle(t("orders.title"));
  return (
    <Protected scope="orders:read">
      <h1>{t("orders.title")}</h1>
      <Orders />
    </Protected>
  );
}

function Orders() {
  const { api } = useApp();
  const [first, reload] = useResource((signal) => api.listOrders({}, { signal }), []);
  const [older, setOlder] = useState<{ orders: readonly OrderSummary[]; next: string | undefined }>();
  return (
    <Show resource={first} reload={reload}>
      {(page) => {
        const orders = [...page.orders, ...(older?.orders ?? [])];
        const next = older === undefined ? page.next : older.next;
        if (orders.length === 0 && next === undefined) {
          return (
            <Notice icon="box" title="orders.empty" hint={t("orders.emptyHint")}>
              <a class="button primary" href="/">
                {t("basket.browse")}
              </a>
            </Notice>
          );
        }
        const more = async (cursor: string) => {
          const read = await api.listOrders({ cursor });
          setOlder({ orders: [...(older?.orders ?? []), ...read.orders], next: read.next });
        };
        return (
          <>
            <ul class="rows panel">
              {orders.map((order) => (
                <li class="row-item" key={order.orderId}>
                  <div>
                    <a class="cover strong" href={`/orders/${order.orderId}`}>
                      {t("orders.number", { id: shortId(order.orderId) })}
                    </a>
                    <span class="muted">{formatTime(order.createdAt, locale.value)}</span>
                  </div>
                  <StatusBadge status={order.status} />
                  <strong class="amount">{formatMoney(order.total, locale.value)}</strong>
                  <Icon name="next" />
                </li>
              ))}
            </ul>
            {next !== undefined && <More label={t("orders.more")} read={() => more(next)} />}
          </>
        );
      }}
    </Show>
  );
}
