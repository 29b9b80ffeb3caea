"""The daily report: its figures, its corrections, and that the same figures make the same bytes."""

import re
from datetime import timedelta
from html import escape
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from lambdas.scheduled import make_daily_report
from ordering.domain.reports.days import EARLIER_DAYS, DayRefused
from ordering.repositories.items import UnreadableRecord
from tests.handlers.reports.reporting_shop import DAY, ReportingShop, files, mails, page, rows
from tests.handlers.sales.counted_shop import category_line
from tests.support.aws_calls import AwsCalls
from tests.support.environment import REPORT_RECEIVERS, REPORTS_BUCKET
from tests.support.least_privilege import unused, within
from tests.support.world import invoke


@pytest.mark.slow
def test_scheduled_run_reports_the_day_before(shop: ReportingShop) -> None:
    shop.sell(category_line("MUG", "mugs", 2, 1250), category_line("BAG", None))
    made = shop.report(None)
    assert (made["day"], made["revision"], made["outcome"]) == ("2026-11-27", 0, "NEW")
    assert [(row["level"], row["name"], row["orders"], row["units"], row["revenue"]) for row in rows()] == [
        ("total", "", "1", "3", "35.00"),
        ("category", "", "1", "1", "10.00"),
        ("category", "mugs", "1", "2", "25.00"),
        ("product", "BAG", "1", "1", "10.00"),
        ("product", "MUG", "1", "2", "25.00"),
    ]
    assert {row["currency"] for row in rows()} == {"EUR"}
    shown = page()
    assert "<h1>Sales on Friday, 27 November 2026</h1>" in shown
    assert "€35.00" in shown
    assert "Correction" not in shown


@pytest.mark.slow
def test_refunds_and_cancellations_belong_to_their_own_day(shop: ReportingShop) -> None:
    sold, _ = shop.sell(category_line("MUG", "mugs", 1, 1000), day=DAY - timedelta(days=1))
    with shop.on(DAY):
        _, cancelled = shop.counted.cancel(category_line("POT", "pots", 1, 4000))
        shop.counted.deliver(shop.counted.refund(sold), cancelled)
    shop.report()
    total = rows()[0]
    assert (total["orders"], total["refunds"], total["refunded"]) == ("0", "1", "10.00")
    assert (total["cancellations"], total["cancelled"]) == ("1", "40.00")


@pytest.mark.slow
def test_amounts_have_the_digits_of_their_currency(shop: ReportingShop) -> None:
    shop.sell(category_line("MUG", None, 1, 1500), currency="JPY")
    shop.sell(category_line("MUG", None, 1, 1500), currency="KWD")
    shop.report()
    assert {row["currency"]: row["revenue"] for row in rows()} == {"JPY": "1500", "KWD": "1.500"}


def test_day_without_sales_has_a_report_that_says_so(shop: ReportingShop) -> None:
    assert shop.report()["outcome"] == "NEW"
    assert rows() == []
    assert "Nothing was sold, refunded or cancelled on this day." in page()
    assert "Nothing was sold on this day." in mails()[0].text


@pytest.mark.slow
def test_second_run_writes_and_mails_nothing(shop: ReportingShop, calls: AwsCalls) -> None:
    shop.sell()
    shop.report()
    before, mailed = dict(files()), len(mails())
    puts = len(calls.made("PutObject"))
    again = shop.report()
    assert (again["outcome"], again["revision"], again["mailed"]) == ("UNCHANGED", 0, 0)
    assert dict(files()) == before
    assert len(calls.made("PutObject")) == puts
    assert len(mails()) == mailed == len(REPORT_RECEIVERS)


@pytest.mark.slow
def test_same_figures_make_the_same_bytes_at_any_time(shop: ReportingShop) -> None:
    """No time of its making is in a file: without its record, a report is made again under the same keys."""
    shop.sell()
    shop.report()
    before = dict(files())
    s3 = boto3.client("s3")
    for key in before:
        s3.delete_object(Bucket=REPORTS_BUCKET, Key=key)
    for item in shop.counted.world.items():
        if item["PK"].startswith("REPORT#"):
            shop.counted.world.table.delete({"PK": item["PK"], "SK": item["SK"]})
    shop.next_morning()
    shop.report()
    assert dict(files()) == before


@pytest.mark.slow
def test_late_event_makes_a_marked_correction_and_keeps_the_first_report(
    shop: ReportingShop, calls: AwsCalls
) -> None:
    shop.sell(category_line("MUG", "mugs", 1, 1000))
    shop.report()
    first = dict(files())
    shop.sell(category_line("MUG", "mugs", 1, 1500))
    made = shop.report()
    assert (made["outcome"], made["revision"]) == ("CORRECTED", 1)
    assert {key: files()[key] for key in first} == first
    assert [each["IfNoneMatch"] for each in calls.made("PutObject")] == ["*"] * 4
    shown = page(1)
    assert "Correction 1 of the report of 27 November 2026." in shown
    assert "€25.00" in shown
    assert "was €10.00" in shown
    assert [key for key in files() if key.endswith("/sales-2026-11-27-correction-1.csv")]
    assert [mail.subject for mail in mails()[2:]] == ["Correction 1: sales on 27 November 2026"] * 2
    assert "This is correction 1 of the report of 27 November 2026" in mails()[-1].text


@pytest.mark.slow
def test_each_correction_has_its_own_number(shop: ReportingShop) -> None:
    for revision in range(3):
        shop.sell()
        assert shop.report()["revision"] == revision
    assert {key.split("/")[2] for key in files()} == {"revision-0", "revision-1", "revision-2"}


@pytest.mark.slow
def test_scheduled_run_corrects_the_reports_of_two_weeks(shop: ReportingShop) -> None:
    oldest, too_old, unchanged = (DAY - timedelta(days=days) for days in (EARLIER_DAYS, EARLIER_DAYS + 1, 3))
    for day in (oldest, too_old, unchanged):
        shop.sell(day=day)
        shop.report(day)
    for day in (oldest, too_old, DAY - timedelta(days=5)):
        shop.sell(day=day)
    mailed = len(mails())
    shop.report(None)
    assert {tuple(key.split("/")[1:3]) for key in files()} == {
        (str(oldest), "revision-0"),
        (str(oldest), "revision-1"),
        (str(too_old), "revision-0"),
        (str(unchanged), "revision-0"),
        (str(DAY), "revision-0"),
    }
    assert {mail.subject for mail in mails()[mailed:]} == {
        "Sales on 27 November 2026",
        "Correction 1: sales on 13 November 2026",
    }


@pytest.mark.slow
def test_earlier_days_are_shown_as_they_were_and_correct_no_later_report(shop: ReportingShop) -> None:
    shop.sell(category_line("MUG", "mugs", 1, 7700), day=DAY - timedelta(days=1))
    shop.sell()
    shop.report()
    assert "Thursday, 26 November 2026: €77.00" in page()
    shop.sell(day=DAY - timedelta(days=1))
    assert shop.report()["outcome"] == "UNCHANGED"
    shop.sell()
    assert shop.report()["outcome"] == "CORRECTED"
    assert "Thursday, 26 November 2026: €77.00" in page(1)


@pytest.mark.slow
def test_day_with_a_damaged_row_gets_no_correction_and_other_days_their_reports(shop: ReportingShop) -> None:
    """A damaged count would make the figures of its day wrong, so its last report stays."""
    damaged, late = DAY - timedelta(days=2), DAY - timedelta(days=1)
    for day in (damaged, late):
        shop.sell(category_line("MUG", "mugs", 1, 7700), day=day)
        shop.report(day)
    shop.sell(day=late)
    shop.counted.damage({"N": "0.35"}, day=str(damaged))
    shop.sell()
    with pytest.raises(make_daily_report.Failed, match=f"^{damaged}: UnreadableRecord: .*$") as failed:
        shop.report(None)
    assert str(failed.value).count("UnreadableRecord") == 1
    assert {tuple(key.split("/")[1:3]) for key in files()} == {
        (str(damaged), "revision-0"),
        (str(late), "revision-0"),
        (str(late), "revision-1"),
        (str(DAY), "revision-0"),
    }
    # What was reported of the damaged day.
    assert "Wednesday, 25 November 2026: €77.00" in page()


def test_report_of_a_day_with_a_damaged_row_is_not_made(shop: ReportingShop) -> None:
    shop.sell()
    shop.counted.damage({"S": "much"}, day=str(DAY))
    with pytest.raises(UnreadableRecord):
        shop.report()
    assert files() == {}
    assert shop.counted.rebuild() == 0
    assert shop.report()["outcome"] == "NEW"


def test_mail_says_until_when_its_links_work_and_they_end_then(shop: ReportingShop) -> None:
    """No session of a role lasts longer ("AssumeRole", AWS STS API Reference), so no link does."""
    shop.sell()
    made = shop.report()
    for mail in mails():
        assert "The links work until 28 November 2026, 18:01 (Europe/Berlin) at the latest" in mail.text
        assert "€10.00 revenue; orders: 1; units: 1" in mail.text
        links = re.findall(r"^https://.*$", mail.text, re.M)
        assert len(links) == 2
        for link in links:
            assert parse_qs(urlsplit(link).query)["X-Amz-Expires"] == ["43200"]
            assert escape(link) in mail.html
    assert made["linksUntil"] == "2026-11-28T17:01:00+00:00"


@pytest.mark.slow
def test_only_rows_of_the_day_are_read_back(shop: ReportingShop, calls: AwsCalls) -> None:
    """DynamoDB reads the rows of the month, and returns those of the day."""
    for day in range(1, 28):
        shop.sell(day=DAY.replace(day=day))
    shop.report()
    assert [row["name"] for row in rows() if row["level"] == "product"] == ["MUG-RED"]
    of_products = [
        each for each in calls.made("Query") if each["ExpressionAttributeValues"].get(":expires") is not None
    ]
    assert len(of_products) == 17
    assert {each["FilterExpression"] for each in of_products} == {"expiresAt = :expires"}


@pytest.mark.slow
def test_role_of_the_report_allows_nothing_unneeded(shop: ReportingShop) -> None:
    shop.sell()
    made = shop.report(None)
    # The links are read with the permissions of the role that has signed them.
    key = next(iter(files()))
    with within("make_daily_report"):
        make_daily_report.files._client.get_object(Bucket=REPORTS_BUCKET, Key=key)
    assert made["page"]
    assert unused("make_daily_report") == frozenset()


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"day": "2026-11-28"}, "has not ended in Europe/Berlin; name a day before 2026-11-28"),
        ({"day": "2027-01-01"}, "has not ended"),
        ({"day": "2023-11-01"}, "is too long ago: totals are kept for 1100 days; name a later day"),
        ({"day": "27.11.2026"}, "is not a day; write 2026-11-27"),
        ({"day": 7}, "day: 7 is not a day"),
        ({}, "scheduledAt: None is not a time with its offset"),
        ({"scheduledAt": "2026-11-28T05:00:00"}, "is not a time with its offset"),
        ({"scheduledAt": "0001-01-01T00:00:00+00:00"}, "is not a time with its offset"),
    ],
)
def test_event_without_a_valid_day_is_refused_and_nothing_is_written(
    shop: ReportingShop, event: dict[str, object], message: str
) -> None:
    with pytest.raises(DayRefused, match=message):
        invoke("scheduled.make_daily_report", event)
    assert files() == {}
    assert mails() == []
