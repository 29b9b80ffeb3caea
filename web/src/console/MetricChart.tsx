/** A small chart: columns for what is counted in each step, lines for everything else. */

import { ChartFrame } from "./ChartFrame.js";
import { type Chart, type Line, topOf } from "./metrics.js";
import { ticksOf } from "./sales.js";
import { useSize } from "./useSize.js";

const LEFT = 46;
const RIGHT = 6;
const TOP = 8;
const BOTTOM = 22;

export function MetricChart(props: {
  chart: Chart;
  label: string;
  formatTick: (value: number) => string;
  formatStep: (step: number) => string;
  chosen: number | undefined;
  onChoose: (step: number | undefined) => void;
}) {
  const { chart, label, formatTick, formatStep, chosen, onChoose } = props;
  const [frame, { width, height }] = useSize();
  const { drawn, graph } = chart;
  const steps = drawn[0]?.values.length ?? graph.lines[0]?.values.length ?? 0;
  const ticks = ticksOf(topOf(chart));
  // Three lines are enough in a small chart.
  const shown = ticks.length > 4 ? ticks.filter((_, index) => (ticks.length - 1 - index) % 2 === 0 || index === 0) : ticks;
  const top = ticks.at(-1) ?? 1;
  const slot = (width - LEFT - RIGHT) / Math.max(1, steps);
  const x = (step: number) => LEFT + slot * step;
  const y = (value: number) => TOP + (height - TOP - BOTTOM) * (1 - value / top);
  return (
    <ChartFrame
      class="metric-frame"
      frame={frame}
      area={{ width, height, left: LEFT, right: RIGHT, slot, slots: steps, y }}
      label={label}
      ticks={shown}
      formatTick={formatTick}
      onChoose={onChoose}
    >
      {chosen !== undefined && <line class="metric-chosen" x1={x(chosen + 0.5)} x2={x(chosen + 0.5)} y1={TOP} y2={y(0)} />}
      {graph.stacked || graph.summed ? columns() : drawn.map(line)}
      <text class="metric-time first" x={LEFT} y={height - 4}>
        {formatStep(0)}
      </text>
      <text class="metric-time" x={x(steps / 2)} y={height - 4}>
        {formatStep(Math.floor(steps / 2))}
      </text>
      <text class="metric-time last" x={width - RIGHT} y={height - 4}>
        {formatStep(steps - 1)}
      </text>
    </ChartFrame>
  );

  /** Columns of several lines that are no parts of a whole would hide each other. */
  function columns() {
    const gap = slot > 4 ? 1 : 0;
    if (!graph.stacked && drawn.length > 1) {
      return drawn.map(line);
    }
    return Array.from({ length: steps }, (_, step) => {
      let below = 0;
      return drawn.map(({ label: name, values }, index) => {
        const value = values[step] ?? 0;
        const tall = y(below) - y(below + value);
        below += value;
        return (
          tall > 0 && (
            <rect class={`series-${index + 1}`} x={x(step)} y={y(below)} width={Math.max(1, slot - gap)} height={tall} key={name} />
          )
        );
      });
    });
  }

  /** A step without data interrupts the line. Of a count, it is zero: CloudWatch records nothing where nothing happens. */
  function line({ label: name, values }: Line, index: number) {
    let path = "";
    values.forEach((value, step) => {
      const known = value ?? (graph.summed ? 0 : null);
      if (known !== null) {
        const before = step > 0 && (values[step - 1] ?? (graph.summed ? 0 : null)) !== null;
        path += `${before ? "L" : "M"}${x(step + 0.5).toFixed(1)} ${y(known).toFixed(1)}`;
        // A single value between two gaps would not be seen.
        path += before ? "" : "h0.01";
      }
    });
    return <path class={`metric-line line-${index + 1}`} d={path} key={name} />;
  }
}
