"""The charts of a daily report, as inline SVG: no script, and nothing that a browser would have to fetch.

The bars are SVG, which is stretched to the width of the page. The texts are HTML, so that they keep their
size on a phone.
"""

from collections.abc import Sequence
from string import Template
from typing import NamedTuple

from ordering.domain.markup import Markup, fill, joined

_WIDTH, _HEIGHT, _GAP = 100, 100, 24


class Column(NamedTuple):
    """One column: a short label below it, what is said about it, and its value."""

    label: str
    text: str
    value: int
    marked: bool


class Bar(NamedTuple):
    """One bar: its name, its value as text, and the value."""

    name: str
    text: str
    value: int


_COLUMNS = Template("""\
<figure class="columns">
<figcaption>$caption</figcaption>
<p class="scale">$most</p>
<svg viewBox="0 0 $width $height" preserveAspectRatio="none" role="img" aria-label="$summary">
$rectangles
</svg>
<ol class="axis">
$labels
</ol>
</figure>""")
_RECTANGLE = Template(
    '<rect class="$kind" x="$x" y="$y" width="$width" height="$height"><title>$text</title></rect>'
)
_LABEL = Template('<li class="$kind">$label</li>')
_BARS = Template("""\
<figure class="bars">
<figcaption>$caption</figcaption>
<ol>
$rows
</ol>
$note
</figure>""")
_ROW = Template("""\
<li><span class="name"><bdi>$name</bdi></span><span class="value">$text</span>\
<svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">\
<rect class="ground" width="100" height="1"/><rect class="marked" width="$share" height="1"/></svg></li>""")
_NOTE = Template('<p class="note">$note</p>')


def columns(caption: str, most: str, summary: str, values: Sequence[Column]) -> Markup:
    """Return a chart with a column for each value; `most` is the text of the highest one."""
    highest = max((each.value for each in values), default=0) or 1
    rectangles = []
    for place, each in enumerate(values):
        height = each.value * _HEIGHT * 100 // highest / 100
        rectangles.append(
            fill(
                _RECTANGLE,
                kind=_kind(each),
                x=str(place * _WIDTH + _GAP // 2),
                y=f"{_HEIGHT - height:.2f}",
                width=str(_WIDTH - _GAP),
                height=f"{height:.2f}",
                text=each.text,
            )
        )
    return fill(
        _COLUMNS,
        caption=caption,
        most=most,
        summary=summary,
        width=str(len(values) * _WIDTH),
        height=str(_HEIGHT),
        rectangles=joined(*rectangles),
        labels=joined(*(fill(_LABEL, kind=_kind(each), label=each.label) for each in values)),
    )


def bars(caption: str, values: Sequence[Bar], note: str = "") -> Markup:
    """Return a chart with a horizontal bar for each value, and a note below."""
    highest = max((each.value for each in values), default=0) or 1
    rows = (
        fill(_ROW, name=each.name, text=each.text, share=f"{each.value * 10000 // highest / 100:.2f}")
        for each in values
    )
    return fill(_BARS, caption=caption, rows=joined(*rows), note=fill(_NOTE, note=note) if note else Markup())


def _kind(column: Column) -> str:
    return "marked" if column.marked else "plain"
