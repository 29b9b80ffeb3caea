import type { OrderSummary, Status } from "@order-backend/client";
import { useEffect, useState } from "preact/hooks";

import { useApp } from "../app.js";
import { More } from "../components/More.js";
import { Notice, Show } from "../components/states.js";
import { StatusBadge } from "../components/StatusBadge.js";
import { formatMoney, formatTime } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { shortId } from "../orders.js";
import { useResource } from "../resource.js";
import { StatusFilter } from "./StatusFilter.js";

const STATUSES: readonly Status[] = [
  ...(["PENDING", "CONFIRMED", "FULFILLED", "REJECTING", "REJECTED", "CANCELLING", "CANCELLED"] as const),
];

export function CustomerPage({ customerId }: { customerId: string }) {
  const { api } = useApp();
  const [status, setStatus] = useState<Status | "">("");
  const [older, setOlder] = useState<{ orders: readonly OrderSummary[]; next: string | undefined }>();
  const query = { limit: 50, ...(status === "" ? {} : { status }) };
  const [first, reload] = useResource(() => api.adminListOrders(customerId, query), [customerId, status]);
  useEffect(() => setOlder(undefined), [customerId, status]);
  const more = async (cursor: string) => {
    const read = await api.adminListOrders(customerId, { ...query, cursor });
    setOlder({ orders: [...(older?.orders ?? []), ...read.orders], next: read.next });
  };
  return (
    <>
      <div class="title-row">
        <h1>{t("console.customerOrders")}</h1>
        <StatusFilter class="push" statuses={STATUSES} chosen={status} onChoose={setStatus} />
      </div>
      <p class="mono muted">{customerId}</p>
      <Show resource={first} reload={reload}>
        {(page) => {
          const orders = [...page.orders, ...(older?.orders ?? [])];
          const next = older === undefined ? page.next : older.next;
          if (orders.length === 0 && next === undefined) {
            return <Notice icon="box" title="console.none" hint={t("console.noneHint")} />;
          }
          return (
            <>
              <div class="table-frame panel" tabIndex={0} role="region" aria-label={t("console.customerOrders")}>
                <table>
                  <thead>
                    <tr>
                      <th scope="col">{t("console.order")}</th>
                      <th scope="col">{t("console.status")}</th>
                      <th scope="col">{t("console.placed")}</th>
                      <th scope="col" class="number">
                        {t("console.total")}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {orders.map((order) => (
                      <tr key={order.orderId}>
                        <th scope="row">
                          <a class="mono" href={`/console/orders/${order.orderId}`}>
                            {shortId(order.orderId)}
                          </a>
                        </th>
                        <td>
                          <StatusBadge status={order.status} />
                        </td>
                        <td>{formatTime(order.createdAt, locale.value)}</td>
                        <td class="number">{formatMoney(order.total, locale.value)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              {next !== undefined && <More label={t("console.more")} read={() => more(next)} />}
            </>
          );
        }}
      </Show>
    </>
  );
}
