import { formatMoney } from "../../format.js";
import { locale, t } from "../../i18n/i18n.js";
import type { MessageKey } from "../../i18n/messages.js";
import type { BreakState } from "./server.js";

interface Part {
  readonly label: MessageKey;
  readonly amount: number;
  readonly tone: string;
}

/** Stock and money, each as two columns that must be equally high. */
export function Balances({ state }: { state: BreakState }) {
  const number = new Intl.NumberFormat(locale.value);
  const { stock } = state;
  return (
    <div class="break-balances">
      <Balance
        id="stock"
        title={t("console.stock")}
        format={(units) => number.format(units)}
        left={[
          { label: "console.received", amount: stock.received, tone: "one" },
          { label: "console.adjusted", amount: stock.adjusted, tone: "four" },
        ]}
        right={[
          { label: "console.available", amount: stock.available, tone: "two" },
          { label: "console.held", amount: stock.held, tone: "three" },
          { label: "console.shipped", amount: stock.shipped, tone: "one" },
        ]}
      />
      {state.money.map(({ currency, charged, delivered, refunded, underway }) => (
        <Balance
          key={currency}
          id={`money-${currency}`}
          title={state.money.length > 1 ? `${t("break.money")}, ${currency}` : t("break.money")}
          format={(amount) => formatMoney({ amount, currency }, locale.value)}
          left={[{ label: "break.charged", amount: charged, tone: "one" }]}
          right={[
            { label: "break.underway", amount: underway, tone: "three" },
            { label: "break.refunded", amount: refunded, tone: "four" },
            { label: "break.delivered", amount: delivered, tone: "one" },
          ]}
        />
      ))}
    </div>
  );
}

function Balance(props: {
  id: string;
  title: string;
  format: (amount: number) => string;
  left: readonly Part[];
  right: readonly Part[];
}) {
  const { id, title, format, left, right } = props;
  const [total, other] = [sum(left), sum(right)];
  const largest = Math.max(total, other, 1);
  const isEqual = total === other;
  return (
    <section class={isEqual ? "panel balance-panel" : "panel balance-panel unequal"} aria-labelledby={id}>
      <div class="title-row">
        <h2 id={id}>{title}</h2>
        <span class={isEqual ? "badge good push" : "badge bad push"}>
          {t(isEqual ? "break.addsUp" : "break.doesNotAddUp")}
        </span>
      </div>
      <div class="columns" aria-hidden="true">
        <Column parts={left} largest={largest} />
        <span class="equals">{isEqual ? "=" : "≠"}</span>
        <Column parts={right} largest={largest} />
      </div>
      <Side parts={left} format={format} />
      <Side parts={right} format={format} />
    </section>
  );
}

function Column({ parts, largest }: { parts: readonly Part[]; largest: number }) {
  return (
    <span class="column">
      {parts
        .filter(({ amount }) => amount > 0)
        .map(({ label, amount, tone }) => (
          <span class={`part ${tone}`} key={label} style={{ flexBasis: `${(100 * amount) / largest}%` }} />
        ))}
    </span>
  );
}

function Side({ parts, format }: { parts: readonly Part[]; format: (amount: number) => string }) {
  return (
    <dl class="side">
      {parts.map(({ label, amount, tone }) => (
        <div key={label}>
          <dt>
            <i class={`swatch ${tone}`} aria-hidden="true" />
            {t(label)}
          </dt>
          <dd class="tabular">{format(amount)}</dd>
        </div>
      ))}
    </dl>
  );
}

function sum(parts: readonly Part[]): number {
  return parts.reduce((total, { amount }) => total + amount, 0);
}
