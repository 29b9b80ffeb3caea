"""The reporting stack: totals of sales, which a setting turns on and off."""

import json

import pytest

from ordering.domain.sales import SETTLED_AFTER
from stacks.routes import REPORTING_ROUTES, ROUTE_ACCESS
from stacks.settings import STAGES
from tests.infra.cloudformation import imports
from tests.infra.queues_and_roles import find_queue
from tests.infra.switches import turned
from tests.synth import Synthesised, synthesised

# The functions that change an order, a refund, or a total.
_WRITERS = ("complete_order", "close_order", "reconcile_orders", "record_sales")


@pytest.fixture(params=["dev", "local"])
def with_totals(request: pytest.FixtureRequest) -> Synthesised:
    """Each stage whose sales are counted."""
    return synthesised(request.param)


def test_consumer_gets_the_events_that_count_and_no_others(with_totals: Synthesised) -> None:
    (rule,) = (r.properties for r in with_totals.resources("AWS::Events::Rule") if r.stack == "reporting")
    assert rule["EventPattern"] == {
        "source": ["orders"],
        "detail-type": ["OrderFulfilled", "OrderRefunded", "OrderCancelled"],
    }


def test_function_has_the_shops_time_zone_which_the_stack_outputs(with_totals: Synthesised) -> None:
    reporting = with_totals.settings.reporting
    assert reporting
    variables = with_totals.function("record_sales").properties["Environment"]["Variables"]
    assert variables["SHOP_TIME_ZONE"] == reporting.time_zone == with_totals.outputs()["ShopTimeZone"]
    assert variables["SALES_SHARDS"] == str(reporting.shards)


def test_message_is_hidden_for_six_times_as_long_as_the_function_may_run(with_totals: Synthesised) -> None:
    """ "Set the queue's visibility timeout to at least six times your function's timeout" (Using Lambda with
    Amazon SQS)."""
    timeout = with_totals.function("record_sales").properties["Timeout"]
    assert find_queue(with_totals, "Sales").properties["VisibilityTimeout"] == 6 * timeout


@pytest.mark.parametrize("function", _WRITERS)
def test_rebuild_waits_longer_than_a_function_that_it_must_not_miss(
    function: str, with_totals: Synthesised
) -> None:
    """Guarantee 5: an event of before the rebuild is in the table, or in the rows, when the table is read.

    Three minutes are left for clocks that differ.
    """
    timeout = with_totals.function(function).properties["Timeout"]
    assert timeout + 180 <= SETTLED_AFTER.total_seconds()


def test_stage_without_totals_has_neither_the_stack_nor_the_route() -> None:
    app = turned("dev", "reporting")
    assert app.settings.reporting is None
    assert "reporting" not in app.templates
    routes = {r.properties["RouteKey"] for r in app.resources("AWS::ApiGatewayV2::Route")}
    assert not routes & {key for row in ROUTE_ACCESS if row.handler in REPORTING_ROUTES for key in row.keys}


def test_no_other_stack_depends_on_the_reporting_stack() -> None:
    """So it can be deleted, and another release can be deployed over it.

    The stacks of dashboards and of operators' routes read outputs of every stack, which are no exports.
    """
    app = synthesised("dev")
    assert STAGES["dev"].reporting
    exports = {
        output["Export"]["Name"]
        for output in app.templates["reporting"].get("Outputs", {}).values()
        if "Export" in output
    }
    for name, template in app.templates.items():
        if name not in ("reporting", "dashboards", "admin"):
            assert "orders-dev-reporting" not in json.dumps(template), name
        assert not imports(template) & exports, name


def test_turning_totals_off_leaves_the_exports_that_their_stack_imports() -> None:
    """The stack stays deployed: CloudFormation refuses to delete an export that is imported ("Exporting stack
    output values")."""
    on, off = synthesised("dev"), turned("dev", "reporting")
    exported = {
        output["Export"]["Name"]
        for template in off.templates.values()
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }
    imported = imports(on.templates["reporting"])
    assert imported
    assert imported <= exported
