"""Draws the architecture of stage prod, with mail, from its synthesised templates.

    make picture

writes docs/images/architecture.svg. A test fails if it is out of date. Graphviz, as WebAssembly
(`@viz-js/viz`), does the layout.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tools.pictures.architecture_graph import Edge, Graph, Node, graph

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "images" / "architecture.svg"

# kind → fill and border.
_COLOURS = {
    "api": ("#ede7f6", "#5e35b1"),
    "identity": ("#fce4ec", "#ad1457"),
    "function": ("#fff3e0", "#ef6c00"),
    "table": ("#e3f2fd", "#1565c0"),
    "event": ("#fde7f3", "#c2185b"),
    "queue": ("#fffde7", "#9e8600"),
    "machine": ("#e8f5e9", "#2e7d32"),
    "alarm": ("#eceff1", "#546e7a"),
}
# Stack → what it does, in the title of its cluster.
_TITLES = {
    "api": "requests",
    "identity": "who may call",
    "data": "everything that is kept",
    "events": "what happened, published",
    "saga": "orders, driven to their end",
    "monitoring": "alarms",
}
# In characters. A longer name is broken into two lines.
_LONGEST_LINE = 14
_FONT = "Helvetica,Arial,sans-serif"
_GROUP = re.compile(r'<g id="(?:node|clust)\d+".*?</g>', re.S)
_RENDER = """
const { instance } = require("@viz-js/viz");
instance().then((viz) => process.stdout.write(viz.renderString(process.argv[1], { format: "svg" })));
"""


def dot(found: Graph) -> str:
    """Returns a graph in the language of Graphviz: a cluster for each stack."""
    return "\n".join(_dot(found)) + "\n"


def _dot(found: Graph) -> Iterator[str]:
    yield "digraph architecture {"
    yield f'  graph [rankdir=TB, fontname="{_FONT}", fontsize=14, bgcolor=white, pad=0.2,'
    yield "         nodesep=0.09, ranksep=0.33, splines=spline]"
    yield f'  node [shape=box, style="filled,rounded", fontname="{_FONT}", fontsize=14, fixedsize=true]'
    yield f'  edge [fontname="{_FONT}", fontsize=12, color="#37474f", arrowsize=0.7]'
    for stack in dict.fromkeys(node.stack for node in found.nodes):
        yield f'  subgraph "cluster_{stack}" {{'
        yield f'    label="{stack}: {_TITLES.get(stack, "")}"; labeljust=l; fontcolor="#37474f"'
        yield '    style="rounded,filled"; color="#b0bec5"; fillcolor="#fafafa"'
        for node in found.nodes:
            if node.stack == stack:
                yield f"    {_node(node)}"
        yield "  }"
    closing = _closing_cycles(found)
    for edge in found.edges:
        yield f"  {_edge(edge, closes_cycle=(edge.source, edge.target) in closing)}"
    yield "}"


def _node(node: Node) -> str:
    fill, border = _COLOURS[node.kind]
    lines = [*_wrapped(node.name), node.detail]
    # In inches. The reader's font may be wider than the font with which Graphviz measures.
    width = max(0.12 * max(map(len, lines[:-1])), 0.088 * len(node.detail)) + 0.15
    size = f"width={width:.2f}, height={0.16 + 0.21 * len(lines):.2f}"
    text = r"\n".join(lines)
    return f'"{node.id}" [label="{text}", fillcolor="{fill}", color="{border}", {size}]'


def _wrapped(name: str) -> list[str]:
    """Returns a name in one line, or a long one in two, broken near its middle."""
    breaks = [place for place, letter in enumerate(name, start=1) if letter in " _"]
    if len(name) <= _LONGEST_LINE or not breaks:
        return [name]
    middle = min(breaks, key=lambda place: abs(place - len(name) / 2))
    return [name[:middle].rstrip(), name[middle:]]


def _edge(edge: Edge, *, closes_cycle: bool) -> str:
    attributes = ['style=dashed, color="#b71c1c"'] if edge.failure else []
    if closes_cycle:
        # It points upwards and must not affect the ranks of the nodes.
        attributes.append('constraint=false, color="#90a4ae"')
    if edge.label:
        attributes.append(f'label="{edge.label}"')
    return f'"{edge.source}" -> "{edge.target}" [{", ".join(attributes)}]'


def _closing_cycles(found: Graph) -> set[tuple[str, str]]:
    """Returns the edges that close a cycle, walking the graph from the nodes without incoming edges."""
    following = {
        node.id: [edge.target for edge in found.edges if edge.source == node.id] for node in found.nodes
    }
    targets = {edge.target for edge in found.edges}
    closing: set[tuple[str, str]] = set()
    seen: set[str] = set()

    def walk(node: str, path: tuple[str, ...]) -> None:
        seen.add(node)
        for target in following[node]:
            if target in (*path, node):
                closing.add((node, target))
            elif target not in seen:
                walk(target, (*path, node))

    for start in sorted(following, key=lambda id: (id in targets, id)):
        if start not in seen:
            walk(start, ())
    return closing


def svg(found: Graph) -> str:
    """Returns the picture of a graph; a comment in it has the graph's digest."""
    text = dot(found)
    drawn = subprocess.run(
        ["node", "-e", _RENDER, text], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    start = drawn.index("<svg")
    groups = _GROUP.sub(lambda group: _styled(group[0]), drawn[start:])
    return f"<!-- {digest(found)}: make picture -->\n{groups}"


def _styled(group: str) -> str:
    """Returns the drawing of a node or of a stack's cluster, with its texts formatted.

    Graphviz itself can vary the font within a label only with a fixed position for each text, which it would
    compute from the widths of its own fonts.
    """
    if 'class="cluster"' in group:
        left = min(
            float(x) for x in re.findall(r"([\d.]+),-?[\d.]+", group.partition(' d="')[2].split('"')[0])
        )
        return re.sub('text-anchor="middle" x="[^"]*"', f'text-anchor="start" x="{left + 8:.2f}"', group)
    before, *names, detail = group.split("<text ")
    bold = "".join(f'<text font-weight="bold" {name}' for name in names)
    return f"{before}{bold}<text {detail.replace('14.00', '12.00', 1)}"


def digest(found: Graph) -> str:
    """Returns a digest of the picture that a graph has."""
    return hashlib.sha256(dot(found).encode()).hexdigest()


def templates() -> dict[str, Any]:
    """Returns the templates of stage prod with mail, without building the layers."""
    from aws_cdk import App

    from stacks.layers import Layer, Layers
    from stacks.settings import STAGES, MailSettings
    from stacks.settings.protection import with_examples
    from stacks.stage import OrdersStage

    mail = MailSettings("Shop <orders@shop.example>", "shop.example")
    settings = replace(with_examples(STAGES["prod"]), mail=mail)
    sources = Layer(ROOT / "docs" / "problems")
    with tempfile.TemporaryDirectory() as folder:
        context = json.loads((ROOT / "cdk.json").read_text())["context"]
        app = App(outdir=folder, context=context, analytics_reporting=False)
        OrdersStage(app, settings, layers=Layers(sources, sources, sources, sources, sources))
        assembly = app.synth().get_nested_assembly(f"assembly-orders-{settings.stage}")
        return {stack.stack_name.rpartition("-")[2]: stack.template for stack in assembly.stacks}


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(svg(graph(templates())))
    print(PICTURE.relative_to(ROOT))


if __name__ == "__main__":
    main()
