/** Formats money, times and numbers in the user's locale. */

import type { Money } from "@order-backend/client";

/** Returns minor units as an exact decimal number: 1250 EUR is "12.50", 1250 JPY is "1250". */
export function decimal(money: Money): `${number}` {
  const digits = minorDigits(money.currency);
  const text = String(money.amount).padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  return (digits === 0 ? text : `${whole}.${text.slice(-digits)}`) as `${number}`;
}

export function formatMoney(money: Money, locale: string): string {
  // As text, because a floating-point number is not exact for a large amount.
  return new Intl.NumberFormat(locale, { style: "currency", currency: money.currency }).format(decimal(money));
}

/** Returns the sum of all lines, in minor units. Throws a RangeError if it is too large to be exact. */
export function totalOf(lines: readonly { readonly quantity: number; readonly unitPrice: Money }[]): Money | undefined {
  const [first] = lines;
  if (first === undefined) {
    return undefined;
  }
  const amount = lines.reduce((sum, line) => sum + line.quantity * line.unitPrice.amount, 0);
  if (!Number.isSafeInteger(amount)) {
    throw new RangeError("the total is too large");
  }
  return { amount, currency: first.unitPrice.currency };
}

export function formatTime(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

export function formatClock(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: "medium" }).format(new Date(iso));
}

const UNITS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** Returns how long ago a time was: "3 minutes ago". */
export function formatAge(iso: string, now: number, locale: string): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? (["second", 1] as const);
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-Math.floor(seconds / size), unit);
}

/** Returns the duration between two times: "0.52s" or "3m". */
export function formatDuration(from: string, to: string, locale: string): string {
  const seconds = Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
  const [value, unit, digits] =
    seconds < 60 ? [seconds, "second", 2] : seconds < 3600 ? [seconds / 60, "minute", 0] : [seconds / 3600, "hour", 1];
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: unit as string,
    unitDisplay: "narrow",
    maximumFractionDigits: digits as number,
  }).format(value as number);
}

function minorDigits(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
