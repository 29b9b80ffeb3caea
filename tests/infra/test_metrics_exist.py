"""Every metric that an alarm watches or a widget shows exists: name, namespace, and dimensions.

The local engine records no metrics, so that names are checked here: those of AWS against what its services
publish, our own against what the functions really write.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from stacks.settings import STAGES
from tests.infra.alarms import Metric, watched
from tests.infra.dashboards import Search, behind, widgets
from tests.infra.documented import PUBLISHED, dimensions_of
from tests.infra.switches import turned
from tests.infra.written import (
    Written,
    filtered,
    metrics,
    run_canary,
    run_mail,
    run_outbox,
    run_reader,
    run_sweep,
)
from tests.support.world import World
from tests.synth import Resource, Synthesised, synthesised

MEASURED_THINGS: dict[str, str | tuple[str, ...]] = {
    "DistributionId": "AWS::CloudFront::Distribution",
    "BackupVaultName": "AWS::Backup::BackupVault",
    "QueueName": "AWS::SQS::Queue",
    "FunctionName": ("AWS::Lambda::Function", "AWS::CloudFront::Function"),
    "ExecutedVersion": "AWS::Lambda::Version",
    "EventSourceMappingUUID": "AWS::Lambda::EventSourceMapping",
    "StateMachineArn": "AWS::StepFunctions::StateMachine",
    "ApiId": "AWS::ApiGatewayV2::Api",
    "TableName": "AWS::DynamoDB::Table",
    "TopicName": "AWS::SNS::Topic",
}


def _as_tuple(types: str | tuple[str, ...]) -> tuple[str, ...]:
    return (types,) if isinstance(types, str) else types


WITH_MORE = ("mail, backups, canary", "customer key")


@pytest.fixture(params=[*STAGES, *WITH_MORE])
def app(request: pytest.FixtureRequest) -> Synthesised:
    """Each stage in turn, and stage dev with the settings that add metrics."""
    return turned("dev", request.param) if request.param in WITH_MORE else synthesised(request.param)


def named(app: Synthesised) -> Iterator[tuple[str, Metric]]:
    """What names each metric, and the metric."""
    for alarm, found in watched(app).items():
        for metric in found:
            yield alarm, metric
    for widget in widgets(app):
        for metric in widget.metrics:
            yield f"{widget.dashboard}: {widget.title}", metric


def _resource(app: Synthesised, name: str, value: Any) -> Resource:
    """The resource whose name or ARN a dimension holds; an alarm watches one of its own stack."""
    if "Fn::GetStackOutput" in value:
        return behind(value, app)
    if isinstance(value, str):
        (literal,) = (resource for resource in app.resources() if resource.properties.get("Name") == value)
        return literal
    id = value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]
    (stack,) = (r.stack for r in app.resources("AWS::CloudWatch::Alarm") if r.id[:-8] == name)
    (found,) = (resource for resource in app.resources() if (resource.stack, resource.id) == (stack, id))
    return found


def test_every_metric_of_aws_exists_under_its_dimensions(app: Synthesised) -> None:
    for name, metric in named(app):
        if metric.namespace.startswith("AWS/"):
            assert frozenset(metric.dimensions) in dimensions_of(metric.namespace, metric.name), name


def test_every_dimension_names_a_resource_of_its_kind(app: Synthesised) -> None:
    for name, metric in named(app):
        if metric.namespace.startswith("AWS/"):
            index = metric.dimensions.pop("GlobalSecondaryIndexName", None)
            # `<function>:live`, checked by `test_gradual_deployment.py`.
            metric.dimensions.pop("Resource", None)
            if metric.dimensions.pop("Region", "Global") != "Global":
                # "The Region dimension is Global" (CloudFront).
                raise AssertionError(name)
            things = {d: _resource(app, name, value) for d, value in metric.dimensions.items()}
            for dimension, thing in things.items():
                assert thing.type in _as_tuple(MEASURED_THINGS[dimension]), name
            if index is not None:
                indexes = things["TableName"].properties["GlobalSecondaryIndexes"]
                assert index in {each["IndexName"] for each in indexes}, name


def test_a_mapping_whose_events_are_counted_asks_for_it(app: Synthesised) -> None:
    """Lambda counts the events of a mapping only where it is told to; without, there is no metric."""
    for name, metric in named(app):
        if "EventSourceMappingUUID" in metric.dimensions:
            mapping = _resource(app, name, metric.dimensions["EventSourceMappingUUID"])
            assert mapping.properties["MetricsConfig"] == {"Metrics": ["EventCount"]}


@pytest.fixture
def written(
    app: Synthesised, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[Written]:
    """Everything that the functions of a stage measure."""
    capsys.readouterr()
    run_sweep(app, world, monkeypatch)
    run_outbox(app, monkeypatch)
    run_reader(app, monkeypatch)
    if app.settings.mail:
        run_mail(app, world, monkeypatch)
    if app.settings.canary:
        run_canary(app, monkeypatch)
    return [*metrics(capsys.readouterr().out), *filtered(app)]


@pytest.mark.slow
def test_every_metric_of_our_own_is_written_under_its_dimensions(
    app: Synthesised, written: list[Written]
) -> None:
    by_name: dict[tuple[str, str], set[frozenset[tuple[str, str]]]] = defaultdict(set)
    for each in written:
        by_name[each.namespace, each.name].add(each.dimensions)
    own = [(name, metric) for name, metric in named(app) if not metric.namespace.startswith("AWS/")]
    assert {metric.name for _, metric in own} >= {
        *("ParkedOrders", "OldestOpenOrder", "OrdersWaiting", "PaymentsNotSettled", "OldestRemoval"),
        *("ThrottledRequests", "UnreadableRecords"),
    }
    for name, metric in own:
        found = by_name[metric.namespace, metric.name]
        assert frozenset(metric.dimensions.items()) in found, f"{name}: {metric}"


@pytest.mark.slow
def test_every_search_finds_metrics_that_are_written(app: Synthesised, written: list[Written]) -> None:
    found = {
        Search(each.namespace, each.name, frozenset(name for name, _ in each.dimensions)) for each in written
    }
    searches = {search for widget in widgets(app) for search in widget.searches}
    assert {search.name for search in searches} == (
        set() if app.settings.local else {"MoneyCaptured", "MoneyRefunded"}
    )
    assert searches <= found


@pytest.mark.slow
def test_every_business_metric_that_is_written_is_shown(app: Synthesised, written: list[Written]) -> None:
    """Metrics cost money: none is written that nothing shows or watches."""
    if app.settings.local:
        return
    shown = {metric.name for _, metric in named(app)}
    shown |= {search.name for widget in widgets(app) for search in widget.searches}
    unseen = {each.name for each in written} - shown
    # What a sweep has done, for the log of an incident.
    assert unseen == {"OrdersRedriven", "PaymentsSettled"}


def test_no_two_stages_share_a_metric_of_our_own() -> None:
    """Two stages in one account would otherwise be alarmed for each other's orders."""
    namespaces = [
        {metric.namespace for _, metric in named(app)} - set(PUBLISHED) for app in map(synthesised, STAGES)
    ]
    assert sum(map(len, namespaces)) == len(set().union(*namespaces)) == len(STAGES)
