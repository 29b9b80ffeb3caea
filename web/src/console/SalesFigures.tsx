import type { SalesTotal } from "@order-backend/client";

import { formatMoney } from "../format.js";
import { locale, t } from "../i18n/i18n.js";
import { MEASURES, type Measure, sumOf } from "./sales.js";
import { formatValue } from "./salesFormat.js";

/** The totals of the period. The chosen one is drawn below. */
export function SalesFigures(props: {
  days: readonly SalesTotal[];
  currency: string;
  measure: Measure;
  onMeasure: (measure: Measure) => void;
}) {
  const { days, currency, measure, onMeasure } = props;
  return (
    <fieldset class="sales-figures">
      <legend class="visually-hidden">{t("sales.measure")}</legend>
      {MEASURES.map((each) => (
        <label class="sales-figure" key={each}>
          <input
            type="radio"
            name="measure"
            class="visually-hidden"
            checked={each === measure}
            onChange={() => onMeasure(each)}
          />
          <span class="sales-name">{t(`sales.${each}`)}</span>
          <span class="sales-value">{formatValue(sumOf(days, each), each, currency, locale.value)}</span>
          <span class="muted sales-note">{noteOf(each)}</span>
        </label>
      ))}
    </fieldset>
  );

  function noteOf(each: Measure): string {
    if (each === "refunded") {
      const refunds = days.reduce((sum, { refunds }) => sum + refunds, 0);
      return t("sales.refunds", { count: new Intl.NumberFormat(locale.value).format(refunds) });
    }
    if (each === "cancellations") {
      const amount = days.reduce((sum, { cancelled }) => sum + cancelled.amount, 0);
      return t("sales.cancelledWorth", { amount: formatMoney({ amount, currency }, locale.value) });
    }
    return "";
  }
}
