"""The mail about a daily report: its main figures, and links to its files that expire."""

from datetime import datetime

from ordering.domain.languages import Language
from ordering.domain.localised import amount_text, number_text
from ordering.domain.mail_layout import EmailMessage, MailContent, MailLink, email
from ordering.domain.money import Money
from ordering.domain.reports.days import date_text, moment_text
from ordering.domain.reports.figures import DailyReport, ReportedTotal

_CURRENCIES = 6
_LANGUAGE = Language.EN


def report_mail(
    report: DailyReport, *, page: str, csv: str, until: datetime, time_zone: str, shop: str
) -> EmailMessage:
    """Return the mail. `page` and `csv` are the links, `until` is the latest time at which they work."""
    day = date_text(datetime.fromisoformat(report.day).date())
    subject = f"Sales on {day}"
    opening = [_figures(total) for total in report.totals[:_CURRENCIES]] or ["Nothing was sold on this day."]
    if report.revision:
        subject = f"Correction {report.revision}: sales on {day}"
        opening.insert(0, f"This is correction {report.revision} of the report of {day}, and replaces it.")
    content = MailContent(
        language=_LANGUAGE,
        shop=shop,
        subject=subject,
        greeting="Hello,",
        paragraphs=opening,
        rows=(),
        total="",
        items="",
        amount="",
        placed=f"The links work until {moment_text(until, time_zone)} at the latest; AWS may end them "
        "earlier. Anyone who has a link can open it.",
        order=f"Operators get new links by: orders-ops report {report.day}",
        links=(MailLink("The report", page), MailLink("All products as CSV", csv)),
    )
    return email(content)


def _figures(total: ReportedTotal) -> str:
    """Returns `€12.50 revenue, 2 orders, 3 units, €0.00 refunded, €0.00 cancelled`."""

    def amount(minor_units: int) -> str:
        return amount_text(Money(amount=minor_units, currency=total.currency), _LANGUAGE)

    orders, units = (number_text(number, _LANGUAGE) for number in (total.orders, total.units))
    return (
        f"{amount(total.revenue)} revenue; orders: {orders}; units: {units}; "
        f"refunded: {amount(total.refunded)}; cancelled: {amount(total.cancelled)}"
    )
