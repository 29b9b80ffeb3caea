/** Graphs of metrics: which lines to draw, and when to read them again. */

import type { MetricGraph, Metrics } from "@order-backend/client";

export const METRIC_PERIODS = ["3h", "12h", "1d", "7d"] as const;
export type MetricPeriod = (typeof METRIC_PERIODS)[number];

/** So many lines are drawn, each in a colour of its own. */
export const MOST_LINES = 6;
// CloudWatch has the values of a step about a minute after its end, and the API keeps a response for a minute.
const DELAY = 60_000;

/** `values` has one value for each step of the period: null where there is no data. */
export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

export type Graph = Omit<MetricGraph, "lines"> & { readonly lines: readonly Line[] };

/** One graph of the page. `currency` is that of its amounts; undefined if its values are no money. */
export interface Chart {
  readonly graph: Graph;
  readonly currency: string | undefined;
  /** Those with a value other than zero, at most `MOST_LINES`, in the order of the dashboard. */
  readonly drawn: readonly Line[];
  /** How many more lines have a value other than zero. */
  readonly more: number;
  readonly hasData: boolean;
}

/** Returns the graphs of a response, with a place for every step. */
export function graphsOf(metrics: Metrics): Graph[] {
  const empty = stepsOf(metrics).map((): number | null => null);
  return metrics.graphs.map((graph) => ({
    ...graph,
    lines: graph.lines.map(({ label, steps, values }) => ({
      label,
      values: empty.map((none, step) => values[steps.indexOf(step)] ?? none),
    })),
  }));
}

/** Returns the charts of a graph: one, or one for each currency, because amounts of two have no common scale. */
export function chartsOf(graph: Graph): Chart[] {
  if (graph.unit !== "money" || graph.lines.length === 0) {
    return [chartOf(graph, undefined)];
  }
  return graph.lines.map((line) => chartOf({ ...graph, lines: [line] }, line.label));
}

function chartOf(graph: Graph, currency: string | undefined): Chart {
  const found = graph.lines.filter(({ values }) => values.some(Boolean));
  const largest = new Set([...found].sort((one, other) => peakOf(other) - peakOf(one)).slice(0, MOST_LINES));
  return {
    graph,
    currency,
    drawn: found.filter((line) => largest.has(line)),
    more: Math.max(0, found.length - MOST_LINES),
    hasData: graph.lines.some(({ values }) => values.some((value) => value !== null)),
  };
}

function peakOf({ values }: Line): number {
  return Math.max(...values.map((value) => value ?? 0));
}

/** Returns the figure of a line: its sum over the period, or its latest value. Undefined if it has none. */
export function figureOf({ summed }: Graph, { values }: Line): number | undefined {
  const known = values.filter((value) => value !== null);
  return summed && known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : known.at(-1);
}

/** Returns the figure of a graph whose lines add up to a whole; undefined if they do not, or if there is none. */
export function headlineOf(graph: Graph): number | undefined {
  const figures = graph.lines.map((line) => figureOf(graph, line)).filter((figure) => figure !== undefined);
  // 429 is one of 4xx, and percentiles have no sum.
  if (figures.length === 0 || !(graph.stacked || graph.lines.length === 1)) {
    return undefined;
  }
  return figures.reduce((sum, figure) => sum + figure, 0);
}

/** Returns the largest value that a chart has to show. */
export function topOf({ graph, drawn }: Chart): number {
  const columns = (drawn[0]?.values ?? []).map((_, step) => drawn.map(({ values }) => values[step] ?? 0));
  return Math.max(0, ...columns.map((column) => (graph.stacked ? column.reduce((sum, each) => sum + each, 0) : Math.max(...column))));
}

/** Returns the beginning of each step, in milliseconds. */
export function stepsOf({ start, end, stepSeconds }: Metrics): number[] {
  const [first, last, step] = [Date.parse(start), Date.parse(end), stepSeconds * 1000];
  return Array.from({ length: Math.max(0, Math.round((last - first) / step)) }, (_, index) => first + index * step);
}

/** Returns after how many milliseconds there is a new value to read: at least a minute. */
export function pauseUntilNext({ end, stepSeconds }: Metrics, now: number): number {
  return Math.max(DELAY, Date.parse(end) + stepSeconds * 1000 + DELAY - now);
}

export function isEmpty({ graphs }: Metrics): boolean {
  return graphs.every(({ lines }) => lines.every(({ values }) => values.length === 0));
}

/** Splits the name of a line: "REJECTED: OTHER", "Orders, waiting". */
export function partsOf(label: string): { name: string; part: string | undefined; separator: string } {
  const found = /^(.+)(: |, )([^:,]+)$/.exec(label);
  return { name: found?.[1] ?? label, part: found?.[3], separator: found?.[2] ?? "" };
}
