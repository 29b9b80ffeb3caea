"""What the start of each function loads from its layers: packages, and botocore's data files.

A new package or data file costs every cold start of the function time. If it is worth it, add it here, and
measure it with `make bench`.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

from stacks import layers
from stacks.settings import STAGES
from tests.synth import PROJECT
from tools.bench.measurements import ENVIRONMENT, handlers

Starts = dict[str, dict[str, Any]]

ALWAYS = {"aws_lambda_powertools", "jmespath", "msgspec", "ordering", "typing_extensions"}
CLIENT = {"botocore", "dateutil", "six", "urllib3"}
WITHOUT_CLIENT = {"get_asyncapi", "get_docs", "get_event_docs", "get_openapi"}
METRICS = {"notify_customer", "place_canary_order", "publish_changes", "reconcile_orders"}
MORE_PACKAGES = {
    "authorise_request": {"cffi_backend", "cryptography", "jwt"},
    "subscribe": {"cffi_backend", "cryptography", "jwt"},
    "make_thumbnails": {"PIL"},
}
SERVICES: dict[str, set[str]] = {
    # It reads its secret with the first request.
    "authorise_edge": set(),
    "notify_customer": {"dynamodb", "sesv2", "sqs"},
    "publish_changes": {"events", "sqs"},
    "reconcile_orders": {"dynamodb", "sqs"},
    "drive_order": {"dynamodb", "sqs", "stepfunctions"},
    "place_canary_order": {"secretsmanager"},
    "rotate_cursor_secret": {"secretsmanager"},
    "admin_get_metrics": {"cloudwatch"},
    "get_image": {"s3"},
    "make_thumbnails": {"dynamodb", "s3", "sqs"},
    "remove_image": {"dynamodb", "s3"},
    "sweep_images": {"dynamodb", "s3"},
    "upload_image": {"dynamodb", "s3"},
    "send_test_webhook": {"dynamodb", "sqs"},
    "fan_out_webhooks": {"dynamodb", "sqs"},
    "deliver_webhook": {"dynamodb", "sqs"},
    "notify_warehouse": {"dynamodb", "sqs"},
    "record_sales": {"dynamodb", "sqs"},
    "announce_orders": {"apigatewaymanagementapi", "dynamodb", "sqs"},
    "subscribe": {"apigatewaymanagementapi", "dynamodb"},
    "make_daily_report": {"dynamodb", "s3", "sesv2"},
    "get_export": {"dynamodb", "s3"},
    "process_customer_data": {"dynamodb", "s3", "sesv2", "sqs"},
}
"""Of a function that calls others than DynamoDB at its start."""


@pytest.fixture(scope="module")
def starts() -> Starts:
    """What the start of each handler loads, on this host, from the layers of the local stage."""
    built = layers.build(STAGES["local"])
    folders = [built.dependencies, built.ordering, built.authoriser, built.imaging]
    ran = subprocess.run(
        [
            *(sys.executable, "-S", "-E", str(PROJECT / "tests" / "support" / "starts.py")),
            str(PROJECT / "lambdas"),
            *(str(layer.directory / "python") for layer in folders),
        ],
        env=dict(ENVIRONMENT),
        capture_output=True,
        text=True,
        check=True,
    )
    found: Starts = json.loads(ran.stdout)
    return found


@pytest.mark.slow
def test_start_of_a_function_loads_only_its_packages(starts: Starts) -> None:
    assert set(starts) == set(handlers())
    for handler, loaded in starts.items():
        assert "error" not in loaded, (handler, loaded)
        expected = ALWAYS | MORE_PACKAGES.get(handler, set())
        if handler not in WITHOUT_CLIENT:
            expected |= CLIENT
        packages = {name.partition(".")[0].lstrip("_") for name in loaded["modules"]}
        assert packages - {handler} <= expected, handler
        metrics = "aws_lambda_powertools.metrics" in loaded["modules"]
        assert metrics == (handler in METRICS), handler


@pytest.mark.slow
def test_start_of_a_function_reads_only_the_descriptions_of_its_services(starts: Starts) -> None:
    for handler, loaded in starts.items():
        services = set() if handler in WITHOUT_CLIENT else SERVICES.get(handler, {"dynamodb"})
        described = [file.split("/")[2:] for file in loaded["data"] if file.startswith("botocore/data/")]
        assert {parts[0] for parts in described if len(parts) > 1} == services, handler
        assert {parts[-1] for parts in described} <= {
            *("endpoints.json", "partitions.json", "sdk-default-configuration.json"),
            *("endpoint-rule-set-1.json", "service-2.json", "service-2.sdk-extras.json"),
        }, handler


@pytest.mark.slow
def test_only_functions_that_handle_events_load_the_classes_of_events(starts: Starts) -> None:
    """They would take a fifth of the start of a function without a client."""
    with_events = {
        handler for handler, loaded in starts.items() if "ordering.domain.events.shapes" in loaded["modules"]
    }
    assert with_events == {
        "announce_orders",
        *("fan_out_webhooks", "notify_customer", "notify_warehouse", "publish_changes", "record_sales"),
        # Dead letters are events, too.
        *("admin_list_queues", "admin_list_dead_letters", "admin_redrive_queue"),
        # Operators see an order with its events.
        *("admin_get_order", "admin_list_open_orders"),
    }


@pytest.mark.slow
def test_start_of_an_order_route_loads_no_shapes_of_other_routes(starts: Starts) -> None:
    """Each class of a body costs the start: those of all routes take 40 million instructions."""
    shapes = "ordering.http.shapes."
    expected = {"place_order": {"addresses", "base", "orders", "placing"}, "get_order": {"base", "orders"}}
    for handler, own in expected.items():
        loaded = starts[handler]["modules"]
        assert {name.removeprefix(shapes) for name in loaded if name.startswith(shapes)} == own
        assert "ordering.http.routes" not in loaded


@pytest.mark.slow
def test_only_the_authoriser_loads_the_table_of_routes(starts: Starts) -> None:
    """It loads the shapes of every route; the authoriser needs the scope of each."""
    loading = {handler for handler, loaded in starts.items() if "ordering.http.routes" in loaded["modules"]}
    assert loading == {"authorise_request"}


@pytest.mark.slow
def test_start_of_a_function_does_not_search_for_garbage(starts: Starts) -> None:
    """One search of what a start has imported takes 17 million instructions, and finds nothing."""
    assert {handler: loaded["searches"] for handler, loaded in starts.items() if loaded["searches"]} == {}


@pytest.mark.slow
def test_start_of_a_function_loads_no_messages_about_invalid_bodies(starts: Starts) -> None:
    """They load the classes of images, customers and languages, and only an invalid body needs them."""
    for handler, loaded in starts.items():
        assert "ordering.http.patterns" not in loaded["modules"], handler
    for handler in ("place_order", "get_order"):
        assert "ordering.domain.images" not in starts[handler]["modules"], handler
