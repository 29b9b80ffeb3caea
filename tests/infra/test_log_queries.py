"""The saved queries of the logs: which log groups they read, and what they look for."""

from typing import Any

import pytest

from stacks.log_queries import QUERIES
from stacks.settings import STAGES
from tests.infra.cloudformation import imports
from tests.synth import Synthesised, synthesised

QUERY = "AWS::Logs::QueryDefinition"
# StartQuery, Amazon CloudWatch Logs API Reference: "You can include as many as 50 log groups".
MOST_LOG_GROUPS = 50


@pytest.fixture(params=[stage for stage in STAGES if stage != "local"])
def app(request: pytest.FixtureRequest) -> Synthesised:
    """Each stage that has queries."""
    return synthesised(request.param)


def read_by(query: Any, app: Synthesised) -> set[str]:
    """The logical ids of the log groups that a query reads, by the outputs that it refers to."""
    found = set()
    for name in query.properties["LogGroupNames"]:
        stack, output = name["Fn::GetStackOutput"]["StackName"], name["Fn::GetStackOutput"]["OutputName"]
        template = app.templates[stack.rpartition("-")[2]]
        found.add(template["Outputs"][output]["Value"]["Ref"])
    return found


def test_a_query_finds_an_order_by_each_kind_of_id(app: Synthesised) -> None:
    queries = app.resources(QUERY)
    texts = [query.properties["QueryString"] for query in queries]
    assert len(queries) == len(QUERIES)
    for placeholder in QUERIES.values():
        assert sum(f'@message like "{placeholder}"' in text for text in texts) == 1
    assert all(len(text) <= 10_000 and "sort @timestamp asc" in text for text in texts)


def test_queries_read_every_log_of_an_orders_path(app: Synthesised) -> None:
    groups = {(group.stack, group.id) for group in app.resources("AWS::Logs::LogGroup")}
    consuming = {
        stack
        for stack, template in app.templates.items()
        if any(name.endswith("Consumer") for name in template.get("Outputs", {}))
    }
    path = {id for stack, id in groups if stack in {"events", "saga", *consuming}}
    for query in app.resources(QUERY):
        found = read_by(query, app)
        assert path <= found
        of_the_api = {id[:-8] for id in found - path}
        assert {"AccessLogs", "PlaceOrderLogs", "CancelOrderLogs"} <= of_the_api
        assert "GetProductLogs" not in of_the_api
        assert len(query.properties["LogGroupNames"]) == len(found) <= MOST_LOG_GROUPS


def test_queries_read_what_every_consumer_of_an_orders_events_logs() -> None:
    app = synthesised("dev")
    consumers = {
        str(value).title().replace("_", "")
        for name, value in app.outputs().items()
        if name.endswith("Consumer")
    }
    assert {"FanOutWebhooks", "RecordSales", "AnnounceOrders"} <= consumers
    for query in app.resources(QUERY):
        read = {id[:-8].removesuffix("Logs") for id in read_by(query, app)}
        assert consumers | {"DeliverWebhook"} <= read


def test_queries_of_two_stages_have_different_names() -> None:
    names = [query.properties["Name"] for s in STAGES for query in synthesised(s).resources(QUERY)]
    assert len(names) == len(set(names)) == 6


def test_queries_hold_no_log_group(app: Synthesised) -> None:
    """A strong reference would be an import, and CloudFormation keeps what is imported."""
    assert not imports(app.templates["dashboards"])


def test_the_local_stage_has_no_queries() -> None:
    assert not synthesised("local").resources(QUERY)
