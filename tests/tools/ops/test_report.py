"""The command `report`, and the dead letters of daily reports."""

from datetime import date, timedelta
from urllib.parse import urlsplit

import boto3
import pytest

from ordering.aws.email import EmailSender, NotSent
from ordering.domain.clock import now
from tests.support.environment import REPORTS_BUCKET
from tests.support.ses import prove_sender, sent
from tests.tools.ops.deployed import Deployed
from tests.tools.ops.test_json import document

DAY = (date.fromisoformat(now()[:10]) - timedelta(days=2)).isoformat()
QUEUE = "MissedReportsQueueUrl"


def failed(day: str = DAY) -> dict[str, object]:
    """What Lambda sends of a call that has failed three times."""
    return {
        "version": "1.0",
        "timestamp": "2026-11-28T05:03:20.000Z",
        "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": {"day": day},
        "responsePayload": {"errorMessage": "to ada@example.com", "errorType": "NotMailed"},
    }


@pytest.fixture(autouse=True)
def _proven_sender(deployed: Deployed) -> None:
    prove_sender()


@pytest.mark.slow
def test_report_of_a_day_is_made_and_its_links_are_printed(deployed: Deployed) -> None:
    ran = deployed.ops("report", DAY, "--yes")
    assert ran.status == 0, ran.err
    assert f"report of {DAY}: made" in ran.out
    assert "2 mails sent" in ran.out
    links = [line for line in ran.out.splitlines() if line.startswith("https://")]
    keys = [urlsplit(link).path.lstrip("/").removeprefix(f"{REPORTS_BUCKET}/") for link in links]
    listed = boto3.client("s3").list_objects_v2(Bucket=REPORTS_BUCKET)["Contents"]
    assert sorted(keys) == [each["Key"] for each in listed]


@pytest.mark.slow
def test_repeated_report_says_that_nothing_has_changed(deployed: Deployed) -> None:
    deployed.ops("report", DAY, "--yes")
    read = document(deployed.ops("report", DAY, "--yes", "--json"), "report")
    assert (read.day, read.revision, read.outcome, read.mailed) == (DAY, 0, "UNCHANGED", 0)
    assert read.page.startswith("https://")
    assert read.csv.startswith("https://")
    assert len(sent()) == 2


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("yesterday", "'yesterday' is not a day do: write 2026-11-27"),
        ("2999-01-01", "has not ended in Europe/Berlin do: name a day before"),
        ("2001-01-01", "is too long ago: totals are kept for 1100 days"),
    ],
)
def test_day_without_a_report_is_refused_before_the_function_is_called(
    deployed: Deployed, day: str, message: str
) -> None:
    ran = deployed.ops("report", day, "--yes")
    assert ran.status == 1
    assert message in " ".join(ran.err.split())


@pytest.mark.slow
def test_error_of_the_function_is_shown_without_private_data(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotSent("to ada@example.com")

    monkeypatch.setattr(EmailSender, "send", refuse)
    ran = deployed.ops("report", DAY, "--yes")
    assert ran.status == 1
    assert "make_daily_report failed: NotMailed: 2 of 2 mails" in " ".join(ran.err.split())
    assert "ada@example.com" not in ran.err


def test_stage_without_reports_says_how_to_have_them(deployed: Deployed) -> None:
    del deployed.stacks["orders-dev-reporting"]["DailyReportFunctionArn"]
    assert "deploy this release, with `reporting` set" in " ".join(
        deployed.ops("report", DAY, "--yes").err.split()
    )
    del deployed.stacks["orders-dev-reporting"]["ShopTimeZone"]
    assert "set `reporting`" in deployed.ops("report", DAY, "--yes").err


def test_dlq_shows_the_day_and_the_error_of_a_failed_report(deployed: Deployed) -> None:
    deployed.put(QUEUE, failed())
    out = deployed.ops("dlq", "--queue", "reports").out
    assert f"the report of {DAY} failed, sent" in out
    assert "cause: NotMailed: to [redacted] (RetriesExhausted)" in out


def test_dlq_shows_why_the_scheduler_could_not_start_a_report(deployed: Deployed) -> None:
    deployed.put(
        QUEUE,
        {"scheduledAt": f"{DAY}T05:00:00Z"},
        ERROR_CODE="AccessDeniedException",
        ERROR_MESSAGE="may not invoke",
    )
    before = date.fromisoformat(DAY) - timedelta(days=1)
    out = deployed.ops("dlq", "--queue", "reports").out
    assert f"the report of {before} could not be started, sent" in out
    assert "cause: AccessDeniedException: may not invoke" in out


@pytest.mark.slow
def test_redrive_makes_the_report_and_removes_the_letter(deployed: Deployed) -> None:
    deployed.put(QUEUE, failed())
    ran = deployed.ops("redrive", "--queue", "reports", "--all", "--yes")
    assert ran.status == 0, ran.err
    assert f"makes the report of {DAY}" in ran.out
    assert len(sent()) == 2
    assert deployed.in_queue(QUEUE) == []


@pytest.mark.slow
def test_redrive_of_a_report_that_fails_again_keeps_the_letter(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotSent("SendingPausedException")

    monkeypatch.setattr(EmailSender, "send", refuse)
    deployed.put(QUEUE, failed())
    ran = deployed.ops("redrive", "--queue", "reports", "--all", "--yes")
    assert "SendingPausedException" in ran.out
    assert len(deployed.in_queue(QUEUE)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("body", ['{"day": 7}', '{"requestPayload": {"day": "never"}}', "[]"])
def test_letter_without_a_day_can_be_discarded(deployed: Deployed, body: str) -> None:
    deployed.put(QUEUE, body)
    assert deployed.ops("dlq", "--queue", "reports").status == 0
    assert "`discard` it" in deployed.ops("redrive", "--queue", "reports", "--all", "--yes").out
    assert len(deployed.in_queue(QUEUE)) == 1
    assert deployed.ops("discard", "--queue", "reports", "--all", "--yes").status == 0
    assert deployed.in_queue(QUEUE) == []
