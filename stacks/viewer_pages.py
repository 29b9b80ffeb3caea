"""The pages of the viewer's layer, each in one file that loads nothing from other servers."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from string import Template

from markdown_it import MarkdownIt

_PROJECT = Path(__file__).resolve().parent.parent
FILES = Path(__file__).resolve().parent / "viewer_files"
PROBLEMS = _PROJECT / "docs" / "problems"
LOGO = _PROJECT / "docs" / "images" / "logo.svg"

BUNDLE, STYLE = "swagger-ui-bundle.js", "swagger-ui.css"
_LINKS = '<a href="../docs">API</a><a href="index">Problems</a>'


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and the content security policy (CSP) that allows only the page's own style and script."""

    html: str
    policy: str


def docs_page(swagger_ui: Path) -> Page:
    """Returns the page at `/docs`; it may call the API that it comes from."""
    script = _inline((swagger_ui / BUNDLE).read_text() + "\n" + _file("start.js"))
    # The source map of the style sheet is not in the layer, so remove the reference to it.
    style = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", (swagger_ui / STYLE).read_text()) + _file("page.css")
    html = Template(_file("page.html")).substitute(
        version=json.loads((swagger_ui / "package.json").read_text())["version"],
        style=style,
        script=script,
        logo=_logo(),
        icon=_icon(),
    )
    return Page(html, _policy(style, script, connect=True))


def sign_in_page() -> Page:
    """Returns the page to which the issuer sends the code; it gives the code to the page that opened it."""
    script = _inline(_file("sign_in.js"))
    return _small_page("Signing in", "<p>Signing in …</p>\n", "", script)


def problem_pages() -> Iterator[tuple[str, Page]]:
    """Yields the pages of the kinds of problem, made of `docs/problems`, each with its name."""
    markdown = MarkdownIt("commonmark").enable("table")
    for path in sorted(PROBLEMS.glob("*.md")):
        text = path.read_text()
        # The pages are served without their suffix; files elsewhere in the repository are not served.
        text = re.sub(r"\]\(([a-z-]+)\.md(#[a-z-]+)?\)", r"](\1\2)", text)
        text = re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*/[^)]*\)", r"\1", text)
        title = text.partition("\n")[0].removeprefix("# ")
        name = "index" if path.stem == "README" else path.stem
        yield name, _small_page(title, markdown.render(text), _LINKS)


def sources(swagger_ui: Path) -> list[Path]:
    """Returns every file that the pages are made of."""
    return [
        *(Path(__file__), LOGO),
        *sorted(FILES.iterdir()),
        *sorted(PROBLEMS.glob("*.md")),
        *(swagger_ui / name for name in (BUNDLE, STYLE, "package.json")),
    ]


def _small_page(title: str, body: str, links: str, script: str = "") -> Page:
    style = _file("small_page.css")
    html = Template(_file("small_page.html")).substitute(
        title=f"{title} – Orders API",
        style=style,
        logo=_logo(),
        icon=_icon(),
        links=links,
        body=body,
        script=f"<script>{script}</script>\n" if script else "",
    )
    return Page(html, _policy(style, script))


def _policy(style: str, script: str, *, connect: bool = False) -> str:
    sources = [
        *(("script-src 'sha256-" + _hash(script) + "'",) if script else ()),
        f"style-src 'sha256-{_hash(style)}'",
        "img-src data:",
        *(("connect-src 'self'",) if connect else ()),
    ]
    return "; ".join(
        ["default-src 'none'", *sources, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]
    )


def _file(name: str) -> str:
    return (FILES / name).read_text(encoding="utf-8")


def _logo() -> str:
    return LOGO.read_text(encoding="utf-8").strip()


def _icon() -> str:
    return f"data:image/svg+xml;base64,{b64encode(_logo().encode()).decode()}"


def _inline(script: str) -> str:
    """Returns a script that is safe to embed in HTML: it contains no `<script`, `</script` or `<!--`.

    In minified code these occur only inside literals, in which the escape sequence stands for the same
    character.
    """
    return re.sub(r"<(?=!--|/?script)", r"\\x3c", script, flags=re.IGNORECASE)


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
