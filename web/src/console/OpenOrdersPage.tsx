import type { OpenOrder } from "@order-backend/client";
import { useEffect, useState } from "preact/hooks";

import { useApp } from "../app.js";
import { Notice, Show } from "../components/states.js";
import { StatusBadge } from "../components/StatusBadge.js";
import { formatAge, formatTime } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { shortId } from "../orders.js";
import { useResource } from "../resource.js";
import { StatusFilter } from "./StatusFilter.js";

const MINUTES = [0, 1, 15, 60, 1440] as const;
const STATUSES = ["PENDING", "CONFIRMED", "REJECTING", "CANCELLING"] as const;
type OpenStatus = (typeof STATUSES)[number];
const REFRESHED_EVERY = 5000;

export function OpenOrdersPage() {
  const { api } = useApp();
  const [minutes, setMinutes] = useState(0);
  const [orders, setOrders] = useState<readonly OpenOrder[]>();
  const [status, setStatus] = useState<OpenStatus | "">("");
  const read = () =>
    api.adminListOpenOrders({ openForMinutes: minutes, limit: 100, ...(status === "" ? {} : { status }) });
  const [page, reload] = useResource(read, [minutes, status]);
  useEffect(() => {
    let isShown = true;
    setOrders(undefined);
    // Read again in the background, without a flicker of the loading state.
    const timer = setInterval(() => {
      read().then(
        (found) => isShown && setOrders(found.orders),
        () => undefined,
      );
    }, REFRESHED_EVERY);
    return () => {
      isShown = false;
      clearInterval(timer);
    };
  }, [minutes, status]);
  return (
    <>
      <div class="title-row">
        <h1>{t("console.open")}</h1>
        <div class="filters push">
          <StatusFilter statuses={STATUSES} chosen={status} onChoose={setStatus} />
          <label class="inline-field">
            <span class="label">{t("console.unchanged")}</span>
            <select value={minutes} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
              {MINUTES.map((each) => (
                <option value={each} key={each}>
                  {each === 0 ? t("console.unchanged.any") : t("console.minutes", { count: each })}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
      <Show resource={page} reload={reload}>
        {(first) => {
          const shown = orders ?? first.orders;
          return shown.length === 0 ? (
            <Notice icon="check" title="console.allWell" hint={t("console.allWellHint")} />
          ) : (
            <div class="table-frame panel" tabIndex={0} role="region" aria-label={t("console.open")}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t("console.order")}</th>
                    <th scope="col">{t("console.status")}</th>
                    <th scope="col">{t("console.placed")}</th>
                    <th scope="col">{t("console.since")}</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map((order) => (
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
                      <td>{formatAge(order.updatedAt, Date.now(), locale.value)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Show>
    </>
  );
}
