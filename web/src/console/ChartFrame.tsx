/** The drawing area of a chart: its horizontal lines with their figures, and the choice of a column by a pointer. */

import type { ComponentChildren, Ref, TargetedEvent } from "preact";

export interface Area {
  readonly width: number;
  readonly height: number;
  /** The margins, in pixels. */
  readonly left: number;
  readonly right: number;
  /** How wide a column is, in pixels, and how many there are. */
  readonly slot: number;
  readonly slots: number;
  y(value: number): number;
}

/** `label` says what is drawn: the figures are also in a table, so it is one picture to a screen reader. */
export function ChartFrame(props: {
  class: string;
  frame: Ref<HTMLDivElement>;
  area: Area;
  label: string;
  ticks: readonly number[];
  formatTick: (value: number) => string;
  onChoose: (index: number | undefined) => void;
  children: ComponentChildren;
}) {
  const { area, ticks, onChoose } = props;
  const { width, height, left, right, slot, slots, y } = area;
  const point = (event: TargetedEvent<SVGSVGElement, PointerEvent>) => {
    const index = Math.floor((event.clientX - event.currentTarget.getBoundingClientRect().left - left) / slot);
    onChoose(index >= 0 && index < slots ? index : undefined);
  };
  return (
    <div class={props.class} ref={props.frame}>
      {width > 0 && (
        <svg
          class="chart"
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={props.label}
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => onChoose(undefined)}
        >
          {ticks.map((tick) => (
            <g key={tick}>
              <line class={tick === 0 ? "chart-base" : "chart-grid"} x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} />
              <text class="chart-tick" x={left - 8} y={y(tick) + 4}>
                {props.formatTick(tick)}
              </text>
            </g>
          ))}
          {props.children}
        </svg>
      )}
    </div>
  );
}
