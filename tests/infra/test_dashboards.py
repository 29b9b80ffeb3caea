"""The two dashboards of a stage: what they show, and that nothing is held for their sake."""

import json
import re

import pytest

from ordering.domain.measurements import OUTCOMES
from stacks.settings import STAGES
from tests.infra.alarms import notifying
from tests.infra.cloudformation import imports
from tests.infra.dashboards import Shown, behind, body, widgets
from tests.infra.switches import turned
from tests.synth import Synthesised, synthesised

MACHINERY = "Machinery"
# Functions and math operators of metric math, in an expression.
_MATH = frozenset({"IF", "FILL", "SERVICE_QUOTA", "SEARCH"})


@pytest.fixture(params=[*(stage for stage in STAGES if stage != "local"), "dev with mail"])
def app(request: pytest.FixtureRequest) -> Synthesised:
    """Each stage that has dashboards, and one that has everything."""
    return turned("dev", "mail") if request.param == "dev with mail" else synthesised(request.param)


def _one(app: Synthesised, title: str) -> Shown:
    (found,) = (widget for widget in widgets(app) if widget.title == title)
    return found


def _things(app: Synthesised, metric: str) -> list[str]:
    """The resources of which the machinery's dashboard shows a metric, each as often as it does."""
    return sorted(
        behind(value, app).id
        for widget in widgets(app)
        if widget.dashboard == MACHINERY
        for each in widget.metrics
        if each.name == metric
        for value in each.dimensions.values()
        if not isinstance(value, str)
    )


def test_a_stage_has_two_dashboards_and_the_local_one_has_none(app: Synthesised) -> None:
    assert {r.id[:-8] for r in app.resources("AWS::CloudWatch::Dashboard")} == {"Business", MACHINERY}
    assert not synthesised("local").resources("AWS::CloudWatch::Dashboard")


def test_dashboards_of_two_stages_or_regions_have_different_names() -> None:
    """An account's dashboards are shared by its regions, and a second one of a name replaces the first."""
    names = [
        json.dumps(dashboard.properties["DashboardName"])
        for stage in STAGES
        for dashboard in synthesised(stage).resources("AWS::CloudWatch::Dashboard")
    ]
    assert len(set(names)) == len(names) == 6
    # A stage whose region is not set is named after the region of its deployment.
    assert all("AWS::Region" in name or "eu-west-1" in name for name in names)


@pytest.mark.parametrize("metric", ["Errors", "Throttles", "Duration", "ConcurrentExecutions"])
def test_every_function_has_its_line(app: Synthesised, metric: str) -> None:
    assert _things(app, metric) == sorted(function.id for function in app.functions())


@pytest.mark.parametrize("metric", ["ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesNotVisible"])
def test_every_queue_with_a_consumer_has_its_line(app: Synthesised, metric: str) -> None:
    consumed = [q.id for q in app.resources("AWS::SQS::Queue") if "RedrivePolicy" in q.properties]
    assert _things(app, metric) == sorted(consumed)


def test_every_queue_shows_its_messages(app: Synthesised) -> None:
    queues = [queue.id for queue in app.resources("AWS::SQS::Queue")]
    assert _things(app, "ApproximateNumberOfMessagesVisible") == sorted(queues)


def test_every_table_has_its_lines(app: Synthesised) -> None:
    tables = [table.id for table in app.resources("AWS::DynamoDB::Table")]
    assert _things(app, "TransactionConflict") == sorted(tables)


def test_every_index_shows_its_throttles(app: Synthesised) -> None:
    (table,) = (t for t in app.resources("AWS::DynamoDB::Table") if "GlobalSecondaryIndexes" in t.properties)
    indexes = {index["IndexName"] for index in table.properties["GlobalSecondaryIndexes"]}
    shown = [
        (metric.dimensions.get("GlobalSecondaryIndexName"), metric.name)
        for widget in widgets(app)
        for metric in widget.metrics
        if metric.name in ("ReadThrottleEvents", "WriteThrottleEvents")
    ]
    assert sorted(shown, key=str) == sorted(
        ((index, f"{kind}ThrottleEvents") for index in [None, *indexes] for kind in ("Read", "Write")),
        key=str,
    )


def test_duration_is_shown_as_a_share_of_the_functions_own_timeout(app: Synthesised) -> None:
    shares = {
        label: float(expression.rpartition(" / ")[2])
        for widget in widgets(app)
        if widget.title == "Longest duration"
        for label, expression in widget.expressions.items()
    }
    timeouts = {f.id[:-8]: 1000 * f.properties["Timeout"] for f in app.functions()}
    assert shares == timeouts


def test_every_alarm_that_notifies_is_shown_and_no_window_of_one(app: Synthesised) -> None:
    shown = _one(app, "Alarms").alarms
    assert sorted(behind(alarm, app).id[:-8] for alarm in shown) == sorted(notifying(app))


def test_every_outcome_and_reason_has_its_line(app: Synthesised) -> None:
    lines = {
        (metric.dimensions["outcome"], metric.dimensions["reason"])
        for metric in _one(app, "Orders ended, by outcome").metrics
    }
    assert lines == {(outcome.value, reason) for outcome, reasons in OUTCOMES.items() for reason in reasons}


def test_open_orders_are_counted_by_ages_without_a_gap(app: Synthesised) -> None:
    """ "CloudWatch statistics definitions": TC(a:b) counts values above a, and up to b."""
    stats = [line[-1]["stat"] for line in _one(app, "Open orders by age").properties["metrics"]]
    bounds = [re.fullmatch(r"TC\((\d*):(\d*)\)", stat) for stat in stats]
    ranges = [(found[1], found[2]) for found in bounds if found]
    assert (ranges[0][0], ranges[-1][1]) == ("", "")
    assert [end for _, end in ranges[:-1]] == [start for start, _ in ranges[1:]]


def test_only_a_stage_that_sends_mail_shows_mail(app: Synthesised) -> None:
    titles = {widget.title for widget in widgets(app)}
    assert ({"Mails", "Bounces and complaints"} <= titles) == bool(app.settings.mail)


def test_the_ids_of_a_graph_are_unique_and_known_to_its_expressions(app: Synthesised) -> None:
    for widget in widgets(app):
        assert len(set(widget.ids)) == len(widget.ids), widget.title
        for expression in widget.expressions.values():
            if not expression.startswith("SEARCH"):
                used = set(re.findall(r"[A-Za-z_]\w*", expression)) - _MATH
                assert used <= set(widget.ids), widget.title


def test_the_dashboards_keep_to_cloudwatchs_quotas(app: Synthesised) -> None:
    """ "CloudWatch service quotas": 500 widgets, 500 metrics of one, 2,500 of all; 100 alarms of a widget."""
    for dashboard in app.resources("AWS::CloudWatch::Dashboard"):
        found = body(dashboard)["widgets"]
        metrics = [len(widget["properties"].get("metrics", ())) for widget in found]
        assert len(found) <= 500
        assert max(metrics) <= 500
        assert sum(metrics) <= 2_500
    assert len(_one(app, "Alarms").alarms) <= 100


def test_no_stack_adds_more_outputs_for_them_than_cloudformation_takes(app: Synthesised) -> None:
    """ "Understand CloudFormation quotas": 200 outputs of a template, whose body has at most 1 MB."""
    for template in app.templates.values():
        assert len(template.get("Outputs", {})) <= 200
        assert len(json.dumps(template)) < 1_000_000


def test_the_dashboards_read_names_without_holding_them(app: Synthesised) -> None:
    """An import would keep a function from being removed (aws/aws-cdk#7602)."""
    assert imports(app.templates["dashboards"]) == set()
    assert "Fn::GetStackOutput" in json.dumps(app.templates["dashboards"])
    assert app.order[-1] == "dashboards"
