"""Each call of the daily report fails, and what Lambda repeats completes it.

The report is on no order's path, so `make faults` does not call it.
"""

from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import boto3
import pytest

from lambdas.scheduled import make_daily_report
from tests.handlers.images.test_faults import FAULTS
from tests.handlers.reports.reporting_shop import DAY, ReportingShop, files, mails, page, rows
from tests.support.aws_calls import AwsCalls, and_then, before_it, fails
from tests.support.environment import REPORT_RECEIVERS, REPORTS_BUCKET
from tests.support.faults import ProcessLost


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_daily_report, "sleep", lambda seconds: None)


def repeat(shop: ReportingShop) -> dict[str, Any]:
    """Make the report until it succeeds, with the delays after which Lambda repeats an invocation."""
    for delay in (60, 120, 0):
        with suppress(ProcessLost, Exception):
            return shop.report(None)
        shop.counted.clock.move(delay)
    raise AssertionError("it does not succeed")


def forget(shop: ReportingShop) -> None:
    """Remove every trace of the report."""
    for item in shop.counted.world.items():
        if item["PK"].startswith("REPORT#"):
            shop.counted.world.table.delete({"PK": item["PK"], "SK": item["SK"]})
    for key in files():
        boto3.client("s3").delete_object(Bucket=REPORTS_BUCKET, Key=key)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_every_call_of_the_daily_report_may_fail(shop: ReportingShop, calls: AwsCalls, fault: str) -> None:
    shop.sell()
    repeated = 0
    for number in count(1):
        before = len(mails())
        calls.at(number, FAULTS[fault])
        repeat(shop)
        has_failed = calls.fired()
        assert len(files()) == 2, number
        assert rows()[0]["revenue"] == "10.00"
        assert "€10.00" in page()
        got = [mail.to for mail in mails()[before:]]
        # A mail is repeated only where the process died, or the response of SES was lost, after it was sent.
        assert set(got) == set(REPORT_RECEIVERS), number
        assert len(got) <= len(REPORT_RECEIVERS) + 1, number
        repeated += len(got) - len(REPORT_RECEIVERS)
        report = make_daily_report.reports.find("2026-11-27")
        assert report
        assert (report.revision, report.mail_due) == (0, False), number
        forget(shop)
        if not has_failed:
            break
    assert number > 60, "it makes many calls"
    assert repeated == {"fails": 0, "response lost": 2, "process dies": 2}[fault]


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["PutObject", "TransactWriteItems", "SendEmail"])
def test_sale_that_is_counted_while_a_report_dies_is_in_the_next_one(
    shop: ReportingShop, calls: AwsCalls, operation: str
) -> None:
    """It dies after a call, a late event is counted, and it is repeated: no file is overwritten."""
    shop.sell()

    def dies(parameters: Any, send: Any) -> Any:
        send()
        raise ProcessLost

    calls.next(operation, dies)
    with suppress(ProcessLost):
        shop.report(None)
    before = dict(files())
    shop.sell()
    shop.counted.clock.move(60)
    shop.report(None)
    assert {key: files()[key] for key in before} == before
    recorded = make_daily_report.reports.find("2026-11-27")
    assert recorded
    # Where the first report was recorded, the second one is a correction of it.
    assert recorded.revision == (0 if operation == "PutObject" else 1)
    (csv,) = (content for key, content in files().items() if key.startswith(recorded.folder) and "csv" in key)
    assert b",total,,EUR,2,2,20.00," in csv
    assert recorded.mail_due is False


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["PutObject", "TransactWriteItems"])
def test_two_reports_at_once_are_one(shop: ReportingShop, calls: AwsCalls, operation: str) -> None:
    shop.sell()
    calls.next(operation, before_it(lambda: shop.report()))
    made = shop.report()
    assert made["revision"] == 0
    assert len(files()) == 2
    assert sorted(mail.to for mail in mails()) == sorted(REPORT_RECEIVERS)


@pytest.mark.slow
def test_two_reports_at_once_with_other_figures_are_a_report_and_a_correction(
    shop: ReportingShop, calls: AwsCalls
) -> None:
    """The other one has read one more sale, and records its report first."""
    shop.sell()

    def other() -> None:
        shop.sell()
        shop.report()

    calls.at(calls_until_files(shop, calls), before_it(other))
    made = shop.report()
    assert made["revision"] == 1
    first, second = (make_daily_report.reports.find("2026-11-27"), page(1))
    assert first
    assert first.revision == 1
    assert "Correction 1 of the report" in second


def calls_until_files(shop: ReportingShop, calls: AwsCalls) -> int:
    """Returns the number of the first call that writes a file, counted from the beginning of a report."""
    before = calls.count
    calls.next("PutObject", fails("InternalError"))
    with suppress(Exception):
        shop.report()
    calls._next.clear()
    return calls.count - before


@pytest.mark.slow
def test_mail_that_another_invocation_is_sending_is_not_sent_twice(
    shop: ReportingShop, calls: AwsCalls
) -> None:
    shop.sell()

    def other() -> None:
        with pytest.raises(make_daily_report.NotMailed, match="1 of 2 mails"):
            shop.report()

    calls.next("SendEmail", before_it(other))
    shop.report()
    assert sorted(mail.to for mail in mails()) == sorted(REPORT_RECEIVERS)


@pytest.mark.slow
def test_mail_that_ses_refuses_fails_the_run_after_the_others_were_sent(
    shop: ReportingShop, calls: AwsCalls
) -> None:
    shop.sell()
    calls.next("SendEmail", fails("TooManyRequestsException"))
    with pytest.raises(
        make_daily_report.NotMailed, match="1 of 2 mails about 2026-11-27 were not sent: TooMany"
    ):
        shop.report()
    assert [mail.to for mail in mails()] == [REPORT_RECEIVERS[1]]
    # At once: its claim was released.
    assert shop.report()["mailed"] == 1
    assert [mail.to for mail in mails()] == [REPORT_RECEIVERS[1], REPORT_RECEIVERS[0]]


def test_receiver_whose_address_ses_refuses_does_not_keep_the_report_from_the_others(
    shop: ReportingShop, calls: AwsCalls
) -> None:
    """A receiver is a setting, so a person has to correct it: the run fails, and the alarm says so."""
    shop.sell()
    calls.next("SendEmail", fails("BadRequestException"))
    with pytest.raises(make_daily_report.NotMailed, match=r"1 of 2 mails .* SES refuses the address"):
        shop.report()
    assert [mail.to for mail in mails()] == [REPORT_RECEIVERS[1]]


@pytest.mark.slow
def test_failed_day_does_not_keep_others_from_being_corrected(shop: ReportingShop, calls: AwsCalls) -> None:
    day = DAY - timedelta(days=2)
    shop.sell(day=day)
    shop.report(day)
    shop.sell(day=day)
    shop.sell()
    calls.next("PutObject", fails("InternalError"))
    with pytest.raises(make_daily_report.Failed, match="2026-11-27: ClientError"):
        shop.report(None)
    assert "Correction 1" in page(1, day)


@pytest.mark.slow
def test_late_sale_after_the_files_are_read_is_found_by_the_next_run(
    shop: ReportingShop, calls: AwsCalls
) -> None:
    shop.sell()
    calls.next("PutObject", and_then(shop.sell))
    shop.report()
    assert rows()[0]["orders"] == "1"
    assert shop.report()["outcome"] == "CORRECTED"
    assert rows(1)[0]["orders"] == "2"
