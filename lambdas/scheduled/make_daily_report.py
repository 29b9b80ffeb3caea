"""Make the daily report: the sales of a day of the shop, as a CSV file and a page, mailed as links.

EventBridge Scheduler calls this every morning in the shop's time zone, for the day before. A scheduled run
also compares the two weeks before with their reports: if events have arrived late, it makes a correction. An
operator calls it for one day (`orders-ops report`). The same figures make the same bytes, and nothing is
written or mailed again. Figures that differ make a new revision; nothing is ever overwritten.

It reads the totals, and no order: a day of a million orders costs what the rows of its products cost. They
are read page by page and written to a file on disk, line by line. So the memory does not depend on the number
of products; the disk (512 MB) holds about five million of them.

| if it dies                               | then                                                         |
|------------------------------------------|--------------------------------------------------------------|
| before a file is written                 | the invocation is retried; nothing has happened              |
| after one or both files are written      | the retry finds them, by their content. If figures have      |
|                                          | changed meanwhile, they are in a folder that no record names |
| after the report is recorded             | the retry finds the same figures, and sends the mail         |
| between sending a mail and recording it  | the retry sends this one mail again                          |
| after recording a mail                   | the retry sends the others                                   |

A day whose totals have an unreadable row gets no report and no correction, as its figures would be wrong. It
fails until `rebuild-sales` has counted it again; the reports of other days are made.

Two invocations at once write the same files, or files in two folders; one of them records the report.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from tempfile import TemporaryFile
from time import sleep
from typing import IO, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws.email import Delivery, EmailSender, NotSent
from ordering.aws.logging import logger
from ordering.aws.report_files import LINK_SECONDS, ReportFiles
from ordering.consumers.recording import RECORD_RETRY_DELAYS, record_patiently
from ordering.domain.clock import later, now
from ordering.domain.reports.csv_file import CsvFile
from ordering.domain.reports.days import EARLIER_DAYS, requested_day
from ordering.domain.reports.figures import (
    DailyReport,
    EarlierDay,
    Figures,
    ProductRanking,
    file_key,
    folder_of,
    reported,
)
from ordering.domain.reports.mail import report_mail
from ordering.domain.reports.page import html_page
from ordering.domain.sales import Total
from ordering.domain.sales_groups import By
from ordering.dynamodb.client import Table
from ordering.repositories.daily_reports import DailyReports, MailRefusal, RevisionConflict
from ordering.repositories.sales import Sales

table = Table.of_environment()
sales, reports = Sales(table), DailyReports(table)
files = ReportFiles.of_environment()

TIME_ZONE = os.environ["SHOP_TIME_ZONE"]
RECEIVERS: Sequence[str] = json.loads(os.environ["REPORT_RECEIVERS"])
# Absent if nobody gets mail, or if the settings name only the sender's address.
SHOP = os.environ.get("MAIL_SHOP_NAME", "")
mailer = (
    EmailSender(os.environ["MAIL_SENDER"], os.environ["REPORT_MAIL_CONFIGURATION_SET"]) if RECEIVERS else None
)

# Each conflict means that another process has recorded a report of the same day.
_TRIES = 3
_HTML, _CSV = "text/html; charset=utf-8", "text/csv; charset=utf-8; header=present"


class NotMailed(Exception):
    """Some receivers have not got the mail. The message says how many, and why."""


class Failed(Exception):
    """Some of the days failed; each has a line in the log. The message names the days."""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Make the report of a day. Returns its revision, and links to its files.

    Raises DayRefused for an event without a valid day, Failed, NotMailed and UnreadableRecord.
    """
    day = requested_day(event, TIME_ZONE, at=now())
    if "scheduledAt" not in event:
        return _make_and_mail(day)
    failed = []
    response: dict[str, Any] = {}
    for each in (day, *_days_to_correct(day)):
        try:
            made = _make_and_mail(each)
        except Exception as error:
            logger.exception("daily report failed", extra={"day": each.isoformat()})
            failed.append(f"{each}: {type(error).__name__}: {error}")
        else:
            response = response or made
    if failed:
        raise Failed("; ".join(failed))
    return response


def _days_to_correct(day: date) -> list[date]:
    """Returns the days before whose reports differ from the totals, or about which a mail is still due.

    A day that cannot be compared is one of them: its report then fails, and is reported with its day.
    """
    days = [day - timedelta(days=before) for before in range(1, EARLIER_DAYS + 1)]
    totals, unreadable = sales.days(sales.state(), days[-1], days[0])
    by_day: dict[str, list[Total]] = {}
    for total in totals:
        by_day.setdefault(total.name, []).append(total)
    return [
        each
        for each in days
        if (report := reports.find(each.isoformat()))
        and (
            each.isoformat() in unreadable
            or reported(by_day.get(each.isoformat(), ())) != report.totals
            or (report.mail_due and mailer is not None)
        )
    ]


def _make_and_mail(day: date) -> dict[str, Any]:
    report, outcome = _make(day)
    logger.info("daily report", extra={"day": report.day, "revision": report.revision, "outcome": outcome})
    page, csv = (files.link(file_key(report, ending)) for ending in ("html", "csv"))
    until = datetime.fromisoformat(later(now(), timedelta(seconds=LINK_SECONDS)))
    mailed = _mail(report, page, csv, until)
    return {
        "day": report.day,
        "revision": report.revision,
        "outcome": outcome,
        "mailed": mailed,
        "page": page,
        "csv": csv,
        "linksUntil": until.isoformat(timespec="seconds"),
    }


def _make(day: date) -> tuple[DailyReport, str]:
    """Return the last report of a day, which is a new one if its figures are new, and what was done."""
    with TemporaryFile() as file:
        figures, digest = _write_csv(file, day)
        for _ in range(_TRIES):
            before = reports.find(day.isoformat())
            if before and before.digest == digest:
                return before, "UNCHANGED"
            report = _write_files(file, figures, digest, before)
            try:
                reports.add(report, before=before)
            except RevisionConflict:
                continue
            return report, "CORRECTED" if before else "NEW"
    raise RevisionConflict


def _write_csv(file: IO[bytes], day: date) -> tuple[Figures, str]:
    """Write the CSV file of a day. Returns what the page shows of it, and its digest."""
    state = sales.state()
    totals, categories = sales.sums(state, By.CURRENCY, day, day), sales.sums(state, By.CATEGORY, day, day)
    csv, ranking = CsvFile(file, day), ProductRanking()
    for level, rows in (("total", totals), ("category", categories)):
        for total in rows:
            csv.add(level, total)
    for total in sales.products_of(state, day):
        csv.add("product", total)
        ranking.add(total)
    figures = Figures(day, TIME_ZONE, reported(totals), categories, ranking.best, ranking.counts)
    return figures, csv.digest


def _write_files(file: IO[bytes], figures: Figures, digest: str, before: DailyReport | None) -> DailyReport:
    """Write the files of a report, if they do not exist. Returns it, to be recorded."""
    revision = before.revision + 1 if before else 0
    earlier = before.earlier if before else _earlier(figures.day)
    page = html_page(
        figures, revision=revision, before=before.totals if before else (), earlier=earlier, shop=SHOP
    ).encode()
    # In a folder named by the content: a process that died has left the same files, or files elsewhere.
    content = hashlib.sha256(digest.encode() + page).hexdigest()
    report = DailyReport(
        day=figures.day.isoformat(),
        revision=revision,
        digest=digest,
        folder=folder_of(figures.day, revision, content),
        totals=tuple(figures.totals),
        earlier=earlier,
        mail_due=mailer is not None,
    )
    file.seek(0)
    csv_key, page_key = file_key(report, "csv"), file_key(report, "html")
    files.write_new(csv_key, file, _CSV, f'attachment; filename="{csv_key.rpartition("/")[2]}"')
    files.write_new(page_key, page, _HTML, "inline")
    return report


def _earlier(day: date) -> tuple[EarlierDay, ...]:
    first, last = day - timedelta(days=EARLIER_DAYS), day - timedelta(days=1)
    totals, unreadable = sales.days(sales.state(), first, last)
    found = {(total.name, total.currency): total.counts.revenue for total in totals}
    # What cannot be read now may have been reported before.
    for each in filter(None, map(reports.find, unreadable)):
        found |= {(each.day, total.currency): total.revenue for total in each.totals}
    return tuple(
        EarlierDay(day=name, currency=currency, revenue=found[name, currency])
        for name, currency in sorted(found)
        if found[name, currency]
    )


def _mail(report: DailyReport, page: str, csv: str, until: datetime) -> int:
    """Send the mails about a report that were not sent yet. Returns how many. Raises NotMailed."""
    if mailer is None or not report.mail_due:
        return 0
    email = report_mail(report, page=page, csv=csv, until=until, time_zone=TIME_ZONE, shop=SHOP)
    sent, refused = 0, []
    for receiver in RECEIVERS:
        claim = reports.claim_mail(report, receiver)
        if claim is MailRefusal.SENT:
            continue
        if isinstance(claim, MailRefusal):
            refused.append("another invocation is sending it")
            continue
        try:
            delivery = mailer.send(email, to=receiver)
        except NotSent as error:
            reports.release_mail(claim)
            refused.append(str(error))
            continue
        if delivery is Delivery.ADDRESS_REFUSED:
            reports.release_mail(claim)
            refused.append("SES refuses the address")
            continue
        record_patiently(
            lambda claim=claim: reports.complete_mail(claim),  # type: ignore[misc]
            delays=RECORD_RETRY_DELAYS,
            sleep=sleep,
            log_fields={"day": report.day},
        )
        sent += 1
    if refused:
        raise NotMailed(
            f"{len(refused)} of {len(RECEIVERS)} mails about {report.day} were not sent: "
            f"{', '.join(sorted(set(refused)))}"
        )
    reports.finish_mail(report)
    return sent
