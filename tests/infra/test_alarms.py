"""Alarms: each watches a metric that really exists, and says which runbook to open.

The local engine records no metrics, so that names are checked here: those of AWS against what its services
publish, our own against what the sweep really writes.
"""

import json
import re
import sys
from importlib import import_module
from typing import Any

import pytest

from ordering import unreadable
from stacks.alarms import runbook
from stacks.settings import STAGES
from tests.infra.alarms import alarms, watched
from tests.infra.documented import PUBLISHED, dimensions_of
from tests.support.world import Context, World
from tests.synth import PROJECT, Json, Resource, Synthesised, synthesised

SWEEP = "lambdas.scheduled.reconcile_orders"
RUNBOOKS = PROJECT / "docs" / "runbooks"

MEASURED_THINGS = {
    "QueueName": "AWS::SQS::Queue",
    "FunctionName": "AWS::Lambda::Function",
    "EventSourceMappingUUID": "AWS::Lambda::EventSourceMapping",
    "StateMachineArn": "AWS::StepFunctions::StateMachine",
    "ApiId": "AWS::ApiGatewayV2::Api",
}


def _named(app: Synthesised, alarm: str, value: Any) -> Resource:
    """The resource whose name or ARN a dimension holds: one of the alarm's own stack."""
    id = value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]
    (stack,) = (r.stack for r in app.resources("AWS::CloudWatch::Alarm") if r.id[:-8] == alarm)
    (found,) = (resource for resource in app.resources() if (resource.stack, resource.id) == (stack, id))
    return found


@pytest.fixture
def measured(
    app: Synthesised, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Json:
    """What a sweep writes for CloudWatch to make metrics of, in the embedded metric format."""
    function = app.function("reconcile_orders").properties["Environment"]["Variables"]
    for name in ("OPEN_TOO_LONG_SECONDS", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"):
        monkeypatch.setenv(name, function[name])
    # Loaded anew, as a new function: whose metrics they are is settled when it starts.
    monkeypatch.delitem(sys.modules, SWEEP, raising=False)
    sweep = import_module(SWEEP)
    monkeypatch.setattr(sweep, "_waiting_messages", lambda: 1_000_000)
    sweep.handler({}, Context())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    (emitted,) = lines
    assert isinstance(emitted, dict)
    return emitted


def test_every_metric_of_aws_that_is_watched_exists(app: Synthesised) -> None:
    for alarm, metrics in watched(app).items():
        for metric in metrics:
            if metric.namespace.startswith("AWS/"):
                assert frozenset(metric.dimensions) in dimensions_of(metric.namespace, metric.name), alarm


def test_every_dimension_names_a_resource_of_its_kind(app: Synthesised) -> None:
    for alarm, metrics in watched(app).items():
        for metric in metrics:
            if metric.namespace.startswith("AWS/"):
                for name, value in metric.dimensions.items():
                    assert _named(app, alarm, value).type == MEASURED_THINGS[name], alarm


def test_a_mapping_whose_events_are_counted_asks_for_it(app: Synthesised) -> None:
    """Lambda counts the events of a mapping only where it is told to; without, the alarm never goes off."""
    for alarm, metrics in watched(app).items():
        for metric in metrics:
            if "EventSourceMappingUUID" in metric.dimensions:
                mapping = _named(app, alarm, metric.dimensions["EventSourceMappingUUID"])
                assert mapping.properties["MetricsConfig"] == {"Metrics": ["EventCount"]}


@pytest.fixture
def counted(app: Synthesised, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Json:
    """What any function writes that meets a record which it cannot read."""
    for function in app.functions():
        variables = function.properties["Environment"]["Variables"]
        for name in ("POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"):
            monkeypatch.setenv(name, variables[name])
    unreadable.report("PRODUCT#A/PRODUCT", "Product", "Expected `int`")
    (line,) = [line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    emitted: Json = json.loads(line)
    return emitted


def test_every_metric_of_our_own_that_is_watched_is_written(
    app: Synthesised, measured: Json, counted: Json
) -> None:
    own = [
        metric
        for metrics in watched(app).values()
        for metric in metrics
        if not metric.namespace.startswith("AWS/")
    ]
    assert {metric.name for metric in own} >= {
        *("ParkedOrders", "OldestOpenOrder", "OrdersWaiting", "PaymentsNotSettled", "OldestRemoval")
    }
    for metric in own:
        emitted = counted if metric.name == unreadable.METRIC else measured
        (directive,) = emitted["_aws"]["CloudWatchMetrics"]
        assert metric.namespace == directive["Namespace"]
        assert metric.name in {each["Name"] for each in directive["Metrics"]}
        assert list(metric.dimensions) in directive["Dimensions"]
        assert metric.dimensions == {name: emitted[name] for name in metric.dimensions}


def test_no_two_stages_share_a_metric_of_our_own() -> None:
    """Two stages in one account would otherwise be alarmed for each other's orders."""
    namespaces = [
        {metric.namespace for metrics in watched(app).values() for metric in metrics} - set(PUBLISHED)
        for app in map(synthesised, STAGES)
    ]
    assert sum(map(len, namespaces)) == len(set().union(*namespaces)) == len(STAGES)


def test_sweep_runs_once_in_each_period_of_its_alarms(dev: Synthesised) -> None:
    """Otherwise there would be periods without a point, in which nothing is wrong."""
    assert dev.one("AWS::Scheduler::Schedule").properties["ScheduleExpression"] == "rate(1 minute)"
    for name in ("OrdersParked", "OrdersStandStill", "PaymentsNotSettled", "RemovalsStandStill"):
        assert alarms(dev)[name]["Period"] == 60


OF_MAIL = {
    "NotificationsDeadLettersNotEmpty",
    "NotificationsQueueBehind",
    "UndeliveredNotificationsNotEmpty",
    "MailBounces",
    "MailComplaints",
}


def test_only_a_stage_that_sends_mail_has_alarms_of_mail(app: Synthesised) -> None:
    assert OF_MAIL & set(alarms(app)) == (OF_MAIL if app.settings.mail else set())


@pytest.mark.parametrize(("name", "bound"), [("MailBounces", 0.05), ("MailComplaints", 0.001)])
def test_mail_alarms_use_the_bounds_of_ses_and_ignore_missing_data(name: str, bound: float) -> None:
    alarm = alarms(synthesised("local"))[name]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanOrEqualToThreshold", bound)
    assert alarm["TreatMissingData"] == "ignore"


def test_every_alarm_ends_with_the_path_of_its_runbook(app: Synthesised) -> None:
    for name, alarm in alarms(app).items():
        path = alarm["AlarmDescription"].split()[-1]
        assert path == runbook(name)
        assert (PROJECT / path).is_file(), f"{name} has no runbook: write {path}"


def test_every_runbook_has_an_alarm_and_is_in_the_index() -> None:
    # Of all stages together: not every stage sends mail, and the engine knows not every kind of alarm.
    names = {name for stage in STAGES for name in alarms(synthesised(stage))}
    written = {path.name for path in RUNBOOKS.glob("*.md")} - {"README.md"}
    assert written == {runbook(name).rpartition("/")[2] for name in names}
    index = (RUNBOOKS / "README.md").read_text()
    for name in names:
        assert f"[{name}]({runbook(name).rpartition('/')[2]})" in index


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_every_runbook_has_the_three_sections_in_order(path: Any) -> None:
    headings = re.findall(r"^## (.*)$", path.read_text(), re.M)
    if path.name != "README.md":
        assert headings[:3] == ["What it means", "How to investigate", "How to fix it"]
