/** Totals of sales: which days to ask for, and what to draw of the answer. */

import type { OrdersClient, SalesTotal } from "@order-backend/client";

export const PERIODS = [7, 30, 90] as const;
/** Most days of one question, as the API counts them: the last one is included. */
export const MOST_DAYS = 366;
// The API lists a hundred totals on a page, by name: so many products are counted at most.
const MOST_PAGES = 10;
const DAY = 86_400_000;

/** The first and the last day, both included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

export interface Sales {
  readonly days: readonly SalesTotal[];
  readonly products: readonly SalesTotal[];
  readonly categories: readonly SalesTotal[];
  /** Whether there are more products than were read. */
  readonly isCut: boolean;
}

export const MEASURES = ["revenue", "orders", "units", "refunded", "cancellations"] as const;
export type Measure = (typeof MEASURES)[number];

/** Returns the `count` days that end on the day of `now`, as the reader's clock has it. */
export function lastDays(count: number, now: Date): Period {
  const today = new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()));
  return { from: dayOf(today.getTime() - (count - 1) * DAY), to: dayOf(today.getTime()) };
}

/** Returns every day of a period; none if it ends before it begins, or names no days. */
export function daysOf({ from, to }: Period): string[] {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  return Number.isNaN(last - first)
    ? []
    : Array.from({ length: Math.max(0, (last - first) / DAY + 1) }, (_, index) => dayOf(first + index * DAY));
}

export async function readSales(api: OrdersClient, period: Period, signal: AbortSignal): Promise<Sales> {
  const read = (by: "day" | "product" | "category") => readAll(api, period, by, signal);
  const [days, products, categories] = await Promise.all([read("day"), read("product"), read("category")]);
  return {
    days: days.totals,
    products: products.totals,
    categories: categories.totals,
    isCut: products.isCut,
  };
}

async function readAll(api: OrdersClient, { from, to }: Period, by: "day" | "product" | "category", signal: AbortSignal) {
  const totals: SalesTotal[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { from, to, by, limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const read = await api.adminListSales(query, { signal });
    totals.push(...read.totals);
    cursor = read.next;
    if (cursor === undefined) {
      break;
    }
  }
  return { totals, isCut: cursor !== undefined };
}

/** Returns the currencies in which something was sold, the one with most orders first. */
export function currenciesOf(days: readonly SalesTotal[]): string[] {
  const orders = new Map<string, number>();
  for (const each of days) {
    orders.set(each.currency, (orders.get(each.currency) ?? 0) + each.orders);
  }
  return [...orders.entries()].sort(([one, few], [other, many]) => many - few || one.localeCompare(other)).map(([name]) => name);
}

/** Returns a measure of a total: minor units of its currency, or a number of orders or units. */
export function valueOf(total: SalesTotal, measure: Measure): number {
  const value = total[measure];
  return typeof value === "number" ? value : value.amount;
}

/** Whether a measure is an amount of money. */
export function isMoney(measure: Measure): boolean {
  return measure === "revenue" || measure === "refunded";
}

export function sumOf(totals: readonly SalesTotal[], measure: Measure): number {
  return totals.reduce((sum, each) => sum + valueOf(each, measure), 0);
}

/** Returns a measure for each of the days: zero where nothing was sold. */
export function seriesOf(days: readonly string[], totals: readonly SalesTotal[], measure: Measure): number[] {
  const values = new Map(totals.map((each) => [each.day, valueOf(each, measure)]));
  return days.map((day) => values.get(day) ?? 0);
}

/** Returns those of which there was something, the largest first. */
export function largestFirst(totals: readonly SalesTotal[], measure: Measure): SalesTotal[] {
  return totals
    .filter((each) => valueOf(each, measure) > 0)
    .sort((one, other) => valueOf(other, measure) - valueOf(one, measure));
}

/** Returns round numbers from zero to at least `largest`, between three and six of them. */
export function ticksOf(largest: number): number[] {
  const rough = Math.max(1, largest) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  // Orders, units and minor units are whole.
  const step = Math.max(1, [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough);
  return Array.from({ length: Math.ceil(Math.max(1, largest) / step) + 1 }, (_, index) => index * step);
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
