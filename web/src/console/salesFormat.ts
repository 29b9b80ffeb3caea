/** How a figure of sales is written: money in its currency, everything else as a number. */

import { decimal, formatMoney } from "../format.js";
import { isMoney, type Measure } from "./sales.js";

export function formatValue(value: number, measure: Measure, currency: string, locale: string): string {
  return isMoney(measure)
    ? formatMoney({ amount: value, currency }, locale)
    : new Intl.NumberFormat(locale).format(value);
}

/** Returns a figure short enough for the edge of a chart: "$25K". */
export function formatShort(value: number, measure: Measure, currency: string, locale: string): string {
  const short = { notation: "compact", maximumFractionDigits: 2 } as const;
  return isMoney(measure)
    ? new Intl.NumberFormat(locale, { ...short, style: "currency", currency, minimumFractionDigits: 0 }).format(
        decimal({ amount: value, currency }),
      )
    : new Intl.NumberFormat(locale, short).format(value);
}

/** Returns a day of the shop: "21 Nov", or with `long` "Sat, 21 Nov 2026". */
export function formatDay(day: string, locale: string, long = false): string {
  const parts = long
    ? ({ weekday: "short", day: "numeric", month: "short", year: "numeric" } as const)
    : ({ day: "numeric", month: "short" } as const);
  // A day of the shop is no moment of the reader's clock.
  return new Intl.DateTimeFormat(locale, { ...parts, timeZone: "UTC" }).format(new Date(day));
}
