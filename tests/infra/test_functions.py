"""The common configuration of all functions, and the content of their assets."""

import pytest

from stacks.access import STEP_ACCESS
from stacks.function import MEGABYTES
from stacks.routes import EXPORT_ROUTES, MEDIA_ROUTES, REPORTING_ROUTES, ROUTE_ACCESS, WEBHOOK_ROUTES
from stacks.state_machine import HANDLERS
from tests.infra.switches import turned
from tests.synth import PROJECT, Synthesised

# Deployed only where the settings ask for it: see `test_choices.py`.
LAMBDA_AUTHORISER = "authorise_request"
# Deployed only where the API is closed to requests that do not come through the edge: see `test_edge.py`.
EDGE_AUTHORISER = "authorise_edge"
# The same: see `test_notifications.py`.
NOTIFY_CUSTOMER = "notify_customer"
# The same: see `test_canary.py`.
PLACE_CANARY_ORDER = "place_canary_order"
# The same: see `test_warehouse.py`.
NOTIFY_WAREHOUSE = "notify_warehouse"


def test_each_handlers_file_is_one_function_and_each_function_one_file(app: Synthesised) -> None:
    files = {path.stem for path in (PROJECT / "lambdas").glob("*/*.py")}
    files -= {"__init__", LAMBDA_AUTHORISER, EDGE_AUTHORISER}
    if not app.settings.mail:
        files -= {NOTIFY_CUSTOMER, *EXPORT_ROUTES}
    if not app.settings.warehouse:
        files -= {NOTIFY_WAREHOUSE}
    if not app.settings.canary:
        files -= {PLACE_CANARY_ORDER}
    if not app.settings.media:
        files -= {"make_thumbnails", "sweep_images", *MEDIA_ROUTES}
    if not app.settings.reporting:
        files -= {"record_sales", "make_daily_report", *REPORTING_ROUTES}
    if not app.settings.realtime:
        files -= {"subscribe", "announce_orders"}
    if not app.settings.webhooks:
        files -= {"fan_out_webhooks", "deliver_webhook", *WEBHOOK_ROUTES}
    handlers = [r.properties["Handler"] for r in app.functions()]
    assert sorted(handlers) == sorted(f"{file}.handler" for file in files)


def test_each_asset_holds_the_handlers_file_alone(app: Synthesised) -> None:
    for function in app.functions():
        hash = function.properties["Code"]["S3Key"].removesuffix(".zip")
        assert app.assets[hash] == [function.properties["Handler"].replace(".handler", ".py")]


def test_all_functions_are_alike_in_what_they_run_on(app: Synthesised) -> None:
    for function in app.functions():
        said = function.properties
        assert said["Runtime"] == "python3.13", function.id
        assert said["Architectures"] == ["arm64"], function.id
        assert said["TracingConfig"] == {"Mode": "Active"}, function.id
        assert said["LoggingConfig"]["LogFormat"] == "JSON", function.id


# What a function carries beside the dependencies and the domain.
MORE_LAYERS = {
    "get_docs.handler": ["ViewerLayer"],
    f"{LAMBDA_AUTHORISER}.handler": ["AuthoriserLayer"],
    "make_thumbnails.handler": ["ImagingLayer"],
    "subscribe.handler": ["AuthoriserLayer"],
}


def test_layers_hold_the_dependencies_first_and_then_the_domain(app: Synthesised) -> None:
    for function in app.functions():
        names = [layer["Ref"].partition("Layer")[0] + "Layer" for layer in function.properties["Layers"]]
        more = MORE_LAYERS.get(function.properties["Handler"], [])
        # aws-cdk-lib sorts them.
        assert names == sorted(["DependenciesLayer", "OrderingLayer", *more])


def test_every_function_knows_its_table_and_its_stage(app: Synthesised) -> None:
    for function in app.functions():
        variables = function.properties["Environment"]["Variables"]
        assert variables["STAGE"] == app.settings.stage
        assert variables["POWERTOOLS_LOG_LEVEL"] == app.settings.log_level
        assert {"TABLE_NAME", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"} <= set(variables)


def test_every_function_writes_to_a_log_group_of_its_own(app: Synthesised) -> None:
    groups = [(r.stack, r.properties["LoggingConfig"]["LogGroup"]["Ref"]) for r in app.functions()]
    assert len(set(groups)) == len(groups)


DAYS = {"local": 7, "dev": 7, "staging": 30, "prod": 365}


def test_every_log_group_has_the_retention_of_its_stage(app: Synthesised) -> None:
    groups = app.resources("AWS::Logs::LogGroup")
    assert {group.properties["RetentionInDays"] for group in groups} == {DAYS[app.settings.stage]}


def test_functions_that_mostly_wait_have_less_memory(dev: Synthesised) -> None:
    """Lambda bills time by memory; a step that calls a provider waits for it (docs/costs.md)."""
    waiting = {name for name, access in STEP_ACCESS.items() if access.payments or access.shipping}
    assert waiting
    for name in (*STEP_ACCESS, "drive_order"):
        expected = 256 if name == "drive_order" or name in waiting else MEGABYTES
        assert dev.function(name).properties["MemorySize"] == expected, name


@pytest.mark.parametrize(
    ("handlers", "seconds"),
    [
        ({route.handler for route in ROUTE_ACCESS}, 10),
        (set(HANDLERS.values()), 15),
        ({"publish_changes"}, 60),
        ({"drive_order"}, 150),
        ({"make_thumbnails"}, 60),
        ({"sweep_images"}, 600),
    ],
    ids=["api", "saga", "publish_changes", "drive_order", "make_thumbnails", "sweep_images"],
)
def test_functions_have_the_time_outs_of_their_kind(handlers: set[str], seconds: int) -> None:
    # The routes of exports are deployed with mail only.
    dev = turned("dev", "mail")
    assert {dev.function(handler).properties["Timeout"] for handler in handlers} == {seconds}
