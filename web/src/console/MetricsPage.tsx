/** The graphs of the stage's dashboards: the business, and the machinery. */

import { ApiError, type Metrics } from "@order-backend/client";
import { useState } from "preact/hooks";

import { useApp } from "../app.js";
import { Loading, Notice, Show } from "../components/states.js";
import { locale, t } from "../i18n/i18n.js";
import { MetricPanel } from "./MetricPanel.js";
import { chartsOf, graphsOf, isEmpty, METRIC_PERIODS, type MetricPeriod } from "./metrics.js";
import { formatWholeStep } from "./metricsFormat.js";
import { useMetrics } from "./useMetrics.js";

const DASHBOARDS = ["business", "machinery"] as const;

export function MetricsPage() {
  const { api } = useApp();
  const [period, setPeriod] = useState<MetricPeriod>("12h");
  const { resource, isOld, isBusy, reload } = useMetrics(api, period);
  const isWithout = resource.state === "failed" && resource.error instanceof ApiError && resource.error.status === 404;
  return (
    <>
      <div class="title-row">
        <h1>{t("console.metrics")}</h1>
        <div class="row push">
          <label class="inline-field">
            <span class="label">{t("sales.period")}</span>
            <select value={period} onChange={(event) => setPeriod(event.currentTarget.value as MetricPeriod)}>
              {METRIC_PERIODS.map((each) => (
                <option value={each} key={each}>
                  {t(`metrics.period.${each}`)}
                </option>
              ))}
            </select>
          </label>
          <button type="button" class="button" disabled={isBusy} onClick={reload}>
            {t("queues.refresh")}
          </button>
        </div>
      </div>
      {isWithout ? (
        <Notice icon="chart" title="metrics.off" hint={t("metrics.offHint")} />
      ) : (
        <Show resource={resource} reload={reload} loading={<Loading rows={4} />}>
          {(metrics) => <Graphs metrics={metrics} isOld={isOld} />}
        </Show>
      )}
    </>
  );
}

function Graphs({ metrics, isOld }: { metrics: Metrics; isOld: boolean }) {
  const { config } = useApp();
  if (isEmpty(metrics)) {
    return (
      <Notice
        icon="chart"
        title="metrics.none"
        hint={t(config.stage === "local" ? "metrics.noneLocally" : "metrics.noneHint")}
      />
    );
  }
  return (
    <div class="stack wide-gap">
      <p class="muted measure">
        {t("metrics.until", {
          time: formatWholeStep(Date.parse(metrics.end), locale.value),
          minutes: metrics.stepSeconds / 60,
        })}
      </p>
      {isOld && (
        <p class="said bad" role="status">
          {t("metrics.old")}
        </p>
      )}
      {DASHBOARDS.map((dashboard) => (
        <section aria-labelledby={`dashboard-${dashboard}`} key={dashboard}>
          <h2 id={`dashboard-${dashboard}`}>{t(`metrics.dashboard.${dashboard}`)}</h2>
          <div class="metrics">
            {graphsOf(metrics)
              .filter((graph) => graph.dashboard === dashboard)
              .flatMap(chartsOf)
              .map((chart) => (
                <MetricPanel chart={chart} metrics={metrics} key={`${chart.graph.name} ${chart.currency}`} />
              ))}
          </div>
        </section>
      ))}
    </div>
  );
}
