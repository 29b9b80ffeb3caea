"""The layout of all mails to customers: the same content as plain text, and as HTML.

The HTML consists of tables with inline styles, which Outlook and Gmail support. A mail to a customer contains
no link. It refers to nothing outside of the mail (image, font, style sheet), so opening it sends no request.
Its colours follow the dark mode of clients that support `color-scheme`. Every text that is put into it is
escaped, except for the markup that this module has made.

`make mail-preview` writes every mail in every language, to be looked at in a browser.
"""

from collections.abc import Iterator, Sequence
from string import Template

from msgspec import Struct

from ordering.domain.languages import Language
from ordering.domain.markup import Markup, fill

# The longest name in the plain text. With quantity and amount, its row has fewer than 78 characters, the
# recommended width of a mail (RFC 5322, section 2.1.1).
_MAX_NAME_WIDTH = 48


class MailRow(Struct, frozen=True):
    """A line of the order: `2`, `Enamel mug`, `€25.00`. The name is on one line, and else not trusted."""

    quantity: str
    name: str
    amount: str


class MailLink(Struct, frozen=True):
    """A link in a mail of the shop to itself: `The report`, and its address."""

    text: str
    url: str


class MailContent(Struct, frozen=True, kw_only=True):
    """The content of a mail, in its language, before it is laid out."""

    language: Language
    shop: str
    """The shop's name; empty if the sender has none. Only the HTML shows it."""
    subject: str
    greeting: str
    paragraphs: Sequence[str]
    rows: Sequence[MailRow]
    """The lines of the order. Empty: the mail is about no order, and shows no total."""
    total: str
    """The word for it."""
    items: str
    """How many items the total is for."""
    amount: str
    placed: str
    order: str
    links: Sequence[MailLink] = ()


class EmailMessage(Struct, frozen=True, kw_only=True):
    """The content of an e-mail, without sender and recipient."""

    language: Language
    subject: str
    text: str
    html: str


def email(content: MailContent) -> EmailMessage:
    """Return a mail, laid out as plain text and as HTML."""
    return EmailMessage(
        language=content.language, subject=content.subject, text=plain_text(content), html=html(content)
    )


def plain_text(content: MailContent) -> str:
    """Return a mail as plain text."""
    columns = [*_columns(content), ""] if content.rows else []
    links = [line for link in content.links for line in (f"{link.text}:", link.url, "")]
    text = [content.greeting, "", *content.paragraphs, "", *columns, *links]
    return "\n".join([*text, content.placed, content.order, ""])


def _columns(content: MailContent) -> Iterator[str]:
    """Yields the lines of the order, and the total below, in two columns."""
    rows = [(f"{row.quantity} × {_shortened(row.name)}", row.amount) for row in content.rows]
    rows.append((f"{content.total} ({content.items})", content.amount))
    name_width, amount_width = (max(map(len, column)) for column in zip(*rows, strict=True))
    yield from (f"  {name:<{name_width}}  {amount:>{amount_width}}" for name, amount in rows)


def _shortened(name: str) -> str:
    return name if len(name) <= _MAX_NAME_WIDTH else f"{name[: _MAX_NAME_WIDTH - 1]}…"


# The styles are inline, because some clients ignore a style sheet. The style sheet has only what cannot be
# inline; clients that ignore it show the mail in its light colours.
_FONT = "font-family: -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
_TEXT = f"{_FONT}; font-size: 16px; line-height: 24px; color: #1f2328"
_QUIET = f"{_FONT}; font-size: 13px; line-height: 20px; color: #59636e"
_RULE = "border-top: 1px solid #d1d9e0"
# A name or number without a space is broken where it must be.
_BREAK = "overflow-wrap: anywhere; word-break: break-word"

_PAGE = Template(f"""\
<!doctype html>
<html lang="$language" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>$subject</title>
<style>
:root {{ color-scheme: light dark; supported-color-schemes: light dark; }}
@media (prefers-color-scheme: dark) {{
  .page {{ background-color: #0d1117 !important; }}
  .card {{ background-color: #161b22 !important; border-color: #3d444d !important; }}
  .text {{ color: #f0f6fc !important; }}
  .quiet {{ color: #a5afb9 !important; }}
  .rule {{ border-color: #3d444d !important; }}
}}
@media (max-width: 600px) {{
  .margin {{ padding: 12px 8px !important; }}
  .inner {{ padding: 20px 16px !important; }}
}}
</style>
</head>
<body class="page" style="margin: 0; padding: 0; background-color: #f6f8fa; -webkit-text-size-adjust: 100%">
<div style="display: none; max-height: 0; overflow: hidden">$preview</div>
<div role="article" aria-roledescription="email" aria-label="$subject" lang="$language" dir="ltr">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="page" \
style="background-color: #f6f8fa">
<tr><td align="center" class="margin" style="padding: 32px 16px">
<table role="presentation" width="560" cellpadding="0" cellspacing="0" border="0" class="card" \
style="width: 100%; max-width: 560px; background-color: #ffffff; border: 1px solid #d1d9e0; \
border-radius: 8px">
<tr><td class="inner" align="left" style="padding: 32px">
$shop
<h1 class="text" style="margin: 0 0 16px; {_FONT}; font-size: 22px; line-height: 30px; font-weight: 600; \
color: #1f2328">$subject</h1>
$paragraphs
$lines
<p class="quiet" style="margin: 0; {_QUIET}">$placed<br>$order</p>
</td></tr>
</table>
</td></tr>
</table>
</div>
</body>
</html>
""")
_LINES = Template(f"""\
<table width="100%" cellpadding="0" cellspacing="0" border="0" \
style="margin: 24px 0; border-collapse: collapse">
$rows
<tr>
<th scope="row" colspan="2" align="left" valign="top" class="text rule" \
style="padding: 12px 16px 0 0; {_TEXT}; font-weight: 600; {_RULE}">\
$total <span class="quiet" style="{_QUIET}; font-weight: 400">($items)</span></th>
<td align="right" valign="top" class="text rule" style="padding: 12px 0 0; {_TEXT}; font-weight: 600; \
white-space: nowrap; {_RULE}">$amount</td>
</tr>
</table>""")
_SHOP = Template(f'<p class="quiet" style="margin: 0 0 8px; {_QUIET}; font-weight: 600">$shop</p>')
_PARAGRAPH = Template(f'<p class="text" style="margin: 0 0 12px; {_TEXT}; {_BREAK}">$text</p>')
_LINK = Template(
    f'<p style="margin: 0 0 12px; {_TEXT}"><a href="$url" class="text" style="color: #1f2328">$text</a></p>'
)
# The direction of a name may be another one than that of the mail, and must not turn around what follows.
_ROW = Template(f"""\
<tr>
<td align="right" valign="top" class="text" style="padding: 0 8px 8px 0; {_TEXT}; \
white-space: nowrap">$quantity ×</td>
<td width="100%" align="left" valign="top" class="text" style="padding: 0 16px 8px 0; {_TEXT}; \
{_BREAK}"><bdi>$name</bdi></td>
<td align="right" valign="top" class="text" style="padding: 0 0 8px; {_TEXT}; \
white-space: nowrap">$amount</td>
</tr>""")


def html(content: MailContent) -> str:
    """Return a mail as an HTML document."""
    paragraphs = (fill(_PARAGRAPH, text=text) for text in (content.greeting, *content.paragraphs))
    links = (fill(_LINK, text=link.text, url=link.url) for link in content.links)
    return fill(
        _PAGE,
        language=content.language,
        subject=content.subject,
        # Clients show it in the list of mails, beside the subject.
        preview=content.paragraphs[0],
        shop=fill(_SHOP, shop=content.shop) if content.shop else Markup(),
        paragraphs=Markup("\n".join([*paragraphs, *links])),
        lines=_lines(content) if content.rows else Markup(),
        placed=content.placed,
        order=content.order,
    )


def _lines(content: MailContent) -> Markup:
    rows = (fill(_ROW, quantity=row.quantity, name=row.name, amount=row.amount) for row in content.rows)
    return fill(
        _LINES,
        rows=Markup("\n".join(rows)),
        total=content.total,
        items=content.items,
        amount=content.amount,
    )
