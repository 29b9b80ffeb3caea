"""Orders and logs with unexpected content: it is escaped, and none of them hides another."""

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ordering.domain.operator_text import age, in_short
from ordering.repositories.keys import order_keys
from tests.support import hostile
from tests.support.orders import an_order, overwrite
from tests.tools.ops.deployed import Deployed

OBEYED = set("\x1b\x07\x85\x9b\u2028\u202e\u2066")
FORGED = "oh\x1b[2J\u202e\x9b31m\u2028\x85\x072026-11-21 forged"


@pytest.mark.slow
def test_control_characters_of_an_order_are_escaped(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    deployed.fault(order_id, FORGED)
    deployed.dead(order_id)
    deployed.park(order_id)
    shown = deployed.ops("show", order_id)
    assert r"oh\x1b[2J\u202e\x9b31m" in shown.out
    for ran in (
        shown,
        deployed.ops("dlq"),
        deployed.ops("parked"),
        deployed.ops("open"),
        deployed.ops("unpark", order_id, "--yes"),
    ):
        assert ran.status == 0
        assert not OBEYED & set(ran.out)


def test_control_characters_of_a_log_line_are_escaped(deployed: Deployed) -> None:
    deployed.wrote("DriveOrder", _now(), level="ERROR", message=FORGED)
    out = deployed.ops("log", "drive_order").out
    assert not OBEYED & set(out)
    assert r"ERROR oh\x1b[2J\u202e" in out


@pytest.mark.parametrize(
    "line", ["[" * 3000, '{"message":' * 3000, "no JSON", '{"message": {"a": [1]}}', "\ud7ff\uffff", "{}"]
)
def test_no_line_of_a_log_hides_another(deployed: Deployed, line: str) -> None:
    deployed.wrote("DriveOrder", _now(), level="INFO", message="driven")
    _write(deployed, line)
    ran = deployed.ops("log", "drive_order")
    assert ran.status == 0
    assert "INFO driven" in ran.out


def test_multi_line_log_text_cannot_forge_a_log_line(deployed: Deployed) -> None:
    _write(deployed, "Traceback\n12:00 DriveOrder: forged")
    first, second = deployed.ops("log", "drive_order").out.splitlines()
    assert first.endswith("Traceback")
    assert second == "    | 12:00 DriveOrder: forged"


@pytest.mark.parametrize("moment", ["yesterday", "", "0001-01-01T00:00:00+14:00", "2024-11-22T18:00:11"])
def test_order_with_an_invalid_time_hides_no_other(deployed: Deployed, moment: str) -> None:
    odd, other = an_order(deployed.world), deployed.world.place_order()
    overwrite(deployed.world, order_keys.order(odd), updatedAt=moment, createdAt=moment)
    listed = deployed.ops("open")
    assert listed.status == 0
    assert odd in listed.out
    assert other in listed.out
    shown = deployed.ops("show", odd)
    assert shown.status in (0, 1)
    assert "Traceback" not in shown.err
    if shown.status:
        assert "a format that this release does not know" in shown.err


@pytest.mark.slow
def test_id_that_no_order_can_have_is_reported_as_not_found(deployed: Deployed) -> None:
    for command in ("show", "drive", "unpark"):
        ran = deployed.ops(command, "x" * 4000)
        assert (ran.status, "has no order" in ran.err) == (1, True)
        assert not OBEYED & set(deployed.ops(command, FORGED).err)


@given(
    cause=st.one_of(
        hostile.long_texts, hostile.texts.map(lambda text: f'FAILED: A: {{"errorMessage": "{text}')
    )
)
def test_shortened_cause_has_at_most_240_characters(cause: str) -> None:
    assert len(in_short(cause)) <= 240


@pytest.mark.parametrize("said", [r"bad \x escape", r"half \u12", r"\ud800", "\x00"])
def test_cause_with_invalid_json_is_shown_unchanged(said: str) -> None:
    assert in_short(f'FAILED: Oh: {{"errorMessage": "{said}"}}').startswith("FAILED: Oh: ")


@given(moment=hostile.times)
def test_any_text_has_an_age(moment: str) -> None:
    assert age(moment)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spoilt=st.dictionaries(
        st.sampled_from(
            ["fault", "history", "reason", "customerId", "lines", "updatedAt", "total", "version"]
        ),
        st.one_of(hostile.texts, st.integers(-5, 5), st.none(), st.just([]), st.just({})),
        min_size=1,
    )
)
def test_no_order_stops_the_tool(deployed: Deployed, spoilt: dict[str, Any]) -> None:
    order_id = an_order(deployed.world) if not deployed.world.items() else _first(deployed)
    before = deployed.world.table.get(order_keys.order(order_id))
    assert before
    overwrite(deployed.world, order_keys.order(order_id), **spoilt)
    for command in (("show", order_id, "--no-log"), ("open",), ("drive", order_id, "--yes")):
        ran = deployed.ops(*command)
        assert ran.status in (0, 1)
        assert all(line.isprintable() for line in (ran.out + ran.err).splitlines())
    overwrite(deployed.world, order_keys.order(order_id), **{name: before.get(name) for name in spoilt})


def _first(deployed: Deployed) -> str:
    return next(str(item["orderId"]) for item in deployed.world.items() if item["SK"] == "ORDER")


def _now() -> int:
    return int(time.time() * 1000)


def _write(deployed: Deployed, text: str) -> None:
    group = "orders-dev-saga-DriveOrderLogs0A1B2C3D-x"
    deployed.logs.create_log_stream(logGroupName=group, logStreamName="odd")
    deployed.logs.put_log_events(
        logGroupName=group, logStreamName="odd", logEvents=[{"timestamp": _now(), "message": text}]
    )
