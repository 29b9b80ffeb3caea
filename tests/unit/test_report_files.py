"""The CSV file and the page of a daily report, with texts that would do harm if they were not escaped."""

import csv
import hashlib
import io
import re
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.reports.csv_file import CsvFile, cell
from ordering.domain.reports.figures import EarlierDay, Figures, ProductRanking, ReportedTotal, reported
from ordering.domain.reports.page import html_page
from ordering.domain.sales import Counts, Total

DAY = date(2026, 11, 27)
SCRIPT = '<script>alert("1")</script>'


def total(name: str, revenue: int = 1000, currency: str = "EUR") -> Total:
    return Total(name, currency, Counts(orders=1, units=2, revenue=revenue))


def figures(
    *products: Total, categories: tuple[Total, ...] = (), currencies: tuple[str, ...] = ("EUR",)
) -> Figures:
    ranking = ProductRanking()
    for product in products:
        ranking.add(product)
    totals = reported([total("", 5000, currency) for currency in currencies])
    return Figures(DAY, "Europe/Berlin", totals, categories, ranking.best, ranking.counts)


def page(of: Figures, *, revision: int = 0, before: tuple[ReportedTotal, ...] = (), shop: str = "") -> str:
    earlier = (EarlierDay(day="2026-11-26", currency="EUR", revenue=7000),)
    return html_page(of, revision=revision, before=before, earlier=earlier, shop=shop)


class Tags(HTMLParser):
    """Collects the tags of a page, and whatever they refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def parsed(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    tags.close()
    return tags


def test_page_runs_no_script_and_fetches_nothing() -> None:
    found = parsed(page(figures(total("MUG"), categories=(total("mugs"),)), revision=1))
    assert not found.tags & {"script", "link", "img", "iframe", "object", "a", "image", "use"}
    assert not found.attributes & {"src", "href", "onclick", "onload", "style", "srcset", "xlink:href"}
    shown = page(figures(total("MUG")))
    assert "default-src 'none'" in shown
    assert "url(" not in shown
    assert "://" not in shown


@pytest.mark.parametrize(
    "hostile", [SCRIPT, '"><svg onload=alert(1)>', "</title><script>1</script>", "&lt;b>", "$x"]
)
def test_text_from_data_is_escaped_on_the_page(hostile: str) -> None:
    harmless = parsed(page(figures(total("MUG"), categories=(total("mugs"),)), shop="Mugs"))
    shown = page(figures(total(hostile), categories=(total(hostile),)), shop=hostile)
    found = parsed(shown)
    assert found.tags == harmless.tags
    assert found.attributes == harmless.attributes
    if "<" in hostile:
        assert hostile not in shown


@pytest.mark.slow
@given(st.text(max_size=40))
def test_no_name_makes_a_tag_or_an_attribute(name: str) -> None:
    harmless = parsed(page(figures(total("MUG"), categories=(total("mugs"),))))
    found = parsed(page(figures(total(name), categories=(total(name),))))
    assert (found.tags, found.attributes) == (harmless.tags, harmless.attributes)


@pytest.mark.parametrize(
    "formula", ["=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1"]
)
def test_no_cell_begins_as_a_formula(formula: str) -> None:
    """ "CSV Injection" (OWASP): a spreadsheet runs such a cell."""
    file = io.BytesIO()
    CsvFile(file, DAY).add("product", total(formula))
    (row,) = csv.DictReader(io.StringIO(file.getvalue().decode(), newline=""))
    assert row["name"] == f"'{formula}"


@given(st.text(max_size=40))
def test_cells_are_read_back_as_they_were_written(name: str) -> None:
    file = io.BytesIO()
    written = CsvFile(file, DAY)
    written.add("product", total(name))
    (row,) = csv.DictReader(io.StringIO(file.getvalue().decode("utf-8", "surrogatepass"), newline=""))
    assert row["name"] == cell(name)
    assert row["name"].removeprefix("'") == name.removeprefix("'")


def test_digest_is_that_of_the_file() -> None:
    file = io.BytesIO()
    written = CsvFile(file, DAY)
    written.add("product", total("MUG"))
    assert written.digest == hashlib.sha256(file.getvalue()).hexdigest()
    assert file.getvalue().endswith(b"\r\n")


def test_page_has_the_ten_best_products_whatever_their_order() -> None:
    products = [total(f"SKU-{number:03}", 100 * number) for number in range(1, 200)]
    best = [f"SKU-{number:03}" for number in range(199, 189, -1)]
    for some in (products, products[::-1], products[50:] + products[:50]):
        shown = page(figures(*some))
        assert re.findall(r"<bdi>(SKU-\d+)</bdi>", shown) == best
        assert "The first 10 of 199 products." in shown


def test_many_categories_are_added_up_and_no_revenue_is_lost() -> None:
    categories = tuple(total(f"c-{number:02}", 1000) for number in range(12))
    shown = page(figures(total("MUG"), categories=categories))
    assert "2 other categories" in shown
    assert shown.count('<span class="value">€20.00</span>') == 1


def test_page_of_many_currencies_names_those_of_the_csv_file() -> None:
    currencies = ("AUD", "CAD", "CHF", "EUR", "GBP", "JPY", "NOK", "SEK")
    shown = page(figures(currencies=currencies))
    assert re.findall("<h2>(.*?)</h2>", shown) == list(currencies[:6])
    assert "The CSV file also has: NOK, SEK." in shown


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), "23"), (date(2026, 10, 25), "25")])
def test_page_says_that_the_clocks_changed(day: date, hours: str) -> None:
    shown = page(figures(total("MUG"))._replace(day=day))
    assert f"The shop&#x27;s day in Europe/Berlin, {hours} hours long because the clocks changed" in shown
    assert "clocks" not in page(figures(total("MUG")))


def test_corrected_figure_is_shown_beside_the_one_before() -> None:
    before = (ReportedTotal(currency="EUR", orders=1, units=2, revenue=4000),)
    shown = page(figures(total("MUG")), revision=2, before=before)
    assert "Correction 2 of the report of 27 November 2026." in shown
    assert "was €40.00" in shown
    assert shown.count("was ") == 3  # revenue, average order, and the sentence about the report before
