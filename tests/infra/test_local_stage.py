"""The local stage is sized by its host: the engine and all functions share its cores."""

import pytest

from local.deploy import cores
from stacks.settings import STAGES, settings_for
from tests.synth import synthesised

ISSUER = "http://127.0.0.1:1"


@pytest.mark.parametrize(("of_host", "batch"), [(1, 1), (2, 1), (4, 2), (8, 4), (16, 8), (128, 10)])
def test_as_many_orders_are_driven_at_once_as_there_are_cores(of_host: int, batch: int) -> None:
    settings = settings_for("local", ISSUER, cores=of_host)
    # Two is the least that an event source can be told.
    assert (settings.max_concurrent_drivers, settings.orders_in_batch) == (2, batch)


def test_host_of_unknown_size_is_treated_as_small() -> None:
    assert settings_for("local", ISSUER).orders_in_batch == 2


def test_only_the_local_stage_is_sized_by_a_host() -> None:
    assert {stage for stage, settings in STAGES.items() if settings != settings_for_aws(stage)} == {"local"}


def settings_for_aws(stage: str) -> object:
    """The settings of a stage, on a host of many cores."""
    return settings_for(stage, ISSUER if stage == "local" else None, cores=64)


def test_this_host_has_cores() -> None:
    assert cores() >= 1


def test_longer_step_time_applies_to_its_function_and_calls() -> None:
    local, dev = synthesised("local"), synthesised("dev")
    steps = {app.settings.stage: app.function("load_order").properties for app in (local, dev)}
    assert (steps["local"]["Timeout"], steps["dev"]["Timeout"]) == (30, 15)
    variables = steps["local"]["Environment"]["Variables"]
    assert 1 < int(variables["CALL_READ_SECONDS"]) < 30
    assert "CALL_READ_SECONDS" not in steps["dev"]["Environment"]["Variables"]
