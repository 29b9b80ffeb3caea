"""`replay` sends the archived events of a period to one rule."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.errors import CommandRefused
from ops.replay import Replay
from ops.stage import Stage
from tests.support.environment import ACCOUNT, REGION
from tests.tools.ops.deployed import BUS, Deployed

ARN = f"arn:aws:events:{REGION}:{ACCOUNT}"
NOON, ONE = "2026-01-01T12:00:00Z", "2026-01-01T13:00:00+00:00"


@pytest.fixture
def archived(deployed: Deployed) -> Deployed:
    """A stage with an archive and two rules."""
    for rule in ("orders-dev-saga-OrderToDrive-1", "orders-dev-mail-ToMail-1"):
        deployed.events.put_rule(
            Name=rule, EventBusName=BUS, EventPattern='{"source": ["orders"]}', Description=f"{rule}'s events"
        )
    deployed.events.create_archive(ArchiveName="archive", EventSourceArn=f"{ARN}:event-bus/{BUS}")
    return deployed


def _replays(deployed: Deployed) -> list[str]:
    return [each["ReplayName"] for each in deployed.events.list_replays()["Replays"]]


def test_replay_sends_events_to_one_rule_only(archived: Deployed) -> None:
    ran = archived.ops("replay", "--from", NOON, "--to", ONE, "--rule", "tomail", "--yes")
    assert ran.status == 0
    assert "2026-01-01T12:00:00+00:00 to 2026-01-01T13:00:00+00:00" in ran.out
    assert "the rule orders-dev-mail-ToMail-1 (orders-dev-mail-ToMail-1's events), and to no other" in ran.out
    (name,) = _replays(archived)
    assert f"aws events describe-replay --replay-name {name}" in ran.out
    replay = archived.events.describe_replay(ReplayName=name)
    assert replay["EventSourceArn"].endswith(":archive/archive")
    assert replay["Destination"] == {
        "Arn": f"{ARN}:event-bus/{BUS}",
        "FilterArns": [f"{ARN}:rule/{BUS}/orders-dev-mail-ToMail-1"],
    }
    assert replay["EventStartTime"] == datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.slow
def test_replay_warns_that_recent_events_may_not_be_archived(archived: Deployed) -> None:
    ran = archived.ops("replay", "--from", NOON, "--rule", "ToMail", "--yes")
    assert "Events of the last ten minutes may not be in the archive yet" in ran.out
    assert "may not be in the archive" not in (
        archived.ops("replay", "--from", NOON, "--to", ONE, "--rule", "ToMail", "--yes").out
    )


@pytest.mark.parametrize(("rule", "why"), [("nobody", "no rule is"), ("orders-dev", "more than one rule is")])
def test_replay_refuses_a_name_of_no_rule_or_several(archived: Deployed, rule: str, why: str) -> None:
    ran = archived.ops("replay", "--from", NOON, "--rule", rule, "--yes")
    assert ran.status == 1
    assert f"{why} called {rule}" in ran.err
    assert "orders-dev-mail-ToMail-1, orders-dev-saga-OrderToDrive-1" in ran.err
    assert _replays(archived) == []


def test_replay_refuses_a_bus_without_an_archive(deployed: Deployed) -> None:
    deployed.events.put_rule(Name="only", EventBusName=BUS, EventPattern='{"source": ["orders"]}')
    ran = deployed.ops("replay", "--from", NOON, "--rule", "only", "--yes")
    assert ran.status == 1
    assert "has no archive" in ran.err


def test_replay_refuses_times_in_the_wrong_order_or_the_future(archived: Deployed) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    backwards = archived.ops("replay", "--from", ONE, "--to", NOON, "--rule", "ToMail", "--yes")
    future = archived.ops("replay", "--from", NOON, "--to", tomorrow, "--rule", "ToMail", "--yes")
    assert (backwards.status, future.status) == (1, 1)
    assert "is not before" in backwards.err
    assert "is in the future" in future.err


@pytest.mark.parametrize("time", ["noon", "2026-01-01T12:00:00", "2026-13-01"])
def test_replay_refuses_a_time_without_an_offset(archived: Deployed, time: str) -> None:
    assert archived.ops("replay", "--from", time, "--rule", "ToMail").status == 2


def test_it_asks_first(archived: Deployed) -> None:
    assert archived.ops("replay", "--from", NOON, "--rule", "ToMail").status == 1
    assert _replays(archived) == []


def test_the_local_engine_keeps_no_archive() -> None:
    local = Stage("local", "http://127.0.0.1:4566", {})
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(CommandRefused, match="the local engine keeps no archive"):
        Replay(local, rule="ToMail", start=long_ago, end=long_ago + timedelta(hours=1))
