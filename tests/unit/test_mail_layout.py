"""The HTML of mails: whatever the names are, they are text and never markup, and nothing is loaded."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from ordering.domain.languages import Language
from ordering.domain.mail_layout import EmailMessage
from ordering.domain.notifications import email_for
from ordering.domain.order import MAX_LINES, OrderLine, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.text import as_one_line
from tests.support.builders import line, order, shipment
from tools.mail_preview import previews

ATTACKS = (
    "<script>alert(1)</script>",
    "</td></tr></table><h1>You owe 5 EUR</h1>",
    '"><img src=https://tracker.example/ onerror=alert(1)>',
    "'><a href='https://phish.example'>Pay here</a>",
    "&lt;b&gt;&amp;&#60;i&#62;",
    "<!-- ]]> --><style>*{display:none}</style>",
    "$subject ${html} {total} %s {{0}}",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    "<\N{NULL}script>",
)
hostile = st.text(max_size=60) | st.sampled_from(ATTACKS) | st.text("<>&\"'/=!-${}", max_size=30)
attacks = pytest.mark.parametrize("attack", ATTACKS, ids=ascii)


class Document(HTMLParser):
    """The elements of a document with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.texts: list[str] = []
        self.names: list[str] = []
        self.comments: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.elements.append((f"/{tag}", ()))
        if tag in self._open:
            self._open.remove(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if "bdi" in self._open:
            self.names.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def sent(name: str, number: str, shop: str, language: Language = Language.EN) -> EmailMessage:
    """Returns the mail of a fulfilled order for one product of this name, with this tracking number."""
    parcel = replace(shipment(ShipmentStatus.DISPATCHED), tracking_number=number)
    ordered = order(Status.FULFILLED, replace(line(), name=name))
    details = OrderDetails(order=ordered, shipment=parcel)
    return email_for(Status.FULFILLED, details, language=language, shop=shop)


@given(hostile, hostile.filter(bool), hostile.filter(bool), st.sampled_from(Language))
@example(ATTACKS[1], ATTACKS[2], ATTACKS[3], Language.DE)
@example("\ud800<b>", "\x00<b>", "\x85", Language.FR)
def test_hostile_text_adds_no_element_and_no_attribute(
    name: str, number: str, shop: str, language: Language
) -> None:
    honest = Document(sent("Mug", "SBX", "Shop", language).html)
    found = Document(sent(name, number, shop, language).html)
    assert found.elements == honest.elements
    assert found.comments == []


@given(hostile)
def test_hostile_name_is_shown_as_it_is_in_both_parts(name: str) -> None:
    email, expected = sent(name, "SBX", "Shop"), as_one_line(name)
    assert "".join(Document(email.html).names) == expected
    assert f"2 × {expected[:40]}" in email.text


@given(hostile.filter(bool))
def test_hostile_tracking_number_is_shown_as_it_is_in_both_parts(number: str) -> None:
    email, sentence = sent("Mug", number, "Shop"), f"Its tracking number is {as_one_line(number)}."
    assert sentence in Document(email.html).texts
    assert sentence in email.text


@attacks
def test_hostile_shop_name_is_only_text(attack: str) -> None:
    assert attack.replace("\N{NULL}", "\N{REPLACEMENT CHARACTER}") in [
        text.replace("\N{NULL}", "\N{REPLACEMENT CHARACTER}")
        for text in Document(sent("Mug", "SBX", attack).html).texts
    ]


def test_shop_without_a_name_leaves_no_empty_paragraph() -> None:
    with_name, without = (Document(sent("Mug", "SBX", shop).html) for shop in ("Shop", ""))
    assert [tag for tag, _ in with_name.elements].count("p") == (
        [tag for tag, _ in without.elements].count("p") + 1
    )


@pytest.mark.parametrize("name", previews())
def test_mail_loads_nothing_and_leads_only_where_its_plain_text_does(name: str) -> None:
    html = previews()[name].html
    for tag, attributes in Document(html).elements:
        assert tag not in {"img", "link", "script", "iframe", "form", "object", "base"}
        values = dict(attributes)
        if tag == "a":
            # The same address is in the plain text, for those whose mail program opens no links.
            target = str(values.pop("href"))
            assert target.startswith("https://")
            assert target in previews()[name].text
        assert not {"src", "href", "background", "action", "srcset"} & values.keys()
    html = re.sub(r' href="[^"]*"', "", html)
    style = re.sub(r">[^<]*<", "><", html.partition("</style>")[2]) + html.partition("</style>")[0]
    assert not re.search(r"url\(|@import|@font-face|https?:|//", style)


@pytest.mark.parametrize("name", previews())
def test_every_element_of_a_mail_is_closed(name: str) -> None:
    opened: list[str] = []
    for tag, _ in Document(previews()[name].html).elements:
        if tag.startswith("/"):
            assert opened.pop() == tag[1:]
        elif tag not in {"meta", "br"}:
            opened.append(tag)
    assert opened == []


@pytest.mark.parametrize("name", previews())
def test_mail_names_its_language_in_the_document_and_in_its_content(name: str) -> None:
    """Some clients remove the element `html`, and with it the language that screen readers go by."""
    language = name.partition("-")[0]
    elements = Document(previews()[name].html).elements
    assert [dict(attributes)["lang"] for _, attributes in elements if "lang" in dict(attributes)] == [
        language,
        language,
    ]


def test_mail_follows_the_dark_mode_of_its_client() -> None:
    html = sent("Mug", "SBX", "Shop").html
    assert '<meta name="color-scheme" content="light dark">' in html
    dark = html.partition("@media (prefers-color-scheme: dark)")[2].partition("@media")[0]
    coloured = re.findall(r'class="([a-z ]+)" style="[^"]*color', html)
    assert {each for names in coloured for each in names.split()} == set(re.findall(r"\.(\w+) \{", dark))


def test_largest_mail_is_not_clipped() -> None:
    """Gmail shows the first 102 kilobytes of a mail."""
    lines: Sequence[OrderLine] = [
        replace(line(quantity=1000, unit_price=10**9), name="é<" * 60) for _ in range(MAX_LINES)
    ]
    email = email_for(
        Status.CONFIRMED,
        OrderDetails(order=order(Status.CONFIRMED, *lines)),
        language=Language.FR,
        shop="The mug shop",
    )
    assert len(email.html.encode()) < 102_000
