/** One graph: its chart, what its colours mean, and its values as a table. */

import type { Metrics } from "@order-backend/client";
import { useState } from "preact/hooks";

import { hasText, locale, t, tValue } from "../i18n/i18n.js";
import { MetricChart } from "./MetricChart.js";
import { type Chart, figureOf, headlineOf, partsOf, stepsOf } from "./metrics.js";
import { formatMetric, formatStep, formatWholeStep } from "./metricsFormat.js";

const DAY_SECONDS = 86_400;

export function MetricPanel({ chart, metrics }: { chart: Chart; metrics: Metrics }) {
  const { graph, currency, drawn } = chart;
  const [chosen, choose] = useState<number>();
  const [isOpen, setOpen] = useState(false);
  const steps = stepsOf(metrics);
  const isLong = steps.length * metrics.stepSeconds > DAY_SECONDS;
  const write = (value: number, short = false) => formatMetric(value, graph.unit, currency, locale.value, short);
  const name = titleOf(chart);
  const headline = headlineOf(graph);
  const id = `metric-${graph.name}${currency ?? ""}`;
  return (
    <section class="panel metric" aria-labelledby={id} data-graph={graph.name}>
      <h3 id={id} lang={hasText("metrics.graph", graph.name) ? undefined : "en"}>
        {name}
      </h3>
      {chart.hasData ? (
        <>
          {headline !== undefined && (
            <p class="metric-headline">
              <span class="sales-value">{write(headline)}</span>{" "}
              <span class="muted">{t(graph.summed ? "metrics.total" : "metrics.latest")}</span>
            </p>
          )}
          <MetricChart
            chart={chart}
            label={t("metrics.chart", { name })}
            formatTick={(value) => write(value, true)}
            formatStep={(step) => formatStep(steps[step] ?? 0, locale.value, isLong)}
            chosen={chosen}
            onChoose={choose}
          />
          <p class="metric-moment muted tabular" aria-hidden="true">
            {chosen === undefined ? "" : formatWholeStep(steps[chosen] ?? 0, locale.value)}
          </p>
          {(drawn.length > 1 || graph.lines.length > 1) && (
            <ul class="metric-legend">
              {drawn.map((line, index) => (
                <li key={line.label}>
                  <span class={`swatch swatch-${index + 1}`} aria-hidden="true" />
                  <span>{labelOf(line.label)}</span>
                  <span class="tabular">{valueOf(line.values[chosen ?? -1], figureOf(graph, line))}</span>
                </li>
              ))}
              {drawn.length === 0 && <li class="muted">{t("metrics.allZero")}</li>}
              {chart.more > 0 && <li class="muted">{t("metrics.more", { count: chart.more })}</li>}
            </ul>
          )}
          <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
            <summary>{t("sales.asTable")}</summary>
            {isOpen && table()}
          </details>
        </>
      ) : (
        <p class="metric-none muted">{t(graph.complete ? "metrics.noData" : "metrics.notRead")}</p>
      )}
      {chart.hasData && !graph.complete && <p class="metric-part">{t("metrics.incomplete")}</p>}
    </section>
  );

  function valueOf(pointed: number | null | undefined, figure: number | undefined): string {
    const value = chosen === undefined ? figure : (pointed ?? (graph.summed ? 0 : undefined));
    return value === undefined ? "–" : write(value);
  }

  function table() {
    const lines = graph.lines.filter((line) => drawn.length === 0 || line.values.some(Boolean));
    return (
      <div class="table-frame" tabIndex={0} role="region" aria-label={name}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("metrics.time")}</th>
              {lines.map((line) => (
                <th scope="col" class="number" key={line.label}>
                  {labelOf(line.label)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {steps
              .map((step, index) => (
                <tr key={step}>
                  <th scope="row">{formatWholeStep(step, locale.value)}</th>
                  {lines.map(({ label, values }) => {
                    const value = values[index] ?? null;
                    return (
                      <td class="number" key={label}>
                        {value === null ? <span class="muted">–</span> : write(value)}
                      </td>
                    );
                  })}
                </tr>
              ))
              .reverse()}
          </tbody>
        </table>
      </div>
    );
  }
}

function titleOf({ graph, currency }: Chart): string {
  const title = hasText("metrics.graph", graph.name) ? tValue("metrics.graph", graph.name) : graph.title;
  return currency === undefined ? title : `${title}, ${currency}`;
}

/** The names of queues are those of the stage, and have no translation. */
function labelOf(label: string): string {
  const { name, part, separator } = partsOf(label);
  return part === undefined
    ? tValue("metrics.line", label)
    : `${tValue("metrics.line", name)}${separator}${tValue("metrics.line", part)}`;
}
