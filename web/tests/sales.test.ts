import assert from "node:assert/strict";
import { test } from "node:test";

import { OrdersClient, type SalesTotal } from "@order-backend/client";

import {
  currenciesOf,
  daysOf,
  largestFirst,
  lastDays,
  readSales,
  seriesOf,
  sumOf,
  ticksOf,
} from "../src/console/sales.js";
import { formatDay, formatShort, formatValue } from "../src/console/salesFormat.js";

function total(given: Partial<Record<keyof SalesTotal, string | number>>): SalesTotal {
  const { revenue = 0, refunded = 0, ...others } = given;
  const currency = String(given.currency ?? "EUR");
  const money = (amount: unknown) => ({ amount: Number(amount), currency });
  const nothing = { orders: 0, units: 0, refunds: 0, cancellations: 0, cancelled: money(0) };
  return { ...nothing, ...others, currency, revenue: money(revenue), refunded: money(refunded) } as SalesTotal;
}

test("the last days end today by the reader's clock, across months and changes of the clocks", () => {
  assert.deepEqual(lastDays(7, new Date(2026, 10, 3, 23, 59)), { from: "2026-10-28", to: "2026-11-03" });
  assert.deepEqual(lastDays(30, new Date(2026, 2, 30, 0, 1)), { from: "2026-03-01", to: "2026-03-30" });
});

test("a period has its first and its last day, and none if it ends too early or names no days", () => {
  assert.deepEqual(daysOf({ from: "2026-10-31", to: "2026-11-02" }), ["2026-10-31", "2026-11-01", "2026-11-02"]);
  assert.equal(daysOf({ from: "2026-11-02", to: "2026-11-02" }).length, 1);
  assert.deepEqual(daysOf({ from: "2026-11-02", to: "2026-11-01" }), []);
  assert.deepEqual(daysOf({ from: "", to: "2026-11-01" }), []);
});

test("a day without sales is drawn as zero", () => {
  const totals = [total({ day: "2026-11-02", revenue: 1250, orders: 1 })];
  const days = ["2026-11-01", "2026-11-02"];
  assert.deepEqual(seriesOf(days, totals, "revenue"), [0, 1250]);
  assert.deepEqual(seriesOf(days, totals, "orders"), [0, 1]);
  assert.equal(sumOf(totals, "revenue"), 1250);
});

test("the currency with most orders comes first, and only what has sold is ranked", () => {
  const totals = [
    total({ sku: "A", orders: 1, revenue: 900 }),
    total({ sku: "B", orders: 2, revenue: 100, currency: "GBP" }),
    total({ sku: "C", cancellations: 1 }),
    total({ sku: "D", orders: 1, revenue: 1000, currency: "GBP" }),
  ];
  assert.deepEqual(currenciesOf(totals), ["GBP", "EUR"]);
  assert.deepEqual(largestFirst(totals, "revenue").map((each) => each.sku), ["D", "A", "B"]);
});

test("the edge of a chart has round whole numbers up to the largest value", () => {
  assert.deepEqual(ticksOf(0), [0, 1]);
  assert.deepEqual(ticksOf(3), [0, 1, 2, 3]);
  assert.deepEqual(ticksOf(12), [0, 5, 10, 15]);
  assert.deepEqual(ticksOf(1250), [0, 500, 1000, 1500]);
  for (const largest of [1, 7, 99, 100, 101, 4999, 5001, 123456789]) {
    const ticks = ticksOf(largest);
    assert.ok((ticks.at(-1) ?? 0) >= largest && ticks.length <= 6 && ticks.every(Number.isInteger), String(largest));
  }
});

test("all pages are read, of products at most ten", async () => {
  const asked: string[] = [];
  const api = new OrdersClient({
    baseUrl: "https://api.example",
    fetch: async (request) => {
      const query = new URL(request.url).searchParams;
      const [by, page] = [query.get("by") ?? "", Number(query.get("cursor") ?? 0)];
      asked.push(`${by} ${page}`);
      assert.equal(`${query.get("from")} ${query.get("to")}`, "2026-11-01 2026-11-30");
      const isLast = by === "category" || (by === "day" && page === 1);
      const totals = [total({ [by === "product" ? "sku" : by]: `${by}-${page}` })];
      return Response.json({ totals, ...(isLast ? {} : { next: String(page + 1) }) });
    },
  });
  const sales = await readSales(api, { from: "2026-11-01", to: "2026-11-30" }, new AbortController().signal);
  assert.deepEqual(sales.days.map((each) => each.day), ["day-0", "day-1"]);
  assert.equal(sales.products.length, 10);
  assert.equal(sales.isCut, true);
  assert.equal(asked.length, 13);
});

test("figures are written in the reader's locale", () => {
  assert.equal(formatValue(125000, "revenue", "EUR", "en-GB"), "€1,250.00");
  assert.equal(formatValue(1250, "orders", "EUR", "de-DE"), "1.250");
  assert.equal(formatShort(150000, "revenue", "EUR", "de-AT").replace(/\s/g, " "), "€ 1500");
  assert.equal(formatShort(2500000, "revenue", "USD", "en-US"), "$25K");
  assert.equal(formatShort(2, "orders", "EUR", "en-GB"), "2");
  assert.equal(formatDay("2026-11-21", "en-GB"), "21 Nov");
  assert.equal(formatDay("2026-11-21", "de-DE", true), "Sa., 21. Nov. 2026");
});
