"""Provisioned concurrency, SnapStart and reserved concurrency are set by function, and off by default."""

import pytest

from stacks.settings import FAST_START_FUNCTIONS, STAGES
from tests.infra.switches import turned
from tests.synth import Json, Synthesised
from tools.costs.idle_costs import idle_costs


def _function(app: Synthesised, handler: str) -> Json:
    return app.function(handler).properties


def _alias(app: Synthesised, handler: str) -> Json:
    (alias,) = (
        r.properties
        for r in app.resources("AWS::Lambda::Alias")
        if r.properties["FunctionName"] == {"Ref": app.function(handler).id}
    )
    return alias


def _costs(app: Synthesised) -> dict[str, tuple[int, float]]:
    return idle_costs(resource.body for resource in app.resources())


def test_no_stage_pays_for_fast_starts_or_reserves_concurrency_by_default(app: Synthesised) -> None:
    for function in app.functions():
        assert function.properties.get("SnapStart", {}).get("ApplyOn", "None") == "None", function.id
        assert "ReservedConcurrentExecutions" not in function.properties
    for alias in app.resources("AWS::Lambda::Alias"):
        assert "ProvisionedConcurrencyConfig" not in alias.properties
    assert not [reason for reason in _costs(app) if "snapshot" in reason or "provisioned" in reason]


def test_provisioned_concurrency_belongs_to_the_alias_that_is_called() -> None:
    app = turned("dev", "provisioned")
    assert _alias(app, "place_order")["ProvisionedConcurrencyConfig"] == {
        "ProvisionedConcurrentExecutions": 2
    }
    assert _alias(app, "get_order")["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 1}
    assert "ProvisionedConcurrencyConfig" not in _alias(app, "cancel_order")


def test_each_environment_of_provisioned_concurrency_has_its_price() -> None:
    count, dollars = _costs(turned("dev", "provisioned"))["an environment of provisioned concurrency"]
    assert count == 3
    assert dollars == pytest.approx(3 * 4.32, abs=0.01)


def test_snapshot_is_made_of_published_versions_and_has_its_price() -> None:
    app = turned("dev", "snapshots")
    for handler in ("place_order", "cancel_order"):
        assert _function(app, handler)["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    count, dollars = _costs(app)["a function's snapshot, without its restores"]
    assert count == 2
    assert dollars == pytest.approx(2 * 1.95, abs=0.01)


def test_turning_snapshots_off_is_written_into_the_template() -> None:
    """Lambda keeps what an update does not name ("UpdateFunctionConfiguration")."""
    app = turned("dev", "as it is")
    for handler in FAST_START_FUNCTIONS:
        if handler != "authorise_request":
            assert _function(app, handler)["SnapStart"] == {"ApplyOn": "None"}


def test_reserved_concurrency_limits_one_route_and_explains_no_exception() -> None:
    app = turned("dev", "reserved")
    assert _function(app, "list_products")["ReservedConcurrentExecutions"] == 20
    reserving = [f.id for f in app.functions() if "ReservedConcurrentExecutions" in f.properties]
    assert reserving == [app.function("list_products").id]
    skipped = app.function("list_products").body["Metadata"]["checkov"]["skip"]
    assert "CKV_AWS_115" not in {each["id"] for each in skipped}


def test_local_stage_uses_none_of_these_settings() -> None:
    local = STAGES["local"]
    assert (local.gradual_minutes, local.provisioned_concurrency, local.snap_start) == (None, {}, ())
