"""The page of a daily report: one HTML document that needs nothing else.

It is made of the figures and of the record only, so that the same figures always make the same bytes. It has
no script, and its policy forbids what it does not have (Content Security Policy Level 3).
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from string import Template

from ordering.domain.languages import Language
from ordering.domain.localised import amount_text, number_text
from ordering.domain.markup import Markup, fill, joined
from ordering.domain.money import Money
from ordering.domain.reports.charts import Bar, Column, bars, columns
from ordering.domain.reports.days import EARLIER_DAYS, date_text, hours_of
from ordering.domain.reports.figures import EarlierDay, Figures, ReportedTotal
from ordering.domain.reports.page_style import STYLE
from ordering.domain.sales import Total

_CURRENCIES = 6
"""How many currencies have a section, those with the most orders. The CSV file has all."""
_CATEGORIES = 10

_PAGE = Template("""\
<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<main>
<header>
$shop
<h1>$heading</h1>
<p>$subtitle</p>
</header>
$correction
$sections
<footer>$footer</footer>
</main>
</body>
</html>
""")
_SHOP = Template('<p class="shop">$shop</p>')
_CORRECTION = Template("""\
<section class="correction">
<p><strong>Correction $number of the report of $day.</strong> Events arrived, or were counted again, after the
report before was made. This page replaces it.</p>
</section>""")
_SECTION = Template("""\
<section>
<h2>$heading</h2>
<dl class="tiles">
$tiles
</dl>
$days
<div class="pair">
$categories
$products
</div>
</section>""")
_EMPTY = Template("<section><p>$text</p></section>")
_TILE = Template("<div><dt>$name</dt><dd>$value$more</dd></div>")
_MORE = Template("<small>$text</small>")


def html_page(
    figures: Figures,
    *,
    revision: int,
    before: Sequence[ReportedTotal],
    earlier: Sequence[EarlierDay],
    shop: str,
) -> str:
    """Return the page. `before` are the totals of the report that it corrects, `earlier` the days before."""
    day = date_text(figures.day)
    shown = sorted(figures.totals, key=lambda each: (-each.orders, each.currency))
    sections = [
        _section(figures, total, _of(total.currency, before) if revision else None, earlier)
        for total in shown[:_CURRENCIES]
    ]
    if not sections:
        sections = [fill(_EMPTY, text="Nothing was sold, refunded or cancelled on this day.")]
    if len(shown) > _CURRENCIES:
        rest = ", ".join(total.currency for total in shown[_CURRENCIES:])
        sections.append(fill(_EMPTY, text=f"The CSV file also has: {rest}."))
    title = f"Sales on {day}" + (f", correction {revision}" if revision else "")
    return fill(
        _PAGE,
        title=title,
        style=Markup(STYLE),
        shop=fill(_SHOP, shop=shop) if shop else Markup(),
        heading=f"Sales on {date_text(figures.day, weekday=True)}",
        subtitle=_subtitle(figures),
        correction=fill(_CORRECTION, number=str(revision), day=day) if revision else Markup(),
        sections=joined(*sections),
        footer="Revenue counts fulfilled orders. Refunds and cancellations belong to the day on which they "
        "happened. An order with products of several categories counts in each of them. All products are in "
        "the CSV file.",
    )


def _subtitle(figures: Figures) -> str:
    hours = hours_of(figures.day, figures.time_zone)
    changed = "" if hours == 24 else f", {hours:g} hours long because the clocks changed"
    return f"The shop's day in {figures.time_zone}{changed}"


def _of(currency: str, totals: Sequence[ReportedTotal]) -> ReportedTotal:
    return next((each for each in totals if each.currency == currency), ReportedTotal(currency=currency))


def _section(
    figures: Figures, total: ReportedTotal, before: ReportedTotal | None, earlier: Sequence[EarlierDay]
) -> Markup:
    currency = total.currency
    return fill(
        _SECTION,
        heading=currency,
        tiles=joined(*_tiles(total, before)),
        days=_days(figures.day, total, earlier),
        categories=_categories([each for each in figures.categories if each.currency == currency], currency),
        products=_products(figures.products.get(currency, ()), figures.product_counts.get(currency, 0)),
    )


def _tiles(total: ReportedTotal, before: ReportedTotal | None) -> Iterator[Markup]:
    """Yields each figure, and beside a corrected one what the report before has shown."""
    average = total.revenue // total.orders if total.orders else 0
    was_average = before.revenue // before.orders if before and before.orders else 0
    for name, value, was, more in (
        ("Revenue", _amount(total.revenue, total), before and _amount(before.revenue, total), ""),
        ("Orders", _number(total.orders), before and _number(before.orders), ""),
        ("Units", _number(total.units), before and _number(before.units), ""),
        ("Average order", _amount(average, total), before and _amount(was_average, total), ""),
        (
            "Refunded",
            _amount(total.refunded, total),
            before and _amount(before.refunded, total),
            _counted(total.refunds, "refund"),
        ),
        (
            "Cancelled",
            _amount(total.cancelled, total),
            before and _amount(before.cancelled, total),
            _counted(total.cancellations, "order"),
        ),
    ):
        texts = [more] if more else []
        if was is not None and was != value:
            texts.append(f"was {was}")
        yield fill(_TILE, name=name, value=value, more=joined(*(fill(_MORE, text=text) for text in texts)))


def _days(day: date, total: ReportedTotal, earlier: Sequence[EarlierDay]) -> Markup:
    revenue = {each.day: each.revenue for each in earlier if each.currency == total.currency}
    revenue[day.isoformat()] = total.revenue
    if not any(revenue.values()):
        return Markup()
    days = [day - timedelta(days=before) for before in range(EARLIER_DAYS, -1, -1)]
    values = []
    for each in days:
        amount = revenue.get(each.isoformat(), 0)
        text = f"{date_text(each, weekday=True)}: {_amount(amount, total)}"
        values.append(Column(str(each.day), text, amount, each == day))
    highest = max(values, key=lambda each: each.value)
    return columns(
        f"Revenue of this day and of the {EARLIER_DAYS} days before",
        f"{_amount(highest.value, total)}",
        f"Revenue by day; the highest is {highest.text}",
        values,
    )


def _categories(totals: Sequence[Total], currency: str) -> Markup:
    sold = sorted((each for each in totals if each.counts.revenue), key=lambda e: (-e.counts.revenue, e.name))
    values = [Bar(each.name or "Without a category", *_revenue(each)) for each in sold[:_CATEGORIES]]
    if rest := sold[_CATEGORIES:]:
        amount = sum(each.counts.revenue for each in rest)
        text = amount_text(Money(amount=amount, currency=currency), Language.EN)
        values.append(Bar(f"{len(rest)} other categories", text, amount))
    return bars("Revenue by category", values) if values else Markup()


def _products(best: Sequence[Total], count: int) -> Markup:
    if not best:
        return Markup()
    note = f"The first {len(best)} of {_number(count)} products." if count > len(best) else ""
    return bars("Products with the highest revenue", [Bar(e.name, *_revenue(e)) for e in best], note)


def _revenue(total: Total) -> tuple[str, int]:
    amount = total.counts.revenue
    return amount_text(Money(amount=amount, currency=total.currency), Language.EN), amount


def _amount(amount: int, total: ReportedTotal) -> str:
    return amount_text(Money(amount=amount, currency=total.currency), Language.EN)


def _number(number: int) -> str:
    return number_text(number, Language.EN)


def _counted(number: int, name: str) -> str:
    return f"{_number(number)} {name}{'' if number == 1 else 's'}"
