/** How a value of a metric is written. */

import type { MetricGraph } from "@order-backend/client";

import { decimal, formatMoney } from "../format.js";

type Unit = MetricGraph["unit"];

const TIMES: readonly [unit: string, milliseconds: number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

/** Returns "1,204", "350ms", "2.4s", "€12.50"; with `short`, as for the edge of a chart. */
export function formatMetric(value: number, unit: Unit, currency: string | undefined, locale: string, short = false): string {
  if (value === 0 && unit !== "money") {
    return "0";
  }
  switch (unit) {
    case "money":
      return formatAmount(Math.round(value), currency ?? "", locale, short);
    case "seconds":
      return formatTime(value * 1000, locale);
    case "milliseconds":
      return formatTime(value, locale);
    default:
      return new Intl.NumberFormat(locale, {
        maximumFractionDigits: 1,
        ...(short ? { notation: "compact" as const } : {}),
      }).format(value);
  }
}

function formatAmount(amount: number, currency: string, locale: string, short: boolean): string {
  // The name of a currency that the API does not know is OTHER.
  if (!/^[A-Z]{3}$/.test(currency)) {
    return new Intl.NumberFormat(locale, short ? { notation: "compact" } : {}).format(amount);
  }
  return short
    ? new Intl.NumberFormat(locale, {
        style: "currency",
        currency,
        notation: "compact",
        maximumFractionDigits: 1,
        minimumFractionDigits: 0,
      }).format(decimal({ amount, currency }))
    : formatMoney({ amount, currency }, locale);
}

function formatTime(milliseconds: number, locale: string): string {
  const [unit, size] = TIMES.find(([, least]) => milliseconds >= least) ?? ["millisecond", 1];
  const amount = milliseconds / size;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit,
    unitDisplay: "narrow",
    maximumFractionDigits: unit === "millisecond" || amount >= 10 ? 0 : 1,
  }).format(amount);
}

/** Returns a time of a chart: "12:30" within a day, otherwise "21 Nov". */
export function formatStep(moment: number, locale: string, isLong: boolean): string {
  const parts = isLong ? ({ day: "numeric", month: "short" } as const) : ({ hour: "2-digit", minute: "2-digit" } as const);
  return new Intl.DateTimeFormat(locale, parts).format(moment);
}

/** Returns a step with its day: "Sat 12:30". */
export function formatWholeStep(moment: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { weekday: "short", hour: "2-digit", minute: "2-digit" }).format(moment);
}
