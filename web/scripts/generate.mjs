// Generates src/generated: the countries from the API's description, and the saga's states and transitions from
// docs/saga.md, laid out by Graphviz.

import { mkdir, readFile, writeFile } from "node:fs/promises";

import { instance } from "@viz-js/viz";

const project = new URL("../../", import.meta.url);
const generated = new URL("web/src/generated/", project);

const description = JSON.parse(await readFile(new URL("layers/ordering/http/openapi.json", project), "utf8"));
const countries = description.components.schemas.PostalAddress.properties.country.enum;

const page = await readFile(new URL("docs/saga.md", project), "utf8");

await mkdir(generated, { recursive: true });
await write("countries.json", countries);
await write("saga.json", await laidOut(parse(page)));

/** Returns the states by id, and the transitions, of the picture in docs/saga.md. */
function parse(markdown) {
  const picture = /```mermaid\n([\s\S]*?)```/.exec(markdown)[1];
  const labels = new Map();
  const transitions = [];
  let outer;
  for (const line of picture.split("\n").map((each) => each.trim())) {
    const state = /^state "(.+)" as (\w+)( \{)?$/.exec(line);
    const transition = /^(\S+) --> (\S+?)(?:: (.+))?$/.exec(line);
    if (state && outer !== undefined) {
      // The branches of a parallel state are written into its box.
      labels.get(outer).push(state[1]);
    } else if (state) {
      labels.set(state[2], [state[1]]);
      outer = state[3] ? state[2] : outer;
    } else if (line === "}") {
      outer = undefined;
    } else if (transition && transition[1] !== "[*]" && transition[2] !== "[*]") {
      transitions.push({ from: transition[1], to: transition[2], outcome: transition[3] ?? "" });
    }
  }
  for (const { from, to } of transitions) {
    for (const id of [from, to]) {
      labels.has(id) || labels.set(id, [id]);
    }
  }
  return { labels, transitions };
}

/** Returns the size of the picture, its boxes, and one curve for each pair of connected states. */
async function laidOut({ labels, transitions }) {
  const pairs = new Map();
  for (const { from, to, outcome } of transitions) {
    // Every state can lead back to "Load order" when the order has changed. These transitions are not drawn.
    if (outcome.endsWith("ORDER_MOVED") || outcome.endsWith("STALE")) {
      continue;
    }
    const name = `${from}>${to}`;
    pairs.set(name, { from, to, outcomes: [...(pairs.get(name)?.outcomes ?? []), outcome].filter(Boolean) });
  }
  const viz = await instance();
  const drawn = viz.renderJSON({
    graphAttributes: { rankdir: "TB", nodesep: 0.3, ranksep: 0.32 },
    nodeAttributes: { shape: "box", fixedsize: true, width: 2.15, height: 0.5 },
    nodes: [...labels].map(([name, lines]) => ({ name, attributes: lines.length > 1 ? { height: 0.78 } : {} })),
    edges: [...pairs.values()].map(({ from, to }) => ({ tail: from, head: to })),
  });
  const [, , width, height] = drawn.bb.split(",").map(Number);
  const flipped = (point) => {
    const [x, y] = point.split(",").map(Number);
    return [round(x), round(height - y)];
  };
  const boxes = drawn.objects.map((each) => {
    const [x, y] = flipped(each.pos);
    return { id: each.name, lines: labels.get(each.name), x, y, width: each.width * 72, height: each.height * 72 };
  });
  const curves = drawn.edges.map((each) => {
    const [from, to] = [drawn.objects[each.tail].name, drawn.objects[each.head].name];
    const [end, start, ...rest] = each.pos.split(" ");
    const points = [start, ...rest].map(flipped);
    const path = `M${points[0]}C${points.slice(1).join(" ")}L${flipped(end.slice(2))}`;
    return { from, to, outcomes: pairs.get(`${from}>${to}`).outcomes, path };
  });
  return { width: round(width), height: round(height), boxes, curves };
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function write(name, value) {
  return writeFile(new URL(name, generated), `${JSON.stringify(value)}\n`);
}
