import { ApiError, type Order } from "@order-backend/client";
import { useRoute } from "preact-iso";
import { useEffect, useMemo, useState } from "preact/hooks";

import { useApp } from "../app.js";
import { Dialog } from "../components/Dialog.js";
import { Icon } from "../components/Icon.js";
import { OrderFacts, OrderItems } from "../components/OrderDetails.js";
import { Failed, Loading, Protected } from "../components/states.js";
import { StatusBadge } from "../components/StatusBadge.js";
import { Timeline } from "../components/Timeline.js";
import { feedOf } from "../feed.js";
import { formatTime } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { isFinal, mayBeCancelled, shortId } from "../orders.js";
import { useTitle } from "../title.js";

export function OrderPage() {
  const orderId = useRoute().params["orderId"] ?? "";
  useTitle(t("orders.number", { id: shortId(orderId) }));
  return (
    <Protected scope="orders:read">
      <a class="back-link" href="/orders">
        <Icon name="back" /> {t("order.back")}
      </a>
      <LiveOrder orderId={orderId} key={orderId} />
    </Protected>
  );
}

function LiveOrder({ orderId }: { orderId: string }) {
  const { api, live } = useApp();
  const [order, setOrder] = useState<Order>();
  const [trouble, setTrouble] = useState<unknown>();
  const [round, setRound] = useState(0);
  const feed = useMemo(
    () =>
      feedOf<Order>({
        read: (id, signal) => api.getOrder(id, { signal }),
        isFinal: (read) => isFinal(read.status),
        live: live.mine,
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
  const again = () => setRound((number) => number + 1);

  if (order === undefined) {
    return trouble === undefined ? <Loading /> : <Failed error={trouble} retry={again} />;
  }
  return (
    <>
      <div class="title-row">
        <h1>{t("orders.number", { id: shortId(order.orderId) })}</h1>
        <StatusBadge status={order.status} />
        <span class="live-slot" role="status">
          {trouble !== undefined ? (
            <span class="live off">{t("order.reconnecting")}</span>
          ) : (
            !isFinal(order.status) && <span class="live">{t("order.live")}</span>
          )}
        </span>
      </div>
      <p class="muted">{t("order.placedAt", { time: formatTime(order.createdAt, locale.value) })}</p>
      <div class="split">
        <section class="panel" aria-labelledby="timeline">
          <h2 id="timeline">{t("order.timeline")}</h2>
          <div aria-live="polite">
            <Timeline order={order} />
          </div>
          {mayBeCancelled(order.status) && <Cancel order={order} onChange={(changed) => (setOrder(changed), again())} />}
          {isFinal(order.status) && (
            <a class="button" href="/">
              {t("order.again")}
            </a>
          )}
        </section>
        <aside class="stack wide-gap">
          <OrderItems order={order} />
          <OrderFacts order={order} />
        </aside>
      </div>
    </>
  );
}

function Cancel({ order, onChange }: { order: Order; onChange: (order: Order) => void }) {
  const { api } = useApp();
  const [isAsking, ask] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [said, say] = useState<string>();
  const cancel = async () => {
    setBusy(true);
    try {
      onChange(await api.cancelOrder(order.orderId));
    } catch (error) {
      const tooLate = error instanceof ApiError && error.type === "too-late-to-cancel";
      say(tooLate ? t("order.tooLate") : t("state.failed"));
    }
    setBusy(false);
    ask(false);
  };
  return (
    <>
      <button class="button danger" onClick={() => ask(true)}>
        {t("order.cancel")}
      </button>
      <p class="said bad" role="status">
        {said}
      </p>
      <Dialog
        open={isAsking}
        title={t("order.cancelAsk")}
        hint={t("order.cancelAskHint")}
        yes={t("order.cancelYes")}
        no={t("order.cancelNo")}
        busy={isBusy}
        onYes={cancel}
        onNo={() => ask(false)}
      />
    </>
  );
}
