import type { SalesTotal } from "@order-backend/client";
import { useState } from "preact/hooks";

import { locale, t } from "../i18n/i18n.js";
import { ColumnChart } from "./ColumnChart.js";
import { daysOf, MEASURES, type Measure, type Period, seriesOf, sumOf, valueOf } from "./sales.js";
import { formatDay, formatShort, formatValue } from "./salesFormat.js";

/** A measure by day, as columns; and all measures by day, as a table. */
export function SalesByDay(props: {
  days: readonly SalesTotal[];
  currency: string;
  measure: Measure;
  period: Period;
}) {
  const { days: totals, currency, measure, period } = props;
  const [chosen, choose] = useState<number>();
  const days = daysOf(period);
  const values = seriesOf(days, totals, measure);
  const name = t(`sales.${measure}`);
  const write = (value: number) => formatValue(value, measure, currency, locale.value);
  const day = chosen === undefined ? undefined : days[chosen];
  return (
    <section class="panel" aria-labelledby="sales-days">
      <div class="title-row">
        <h2 id="sales-days">{t("sales.byDay", { measure: name })}</h2>
        <p class="push muted tabular" data-readout>
          {day === undefined || chosen === undefined
            ? t("sales.all", { value: write(sumOf(totals, measure)) })
            : `${formatDay(day, locale.value, true)}: ${write(values[chosen] ?? 0)}`}
        </p>
      </div>
      <ColumnChart
        columns={days.map((each, index) => ({
          id: each,
          label: formatDay(each, locale.value),
          value: values[index] ?? 0,
        }))}
        label={t("sales.chart", {
          measure: name,
          from: formatDay(period.from, locale.value, true),
          to: formatDay(period.to, locale.value, true),
          value: write(sumOf(totals, measure)),
        })}
        formatTick={(value) => formatShort(value, measure, currency, locale.value)}
        chosen={chosen}
        onChoose={choose}
      />
      <details class="as-table">
        <summary>{t("sales.asTable")}</summary>
        <div class="table-frame" tabIndex={0} role="region" aria-label={t("sales.table")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("sales.day")}</th>
                {MEASURES.map((each) => (
                  <th scope="col" class="number" key={each}>
                    {t(`sales.${each}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {[...totals].reverse().map((total) => (
                <tr key={total.day}>
                  <th scope="row">{formatDay(total.day ?? "", locale.value, true)}</th>
                  {MEASURES.map((each) => (
                    <td class="number" key={each}>
                      {formatValue(valueOf(total, each), each, currency, locale.value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}
