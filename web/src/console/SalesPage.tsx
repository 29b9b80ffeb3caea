/** What was sold: five figures of a period, by day, product and category, in one currency at a time. */

import { ApiError } from "@order-backend/client";
import { useState } from "preact/hooks";

import { useApp } from "../app.js";
import { Notice, Show } from "../components/states.js";
import { t } from "../i18n/i18n.js";
import { useResource } from "../resource.js";
import { PeriodFields } from "./PeriodFields.js";
import { currenciesOf, lastDays, MEASURES, type Measure, type Period, readSales, type Sales } from "./sales.js";
import { SalesByDay } from "./SalesByDay.js";
import { SalesFigures } from "./SalesFigures.js";
import { SalesRanking } from "./SalesRanking.js";

export function SalesPage() {
  const { api } = useApp();
  const [period, setPeriod] = useState<Period>(() => lastDays(30, new Date()));
  const [measure, setMeasure] = useState<Measure>(MEASURES[0]);
  const [sales, reload] = useResource((signal) => readSales(api, period, signal), [period.from, period.to]);
  return (
    <>
      <div class="title-row">
        <h1>{t("console.sales")}</h1>
        <PeriodFields period={period} onChange={setPeriod} />
      </div>
      {sales.state === "failed" && isWithoutReporting(sales.error) ? (
        <Notice icon="chart" title="sales.off" hint={t("sales.offHint")} />
      ) : (
        <Show resource={sales} reload={reload}>
          {(read) =>
            read.days.length === 0 ? (
              <Notice icon="chart" title="sales.none" hint={t("sales.noneHint")} />
            ) : (
              <SalesOfPeriod sales={read} period={period} measure={measure} onMeasure={setMeasure} />
            )
          }
        </Show>
      )}
    </>
  );
}

function SalesOfPeriod(props: {
  sales: Sales;
  period: Period;
  measure: Measure;
  onMeasure: (measure: Measure) => void;
}) {
  const { sales, period, measure, onMeasure } = props;
  const currencies = currenciesOf(sales.days);
  const [wanted, setWanted] = useState<string>();
  const currency = currencies.find((each) => each === wanted) ?? currencies[0] ?? "";
  const inCurrency = <T extends { currency: string }>(totals: readonly T[]) =>
    totals.filter((each) => each.currency === currency);
  const days = inCurrency(sales.days);
  return (
    <div class="stack">
      {currencies.length > 1 && (
        <label class="inline-field sales-currency">
          <span class="label">{t("sales.currency")}</span>
          <select value={currency} onChange={(event) => setWanted(event.currentTarget.value)}>
            {currencies.map((each) => (
              <option value={each} key={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
      )}
      <SalesFigures days={days} currency={currency} measure={measure} onMeasure={onMeasure} />
      <SalesByDay days={days} currency={currency} measure={measure} period={period} />
      <div class="sales-rankings">
        <SalesRanking
          id="sales-products"
          title={t("sales.byProduct")}
          totals={inCurrency(sales.products)}
          currency={currency}
          measure={measure}
          hint={sales.isCut ? t("sales.cut") : undefined}
        />
        <SalesRanking
          id="sales-categories"
          title={t("sales.byCategory")}
          totals={inCurrency(sales.categories)}
          currency={currency}
          measure={measure}
          hint={t("sales.categoryHint")}
        />
      </div>
    </div>
  );
}

/** A stage without reporting has no such route, so the gateway answers, and not the API. */
function isWithoutReporting(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404 && error.problem === undefined;
}
