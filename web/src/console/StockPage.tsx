import { ApiError, type Schemas } from "@order-backend/client";
import { useEffect, useState } from "preact/hooks";

import { useApp } from "../app.js";
import { Icon } from "../components/Icon.js";
import { More } from "../components/More.js";
import { Show } from "../components/states.js";
import { formatTime } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { useResource } from "../resource.js";

const COLUMNS = ["received", "adjusted", "available", "held", "shipped"] as const;
type Entry = Schemas["StockEntryView"];

export function StockPage({ sku }: { sku: string }) {
  const { api, session } = useApp();
  const [page, reload] = useResource(() => api.getStock(sku, { limit: 50 }), [sku]);
  const [older, setOlder] = useState<{ entries: readonly Entry[]; next: string | undefined }>();
  useEffect(() => setOlder(undefined), [page]);
  const number = new Intl.NumberFormat(locale.value);
  const signed = new Intl.NumberFormat(locale.value, { signDisplay: "exceptZero" });
  return (
    <>
      <a class="back-link" href="/console/stock">
        <Icon name="back" /> {t("console.stock")}
      </a>
      <h1 class="mono-title">{sku}</h1>
      <Show resource={page} reload={reload}>
        {({ stock, entries, next }) => {
          const shown = [...entries, ...(older?.entries ?? [])];
          const cursor = older === undefined ? next : older.next;
          return (
            <div class="stack wide-gap">
              <section class="panel">
                <dl class="figures">
                  {COLUMNS.map((name) => (
                    <div key={name}>
                      <dt>{t(`console.${name}`)}</dt>
                      <dd>{number.format(stock[name])}</dd>
                    </div>
                  ))}
                </dl>
                <p class="muted balance">
                  <Icon name={isBalanced(stock) ? "check" : "cross"} /> {t("console.balanced")}
                </p>
              </section>
              {session.can("products:write") && <Change sku={sku} onDone={reload} />}
              <section>
                <h2>{t("console.ledger")}</h2>
                <div class="table-frame panel" tabIndex={0} role="region" aria-label={t("console.ledger")}>
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">{t("console.when")}</th>
                        <th scope="col" class="number">
                          {t("console.units")}
                        </th>
                        <th scope="col">{t("console.why")}</th>
                        <th scope="col">{t("console.key")}</th>
                      </tr>
                    </thead>
                    <tbody>
                      {shown.map((entry) => (
                        <tr key={entry.key}>
                          <td>{formatTime(entry.createdAt, locale.value)}</td>
                          <td class="number">{signed.format(entry.received ?? entry.adjusted ?? 0)}</td>
                          <td>{entry.reason ?? t("console.receipt")}</td>
                          <td class="mono">{entry.key}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
                {cursor !== undefined && (
                  <More
                    label={t("console.more")}
                    read={async () => {
                      const read = await api.getStock(sku, { limit: 50, cursor });
                      setOlder({ entries: [...(older?.entries ?? []), ...read.entries], next: read.next });
                    }}
                  />
                )}
              </section>
            </div>
          );
        }}
      </Show>
    </>
  );
}

function isBalanced(stock: Schemas["StockView"]): boolean {
  return stock.received + stock.adjusted === stock.available + stock.held + stock.shipped;
}

function Change({ sku, onDone }: { sku: string; onDone: () => void }) {
  const { api } = useApp();
  const [units, setUnits] = useState("");
  const [reason, setReason] = useState("");
  // One key for each entry, kept until it is accepted: a second press does not enter it twice.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [said, say] = useState<string>();
  const enter = async () => {
    const count = Number(units);
    const why = reason.trim();
    if (count < 0 && why === "") {
      say(t("console.needsReason"));
      return;
    }
    try {
      await api.changeStock(sku, why === "" ? { received: count } : { adjusted: count, reason: why }, key);
    } catch (error) {
      say((error instanceof ApiError && error.problem?.detail) || t("state.failed"));
      return;
    }
    setUnits("");
    setReason("");
    setKey(crypto.randomUUID());
    say(undefined);
    onDone();
  };
  return (
    <form
      class="panel stack"
      onSubmit={(event) => {
        event.preventDefault();
        void enter();
      }}
    >
      <h2>{t("console.change")}</h2>
      <p class="muted">{t("console.changeHint")}</p>
      <div class="change-fields">
        <div class="field">
          <label for="units">{t("console.units")}</label>
          <input
            id="units"
            type="number"
            required
            step="1"
            value={units}
            onInput={(event) => setUnits(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="reason">{t("console.reason")}</label>
          <input id="reason" maxLength={120} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </div>
        <button class="button primary">{t("console.enter")}</button>
      </div>
      <p class="said bad" role="alert">
        {said}
      </p>
    </form>
  );
}
