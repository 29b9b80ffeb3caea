"""HTML that is put together of templates: every text that is not markup is escaped."""

from html import escape
from string import Template


class Markup(str):
    """HTML that a module of this app has made. Any other text is escaped."""

    __slots__ = ()


def fill(template: Template, **texts: str) -> Markup:
    """Return a template with these texts in it, each of them escaped unless it is markup."""
    escaped = {name: text if isinstance(text, Markup) else escape(text) for name, text in texts.items()}
    return Markup(template.substitute(escaped))


def joined(*parts: str) -> Markup:
    """Return these parts in a row, on lines of their own, each escaped unless it is markup."""
    return Markup("\n".join(part if isinstance(part, Markup) else escape(part) for part in parts))
