"""The graphs of the console: those of the dashboards, by construction, and how the function gets them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordering.domain.metric_graphs import GRAPHS, STEP
from tests.infra.alarms import Metric
from tests.infra.dashboards import decoded, widgets
from tests.infra.switches import turned
from tests.support.environment import METRIC_PARAMETERS
from tests.support.least_privilege import deployed_parameters, deployed_roles, deployed_variables
from tests.synth import Json, Synthesised, synthesised

# A value that is known only when the stack is deployed: the longest is the ARN of the state machine.
_LONGEST = len(f"arn:aws:states:ap-southeast-1:123456789012:stateMachine:{'x' * 80}")


@pytest.fixture(params=["dev", "prod", "dev with mail"])
def shown(request: pytest.FixtureRequest) -> Synthesised:
    """A stage with dashboards, and one that has everything."""
    return turned("dev", "mail") if request.param == "dev with mail" else synthesised(request.param)


def _parameters(app: Synthesised) -> dict[str, Any]:
    """Returns each parameter of the metrics: the end of its name, and its value in the template."""
    return {
        parameter.properties["Name"].rpartition("/")[2]: parameter.properties["Value"]
        for parameter in app.resources("AWS::SSM::Parameter")
        if "/metrics/" in parameter.properties.get("Name", "")
    }


def _graphs(app: Synthesised) -> list[Json]:
    """Every graph, as the function decodes it."""
    graphs: list[Json] = json.loads(_parameters(app)[GRAPHS])
    return graphs


def _lines(app: Synthesised) -> list[list[Any]]:
    """Every line, as the function decodes it. A reference to a resource is a dictionary."""
    parameters = _parameters(app)
    return [
        line for name in sorted(parameters.keys() - {GRAPHS}, key=int) for line in decoded(parameters[name])
    ]


def test_each_line_of_the_console_is_a_line_of_a_dashboard(shown: Synthesised) -> None:
    in_dashboards = [metric for widget in widgets(shown) for metric in widget.metrics]
    searches = {text for widget in widgets(shown) for text in widget.expressions.values()}
    for _, label, period, expression, namespace, name, _, dimensions in _lines(shown):
        if expression:
            assert expression.replace(STEP, str(period)) in searches
        else:
            assert Metric(namespace, name, dimensions) in in_dashboards, label


def test_every_queue_of_the_dashboard_is_in_the_console(shown: Synthesised) -> None:
    for name in ("ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"):
        in_dashboard = [each.dimensions for w in widgets(shown) for each in w.metrics if each.name == name]
        in_console = [dimensions for *_, metric, _, dimensions in _lines(shown) if metric == name]
        assert in_console == in_dashboard != []


def test_the_console_shows_the_business_and_the_machinery(shown: Synthesised) -> None:
    graphs = _graphs(shown)
    names = [each["name"] for each in graphs]
    assert len(set(names)) == len(names)
    business = {"ordersPlaced", "ordersEnded", "timeToEnd", "moneyCaptured", "moneyRefunded", "openOrders"}
    machinery = {"requests", "requestErrors", "latency", "functionErrors", "functionThrottles", "queueAge"}
    machinery |= {"messages", "deadLetters", "executionsFailed"}
    assert business <= {each["name"] for each in graphs if each["dashboard"] == "business"}
    assert machinery == {each["name"] for each in graphs if each["dashboard"] == "machinery"}
    assert ("mails" in names) == bool(shown.settings.mail)
    assert {line[0] for line in _lines(shown)} == set(names)


def test_only_counts_of_a_step_are_sums(shown: Synthesised) -> None:
    summed = {each["name"] for each in _graphs(shown) if each["summed"]}
    for graph, *_, expression, _, _, statistic, _ in _lines(shown):
        assert (graph in summed) == (statistic == "Sum" or bool(expression)), graph


def test_one_read_takes_a_bounded_number_of_metrics(shown: Synthesised) -> None:
    """Each is billed with every read ("Amazon CloudWatch Pricing"); one request takes 500 queries at most."""
    assert len(_lines(shown)) <= 120


def test_a_parameter_is_within_the_quota(shown: Synthesised) -> None:
    """4,096 characters ("Managing parameter tiers", AWS Systems Manager)."""
    for name, value in _parameters(shown).items():
        parts = [value] if isinstance(value, str) else value["Fn::Join"][1]
        assert sum(len(part) if isinstance(part, str) else _LONGEST for part in parts) <= 4096, name


def test_the_local_stage_has_the_route_too() -> None:
    local = synthesised("local")
    assert {line[0] for line in _lines(local)} == {each["name"] for each in _graphs(local)} != set()


def test_the_function_reads_metrics_and_its_own_parameters_and_nothing_else() -> None:
    """Parameters are read by the path itself (aws/aws-dotnet-extensions-configuration#108)."""
    granted = {
        (grant.action, grant.resource.rpartition(":")[2])
        for grant in deployed_roles()["admin_get_metrics"].grants()
        if not grant.action.startswith(("logs:", "xray:"))
    }
    path = deployed_variables("admin_get_metrics")["METRIC_PARAMETERS"]
    assert path == METRIC_PARAMETERS
    assert any(name.startswith(f"{path}/") for name in deployed_parameters())
    assert granted == {
        ("cloudwatch:GetMetricData", "*"),
        ("ssm:GetParametersByPath", f"parameter{path}"),
    }
