import type { AnyOrder } from "@order-backend/client";
import { useEffect, useMemo, useState } from "preact/hooks";

import { useApp } from "../app.js";
import { OrderFacts, OrderItems } from "../components/OrderDetails.js";
import { Failed, Loading } from "../components/states.js";
import { StatusBadge } from "../components/StatusBadge.js";
import { Timeline } from "../components/Timeline.js";
import { feedOf } from "../feed.js";
import { formatTime } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { shortId } from "../orders.js";
import { Events, Mails, StockAndMoney } from "./OrderRecords.js";
import { SagaPicture } from "./SagaPicture.js";
import { isSettled } from "./settling.js";

export function AnyOrderPage({ orderId }: { orderId: string }) {
  const { api, live } = useApp();
  const [order, setOrder] = useState<AnyOrder>();
  const [trouble, setTrouble] = useState<unknown>();
  const [round, setRound] = useState(0);
  const feed = useMemo(
    () =>
      feedOf<AnyOrder>({
        read: (id, signal) => api.adminGetOrder(id, { signal }),
        isFinal: (read) => isSettled(read, Date.now()),
        live: live.all,
      }),
    [api, live],
  );
  useEffect(
    () =>
      feed.follow(
        orderId,
        (read) => {
          setOrder(read);
          setTrouble(undefined);
        },
        setTrouble,
      ),
    [feed, orderId, round],
  );
  if (order === undefined) {
    return trouble === undefined ? (
      <Loading />
    ) : (
      <Failed error={trouble} retry={() => setRound((number) => number + 1)} />
    );
  }
  return (
    <>
      <div class="title-row">
        <h1>{t("orders.number", { id: shortId(order.orderId) })}</h1>
        <StatusBadge status={order.status} />
      </div>
      <p class="muted break">
        <span class="mono">{order.orderId}</span> · {formatTime(order.createdAt, locale.value)} ·{" "}
        <a href={`/console/customers/${order.customerId}`}>
          {t("console.customer")} <span class="mono">{shortId(order.customerId)}</span>
        </a>
      </p>
      {order.parkedAt && (
        <section class="panel alert below" role="alert">
          <h2>{t("console.parked")}</h2>
          <p>
            {t("console.parkedHint", {
              time: formatTime(order.parkedAt, locale.value),
              cause: order.fault?.cause ?? "–",
            })}
          </p>
        </section>
      )}
      <div class="console-order">
        <section class="panel saga-panel" aria-labelledby="path">
          <h2 id="path">{t("console.path")}</h2>
          <p class="muted">{t("console.pathHint")}</p>
          <SagaPicture order={order} />
        </section>
        <div class="stack wide-gap">
          <section class="panel" aria-labelledby="timeline">
            <h2 id="timeline">{t("order.timeline")}</h2>
            <div aria-live="polite">
              <Timeline order={order} />
            </div>
            {order.attempts !== undefined && order.attempts > 0 && (
              <p class="muted">
                {t("console.attempts")}: {order.attempts}
              </p>
            )}
          </section>
          <OrderFacts order={order} />
          <StockAndMoney order={order} />
          <OrderItems order={order} />
          <Events order={order} />
          <Mails order={order} />
        </div>
      </div>
    </>
  );
}
