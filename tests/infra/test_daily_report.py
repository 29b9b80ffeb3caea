"""The daily report: its bucket, its schedule in the shop's time zone, and what becomes of a failure."""

from dataclasses import replace

import pytest

from ordering.domain.sales import KEPT_DAYS
from stacks.settings import STAGES, MailSettings, Reporting
from tests.infra.alarms import alarms
from tests.infra.queues_and_roles import find_queue
from tests.synth import Json, Synthesised, synthesised, synthesised_with

BUCKET = "AWS::S3::Bucket"
RECEIVERS = ("owner@shop.example", "desk@shop.example")


@pytest.fixture(params=["dev", "local"])
def reporting(request: pytest.FixtureRequest) -> Synthesised:
    """Each stage whose sales are counted."""
    return synthesised(request.param)


def _mailing() -> Synthesised:
    """Stage dev, in which reports are mailed."""
    settings = replace(
        STAGES["dev"],
        mail=MailSettings("The mug shop <orders@shop.example>", "shop.example"),
        reporting=Reporting(time_zone="Europe/Berlin", receivers=RECEIVERS),
    )
    return synthesised_with(settings)


def _schedule(app: Synthesised) -> Json:
    return app.one("AWS::Scheduler::Schedule", "reporting").properties


def test_bucket_of_reports_is_private_encrypted_and_reached_by_tls_only(reporting: Synthesised) -> None:
    properties = reporting.one(BUCKET, "reporting").properties
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    policy = reporting.one("AWS::S3::BucketPolicy", "reporting").properties["PolicyDocument"]["Statement"]
    denied = [each for each in policy if each["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in [each["Condition"] for each in denied]
    for statement in policy:
        assert statement["Effect"] == "Deny" or statement["Principal"] != {"AWS": "*"}


def test_reports_are_kept_as_long_as_the_totals(reporting: Synthesised) -> None:
    rules = reporting.one(BUCKET, "reporting").properties["LifecycleConfiguration"]["Rules"]
    assert [(each["Prefix"], each["ExpirationInDays"]) for each in rules] == [("daily/", KEPT_DAYS)]


def test_schedule_runs_at_six_in_the_shops_time_zone(reporting: Synthesised) -> None:
    settings = reporting.settings.reporting
    assert settings
    assert _schedule(reporting)["ScheduleExpression"] == "cron(0 6 * * ? *)"
    assert _schedule(reporting)["ScheduleExpressionTimezone"] == settings.time_zone
    assert _schedule(reporting)["FlexibleTimeWindow"] == {"Mode": "OFF"}


def test_schedule_names_the_scheduled_time_so_that_a_late_call_is_about_the_same_day(
    reporting: Synthesised,
) -> None:
    assert _schedule(reporting)["Target"]["Input"] == '{"scheduledAt":"<aws.scheduler.scheduled-time>"}'


def test_call_that_fails_is_retried_and_ends_in_the_dead_letter_queue(reporting: Synthesised) -> None:
    queue = find_queue(reporting, "MissedReports")
    arn = {"Fn::GetAtt": [queue.id, "Arn"]}
    target = _schedule(reporting)["Target"]
    assert target["DeadLetterConfig"]["Arn"] == arn
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 6 * 3600}
    invoked = reporting.one("AWS::Lambda::EventInvokeConfig", "reporting").properties
    assert invoked["MaximumRetryAttempts"] == 2
    assert invoked["DestinationConfig"]["OnFailure"]["Destination"] == arn


def test_dead_letter_of_a_report_raises_an_alarm() -> None:
    alarm = alarms(synthesised("dev"))["MissedReportsNotEmpty"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert alarm["AlarmDescription"].endswith("docs/runbooks/missed-reports-not-empty.md")


def test_report_reads_totals_and_no_orders() -> None:
    (policy,) = (
        r.properties["PolicyDocument"]["Statement"]
        for r in synthesised("dev").resources("AWS::IAM::Policy")
        if r.id.startswith("MakeDailyReportRole")
    )
    keys = [
        partition
        for statement in policy
        for partition in statement.get("Condition", {})
        .get("ForAllValues:StringLike", {})
        .get("dynamodb:LeadingKeys", [])
    ]
    assert keys == ["SALES#*", "REPORT#*"]


def test_function_mails_only_where_the_settings_name_receivers() -> None:
    without, mailing = synthesised("dev"), _mailing()
    variables = without.function("make_daily_report").properties["Environment"]["Variables"]
    assert variables["REPORT_RECEIVERS"] == "[]"
    assert "MAIL_SENDER" not in variables
    assert not [r for r in without.resources("AWS::SES::ConfigurationSet") if r.stack == "reporting"]
    variables = mailing.function("make_daily_report").properties["Environment"]["Variables"]
    assert variables["REPORT_RECEIVERS"] == '["owner@shop.example","desk@shop.example"]'
    assert variables["MAIL_SENDER"] == "The mug shop <orders@shop.example>"
    (configuration,) = (r for r in mailing.resources("AWS::SES::ConfigurationSet") if r.stack == "reporting")
    assert configuration.properties["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert mailing.findings == []
