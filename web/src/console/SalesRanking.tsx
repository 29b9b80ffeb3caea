import type { SalesTotal } from "@order-backend/client";
import { useState } from "preact/hooks";

import { locale, t } from "../i18n/i18n.js";
import { labelOf } from "../shop/catalogue.js";
import { largestFirst, type Measure, valueOf } from "./sales.js";
import { formatValue } from "./salesFormat.js";

const SHOWN = 8;

/** Products or categories, the largest first: a table whose rows have a bar. */
export function SalesRanking(props: {
  id: string;
  title: string;
  totals: readonly SalesTotal[];
  currency: string;
  measure: Measure;
  hint: string | undefined;
}) {
  const { id, title, totals, currency, measure, hint } = props;
  const [isOpen, setOpen] = useState(false);
  const ranked = largestFirst(totals, measure);
  const shown = isOpen ? ranked : ranked.slice(0, SHOWN);
  const largest = ranked.length === 0 ? 1 : valueOf(ranked[0] as SalesTotal, measure);
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {ranked.length === 0 ? (
        <p class="muted">{t("sales.noneOfThese")}</p>
      ) : (
        <table class="ranking">
          <thead class="visually-hidden">
            <tr>
              <th scope="col">{title}</th>
              <th scope="col">{t(`sales.${measure}`)}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((total) => (
              <tr key={total.sku ?? total.category ?? ""}>
                <th scope="row">
                  <Name total={total} />
                  <svg class="bar" aria-hidden="true" focusable="false">
                    <rect width={`${(100 * valueOf(total, measure)) / largest}%`} height="100%" rx="3" />
                  </svg>
                </th>
                <td class="number">{formatValue(valueOf(total, measure), measure, currency, locale.value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {ranked.length > SHOWN && (
        <button class="button small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? t("sales.fewer") : t("sales.more", { count: ranked.length - SHOWN })}
        </button>
      )}
      {hint !== undefined && <p class="muted sales-note">{hint}</p>}
    </section>
  );
}

function Name({ total }: { total: SalesTotal }) {
  if (total.sku !== undefined) {
    return (
      <a class="mono" href={`/console/stock/${encodeURIComponent(total.sku)}`}>
        {total.sku}
      </a>
    );
  }
  return <span>{total.category === undefined ? t("sales.noCategory") : labelOf(total.category)}</span>;
}
