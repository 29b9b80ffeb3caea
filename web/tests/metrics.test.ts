import assert from "node:assert/strict";
import { test } from "node:test";

import type { Metrics } from "@order-backend/client";

import {
  chartsOf,
  figureOf,
  type Graph,
  graphsOf,
  headlineOf,
  isEmpty,
  type Line,
  MOST_LINES,
  partsOf,
  pauseUntilNext,
  stepsOf,
  topOf,
} from "../src/console/metrics.js";
import { formatMetric, formatStep } from "../src/console/metricsFormat.js";

const NONE = { name: "g", title: "G", dashboard: "business", unit: "count", complete: true } as const;

function line(label: string, ...values: (number | null)[]): Line {
  return { label, values };
}

function graph(given: Partial<Graph>): Graph {
  return { ...NONE, stacked: false, summed: true, lines: [], ...given };
}

function metrics(...lines: Metrics["graphs"][number]["lines"]): Metrics {
  const graphs = [{ ...NONE, stacked: false, summed: true, lines }];
  return { start: "2026-11-21T09:30:00.000Z", end: "2026-11-21T10:00:00.000Z", stepSeconds: 600, graphs };
}

function chart(given: Partial<Graph>) {
  const [first] = chartsOf(graph(given));
  assert.ok(first);
  return first;
}

test("amounts of each currency have a chart of their own, since they have no common scale", () => {
  const money = graph({ unit: "money", lines: [line("EUR", 1250, null), line("JPY", 900, 1)] });
  assert.deepEqual(
    chartsOf(money).map(({ currency, drawn }) => [currency, drawn.length]),
    [
      ["EUR", 1],
      ["JPY", 1],
    ],
  );
  assert.deepEqual(chartsOf(graph({ unit: "money" })).map(({ currency, hasData }) => [currency, hasData]), [[undefined, false]]);
});

test("lines that are always zero are not drawn, and only the largest of many are", () => {
  assert.deepEqual(chart({ lines: [line("a", 0, null), line("b", 1)] }).drawn.map(({ label }) => label), ["b"]);
  const many = Array.from({ length: MOST_LINES + 2 }, (_, index) => line(String(index), index + 1));
  const { drawn, more } = chart({ lines: many });
  assert.deepEqual([drawn.map(({ label }) => label), more], [["2", "3", "4", "5", "6", "7"], 2]);
});

test("zero is data, and null is none", () => {
  assert.equal(chart({ lines: [line("a", 0)] }).hasData, true);
  assert.equal(chart({ lines: [line("a", null)] }).hasData, false);
  assert.equal(isEmpty(metrics({ label: "a", steps: [], values: [] })), true);
  assert.equal(isEmpty(metrics({ label: "a", steps: [1], values: [0] })), false);
});

test("the figure of a count is its sum, and of anything else its latest value", () => {
  assert.equal(figureOf(graph({}), line("a", 1, 2, null)), 3);
  assert.equal(figureOf(graph({ summed: false }), line("a", 1, 2, null)), 2);
  assert.equal(figureOf(graph({}), line("a", null)), undefined);
});

test("only lines that are parts of a whole have a figure in common", () => {
  const lines = [line("a", 1, 2, null), line("b", 4, null, null)];
  assert.equal(headlineOf(graph({ lines, stacked: true })), 7);
  assert.equal(headlineOf(graph({ lines, stacked: true, summed: false })), 6);
  assert.equal(headlineOf(graph({ lines })), undefined);
  assert.equal(headlineOf(graph({ lines: [line("a", 1, 2, null)] })), 3);
  assert.equal(headlineOf(graph({ lines: [line("a", null)] })), undefined);
});

test("the scale of stacked lines reaches their sum, and of others the largest of them", () => {
  const lines = [line("a", 1, 2), line("b", 4, null)];
  assert.equal(topOf(chart({ lines, stacked: true })), 5);
  assert.equal(topOf(chart({ lines })), 4);
  assert.equal(topOf(chart({ lines: [line("a", 0)] })), 0);
});

test("a line has a place for every step, with or without data", () => {
  const [read] = graphsOf(metrics({ label: "a", steps: [0, 2], values: [0, 7] }));
  assert.deepEqual(read?.lines, [{ label: "a", values: [0, null, 7] }]);
});

test("every step has its beginning", () => {
  assert.deepEqual(
    stepsOf(metrics()).map((step) => new Date(step).toISOString().slice(11, 16)),
    ["09:30", "09:40", "09:50"],
  );
});

test("new values are read a minute after the next step has ended, and never within a minute", () => {
  const end = Date.parse("2026-11-21T10:00:00Z");
  assert.equal(pauseUntilNext(metrics(), end + 120_000), 540_000);
  assert.equal(pauseUntilNext(metrics(), end + 3_600_000), 60_000);
});

test("the name of a line is split where it has two parts", () => {
  assert.deepEqual(partsOf("REJECTED: OTHER"), { name: "REJECTED", part: "OTHER", separator: ": " });
  assert.deepEqual(partsOf("Orders, in flight"), { name: "Orders", part: "in flight", separator: ", " });
  assert.deepEqual(partsOf("p99"), { name: "p99", part: undefined, separator: "" });
});

test("values are written in their unit", () => {
  assert.equal(formatMetric(1204, "count", undefined, "en-GB"), "1,204");
  assert.equal(formatMetric(1204, "count", undefined, "en-US", true), "1.2K");
  assert.equal(formatMetric(0.35, "seconds", undefined, "en-GB"), "350ms");
  assert.equal(formatMetric(2400, "milliseconds", undefined, "de-DE").replace(/\s/, ""), "2,4Sek.");
  assert.equal(formatMetric(90, "seconds", undefined, "en-GB"), "1.5m");
  assert.equal(formatMetric(0, "seconds", undefined, "en-GB"), "0");
  assert.equal(formatMetric(1250, "money", "EUR", "en-GB"), "€12.50");
  assert.equal(formatMetric(1250000, "money", "EUR", "en-US", true), "€12.5K");
  assert.equal(formatMetric(1250, "money", "OTHER", "en-GB"), "1,250");
  assert.equal(formatStep(Date.UTC(2026, 10, 21, 12), "en-GB", true), "21 Nov");
});
