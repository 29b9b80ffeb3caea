/** The saga, drawn as docs/saga.md describes it, with the path of one order lit. */

import type { Order } from "@order-backend/client";

import SAGA from "../generated/saga.json";
import { t } from "../i18n/i18n.js";
import { isFinal, toneOf } from "../orders.js";
import { statesVisited, transitionsOf } from "../saga.js";

const MARGIN = 8;

export function SagaPicture({ order }: { order: Order }) {
  const path = statesVisited(order);
  const visited = new Set(path);
  const taken = transitionsOf(path);
  const last = path.at(-1);
  const labels = SAGA.boxes.filter((box) => visited.has(box.id)).map((box) => box.lines[0]);
  const size = `${-MARGIN} ${-MARGIN} ${SAGA.width + 2 * MARGIN} ${SAGA.height + 2 * MARGIN}`;
  return (
    <svg class={`saga ${toneOf(order.status)}`} viewBox={size} role="img" aria-label={`${t("console.path")}: ${labels.join(", ")}`}>
      <defs>
        {(["plain", "lit"] as const).map((kind) => (
          <marker
            key={kind}
            id={`arrow-${kind}`}
            class={`arrow ${kind}`}
            viewBox="0 0 8 8"
            refX="6"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0 8 4 0 8z" />
          </marker>
        ))}
      </defs>
      {[...SAGA.curves]
        .sort((one, other) => Number(taken.has(`${one.from}>${one.to}`)) - Number(taken.has(`${other.from}>${other.to}`)))
        .map((curve) => {
          const isTaken = taken.has(`${curve.from}>${curve.to}`);
          return (
            <path
              key={`${curve.from}>${curve.to}`}
              class={isTaken ? "curve lit" : "curve"}
              d={curve.path}
              markerEnd={isTaken ? "url(#arrow-lit)" : "url(#arrow-plain)"}
            />
          );
        })}
      {SAGA.boxes.map((box) => {
        const isLast = box.id === last && !isFinal(order.status);
        return (
          <g
            key={box.id}
            class={`state ${visited.has(box.id) ? "lit" : ""} ${isLast ? "last" : ""}`}
            data-state={box.id}
          >
            <rect
              x={box.x - box.width / 2}
              y={box.y - box.height / 2}
              width={box.width}
              height={box.height}
              rx={box.id === "Ended" ? box.height / 2 : 10}
            />
            {box.lines.map((line, index) => (
              <text
                key={line}
                class={index === 0 ? "" : "small"}
                x={box.x}
                y={box.y + (index - (box.lines.length - 1) / 2) * 14 + 4.5}
              >
                {line}
              </text>
            ))}
          </g>
        );
      })}
    </svg>
  );
}
