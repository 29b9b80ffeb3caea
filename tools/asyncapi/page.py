"""The page at `/docs/events`: the AsyncAPI document as HTML, without scripts and without requests.

AsyncAPI's own viewer is a script of several megabytes; this page shows the same in tables.
"""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from tools.descriptions.schema_merging import Document, Schema, merged

# No fonts from other servers; readable on a phone.
_STYLE = """\
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem;color:#1b1b1b}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.4rem;text-align:left;
vertical-align:top}code,pre{font:14px/1.4 ui-monospace,monospace}
pre{background:#f4f4f4;overflow:auto;padding:1rem}
td code{overflow-wrap:anywhere}h2{margin-top:2.5rem}
"""


def page(document: Document) -> str:
    """Returns the page of an AsyncAPI document."""
    info, messages = document["info"], document["components"]["messages"]
    rows = "".join(
        f'<tr><td><a href="#{name}"><code>{name}</code></a></td><td>{_text(message["summary"])}</td></tr>'
        for name, message in messages.items()
    )
    sections = "\n".join(_section(document, name, message) for name, message in messages.items())
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(info["title"])}</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(info["title"])}</h1>
<p><a href="../asyncapi.json">The AsyncAPI document</a>, <a href="../docs">the HTTP API</a></p>
{"".join(_about(info["description"]))}
<table><tr><th>type</th><th>when</th></tr>{rows}</table>
{sections}
</body>
</html>
"""


def _section(document: Document, name: str, message: Mapping[str, Any]) -> str:
    schema = merged(document, message["payload"])
    rows = "".join(_rows(document, schema, ""))
    example = json.dumps(message["examples"][0]["payload"], indent=2, ensure_ascii=False)
    return (
        f'<h2 id="{name}">{name}</h2>\n<p>{_text(schema["description"])}</p>\n'
        f"<table><tr><th>field</th><th>type</th><th>meaning</th></tr>{rows}</table>\n"
        f"<p>For example:</p>\n<pre>{escape(example)}</pre>"
    )


def _rows(document: Document, schema: Schema, within: str) -> Iterator[str]:
    """Returns the rows of an object's fields, each followed by the rows of its own fields."""
    required = schema.get("required", ())
    for name, part in schema["properties"].items():
        field, many = merged(document, part), ""
        meaning = field.get("description", "")
        if field.get("type") == "array":
            field, many = merged(document, field["items"]), "[]"
        optional = "" if name in required else " (optional)"
        path = f"{within}{name}{many}"
        yield (
            f"<tr><td><code>{path}</code></td><td>{_kind(field)}{optional}</td>"
            f"<td>{_text(meaning or field.get('description', ''))}</td></tr>"
        )
        if "properties" in field:
            yield from _rows(document, field, f"{path}.")


def _kind(field: Schema) -> str:
    if "enum" in field:
        return ", ".join(f"<code>{escape(str(each))}</code>" for each in field["enum"])
    return escape(field.get("format", field["type"]))


def _about(description: str) -> Iterator[str]:
    """Returns the paragraph and the list of a description."""
    first, _, points = description.partition("\n\n")
    yield f"<p>{_text(first)}</p>\n<ul>"
    yield from (
        f"<li>{_text(' '.join(point.split()))}</li>" for point in points.removeprefix("- ").split("\n- ")
    )
    yield "</ul>\n"


def _text(markdown: str) -> str:
    """Returns text with the two kinds of markup that the descriptions use: `code` and **bold**."""
    parts = escape(markdown.partition("\n\n- ")[0]).split("`")
    text = "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
    bold = text.split("**")
    return "".join(f"<strong>{part}</strong>" if place % 2 else part for place, part in enumerate(bold))
