/** One column for each day, drawn in the pixels that there are, so that its texts are as large on a phone. */

import { ChartFrame } from "./ChartFrame.js";
import { ticksOf } from "./sales.js";
import { useSize } from "./useSize.js";

const HEIGHT = 260;
const LEFT = 60;
const RIGHT = 4;
const TOP = 10;
const BOTTOM = 26;
const LABEL_WIDTH = 64;
const WIDEST_COLUMN = 44;

export interface Column {
  readonly id: string;
  readonly label: string;
  readonly value: number;
}

export function ColumnChart(props: {
  columns: readonly Column[];
  label: string;
  formatTick: (value: number) => string;
  chosen: number | undefined;
  onChoose: (index: number | undefined) => void;
}) {
  const { columns, label, formatTick, chosen, onChoose } = props;
  const [frame, { width }] = useSize();
  const ticks = ticksOf(Math.max(...columns.map(({ value }) => value)));
  const top = ticks.at(-1) ?? 1;
  const slot = (width - LEFT - RIGHT) / columns.length;
  const column = Math.min(WIDEST_COLUMN, Math.max(1, slot * 0.72));
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const x = (index: number) => LEFT + slot * (index + 0.5);
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / slot));
  return (
    <ChartFrame
      class="chart-frame"
      frame={frame}
      area={{ width, height: HEIGHT, left: LEFT, right: RIGHT, slot, slots: columns.length, y }}
      label={label}
      ticks={ticks}
      formatTick={formatTick}
      onChoose={onChoose}
    >
      {columns.map(({ id, label: day, value }, index) => (
        <g key={id} data-day={id}>
          {value > 0 && (
            <path
              class={index === chosen ? "chart-column chosen" : "chart-column"}
              d={rounded(x(index) - column / 2, y(value), column, y(0) - y(value))}
            />
          )}
          {/* The last day always has its label. */}
          {(columns.length - 1 - index) % every === 0 && x(index) > LEFT + LABEL_WIDTH / 3 && (
            <text class={index === columns.length - 1 ? "chart-day last" : "chart-day"} x={labelX(index)} y={HEIGHT - 6}>
              {day}
            </text>
          )}
        </g>
      ))}
    </ChartFrame>
  );

  /** The label of the last of many columns ends where the chart ends. */
  function labelX(index: number): number {
    return index === columns.length - 1 ? Math.max(x(index) + column / 2, width - RIGHT) : x(index);
  }
}

/** A column whose upper corners are round. */
function rounded(x: number, y: number, width: number, height: number): string {
  const radius = Math.min(4, width / 2, height);
  return (
    `M${x} ${y + height}v${radius - height}q0 ${-radius} ${radius} ${-radius}` +
    `h${width - 2 * radius}q${radius} 0 ${radius} ${radius}v${height - radius}z`
  );
}
