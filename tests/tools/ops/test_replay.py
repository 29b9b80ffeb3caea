"""`replay` sends the archived events of a period to one rule, and waits until it is done."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops.errors import CommandRefused
from ops.events import replay as replaying
from ops.events.archive import Archive
from ops.events.replay import Replay, ReplayTarget
from ops.stage import Stage
from tests.support.environment import ACCOUNT, REGION
from tests.tools.ops.deployed import BUS, Deployed

ARN = f"arn:aws:events:{REGION}:{ACCOUNT}"
NOON, ONE = "2026-01-01T12:00:00Z", "2026-01-01T13:00:00+00:00"
PERIOD = ("--from", NOON, "--to", ONE)
MAIL, SAGA = "orders-dev-mail-ToMail-1", "orders-dev-saga-OrderToDrive-1"


def archive_events(deployed: Deployed) -> None:
    """Add an archive to the stage, and two rules, of which one fills the queue of notify_customer."""
    for rule in (SAGA, MAIL):
        deployed.events.put_rule(
            Name=rule, EventBusName=BUS, EventPattern='{"source": ["orders"]}', Description=f"{rule}'s events"
        )
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:notifications"
    deployed.events.put_targets(Rule=MAIL, EventBusName=BUS, Targets=[{"Id": "queue", "Arn": queue}])
    deployed.events.create_archive(
        ArchiveName="archive", EventSourceArn=f"{ARN}:event-bus/{BUS}", RetentionDays=30
    )
    deployed.stacks["orders-dev-events"] |= {
        "EventArchiveName": "archive",
        "NotificationsConsumer": "notify_customer",
    }


@pytest.fixture
def archived(deployed: Deployed) -> Deployed:
    """A stage with an archive and two rules."""
    archive_events(deployed)
    return deployed


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The durations that the tool would have slept; nothing else takes time on its clock."""
    clock, naps = [0.0], []

    def sleep(seconds: float) -> None:
        naps.append(round(seconds, 3))
        clock[0] += seconds

    monkeypatch.setattr(replaying, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    return naps


def _replays(deployed: Deployed) -> list[dict[str, Any]]:
    names = [each["ReplayName"] for each in deployed.events.list_replays()["Replays"]]
    return [dict(deployed.events.describe_replay(ReplayName=name)) for name in names]


@pytest.mark.parametrize("to", [("--rule", "tomail"), ("--rule", MAIL), ("--consumer", "notify_customer")])
def test_replay_sends_events_to_one_rule_only(archived: Deployed, to: tuple[str, str]) -> None:
    ran = archived.ops("replay", *PERIOD, *to, "--yes")
    assert ran.status == 0
    assert "2026-01-01T12:00:00+00:00 to 2026-01-01T13:00:00+00:00" in ran.out
    assert f"the rule {MAIL} ({MAIL}'s events), and to no other" in ran.out
    (replay,) = _replays(archived)
    assert replay["EventSourceArn"].endswith(":archive/archive")
    assert replay["Destination"] == {
        "Arn": f"{ARN}:event-bus/{BUS}",
        "FilterArns": [f"{ARN}:rule/{BUS}/{MAIL}"],
    }
    assert replay["EventStartTime"] == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert replay["EventEndTime"] == datetime(2026, 1, 1, 13, tzinfo=UTC)
    assert f"replay {replay['ReplayName']} completed" in ran.out


def test_dry_run_replays_nothing_and_asks_nothing(archived: Deployed) -> None:
    ran = archived.ops("replay", *PERIOD, "--rule", "ToMail", "--dry-run")
    assert ran.status == 0
    assert "The archive has about 0 events" in ran.out
    assert _replays(archived) == []


def test_json_lists_the_replays_and_the_estimate(archived: Deployed) -> None:
    foreseen = json.loads(archived.ops("replay", *PERIOD, "--rule", "ToMail", "--dry-run", "--json").out)
    assert (foreseen["replays"], foreseen["archivedEvents"], foreseen["expectedEvents"]) == ([], 0, 0)
    done = json.loads(archived.ops("replay", *PERIOD, "--rule", "ToMail", "--yes", "--json").out)
    (replay,) = _replays(archived)
    assert done["replays"] == [
        {
            "replay": replay["ReplayName"],
            "since": "2026-01-01T12:00:00.000Z",
            "until": "2026-01-01T13:00:00.000Z",
            "state": "COMPLETED",
        }
    ]


@pytest.mark.slow
def test_replay_warns_of_events_that_are_too_new_or_too_old(archived: Deployed) -> None:
    new = "Events of the last ten minutes may not be in the archive yet"
    old = "Consumers skip events that are older than 14 days"
    both = archived.ops("replay", "--from", NOON, "--rule", "ToMail", "--dry-run").out
    assert (new in both, old in both) == (True, True)
    hours = [(datetime.now(UTC) - timedelta(hours=each)).isoformat() for each in (3, 2)]
    neither = archived.ops(
        "replay", "--from", hours[0], "--to", hours[1], "--rule", "ToMail", "--dry-run"
    ).out
    assert (new in neither, old in neither) == (False, False)


@pytest.mark.parametrize(("rule", "why"), [("nobody", "no rule is"), ("orders-dev", "more than one rule is")])
def test_replay_refuses_a_name_of_no_rule_or_several(archived: Deployed, rule: str, why: str) -> None:
    ran = archived.ops("replay", "--from", NOON, "--rule", rule, "--yes")
    assert ran.status == 1
    assert f"{why} called {rule}" in ran.err
    assert f"{MAIL}, {SAGA}" in ran.err
    assert _replays(archived) == []


def test_replay_refuses_a_consumer_that_the_stage_does_not_have(archived: Deployed) -> None:
    ran = archived.ops("replay", *PERIOD, "--consumer", "notify", "--yes")
    assert "no consumer is called notify" in ran.err
    assert "name one of the consumers: notify_customer" in ran.err
    archived.events.remove_targets(Rule=MAIL, EventBusName=BUS, Ids=["queue"])
    ran = archived.ops("replay", *PERIOD, "--consumer", "notify_customer", "--yes")
    assert "no rule fills the queue of notify_customer" in ran.err
    assert _replays(archived) == []


@pytest.mark.parametrize("to", [(), ("--rule", "ToMail", "--consumer", "notify_customer")])
def test_replay_needs_either_a_rule_or_a_consumer(archived: Deployed, to: tuple[str, ...]) -> None:
    ran = archived.ops("replay", *PERIOD, *to, "--yes")
    assert ran.status == 2
    assert "either --consumer FUNCTION or --rule RULE" in ran.err


@pytest.mark.slow
def test_replay_refuses_a_stage_without_an_archive(deployed: Deployed) -> None:
    deployed.events.put_rule(Name="only", EventBusName=BUS, EventPattern='{"source": ["orders"]}')
    ran = deployed.ops("replay", "--from", NOON, "--rule", "only", "--yes")
    assert ran.status == 1
    assert "stage dev has no archive of its events" in ran.err
    assert "event_archive_days" in ran.err


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


def test_replay_asks_first(archived: Deployed) -> None:
    assert archived.ops("replay", "--from", NOON, "--rule", "ToMail").status == 1
    assert _replays(archived) == []


def test_the_local_engine_keeps_no_archive() -> None:
    local = Stage("local", "http://127.0.0.1:4566", {})
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(CommandRefused, match="the local engine keeps no archive"):
        Replay(local, to=ReplayTarget(rule="ToMail"), start=long_ago, end=long_ago + timedelta(hours=1))


class FakeEvents:
    """EventBridge with an archive of so many events in ten days, whose replays end as a test says."""

    class exceptions:
        class LimitExceededException(ClientError):
            pass

    def __init__(self) -> None:
        self.archived = 1_000_000
        self.started: list[tuple[datetime, datetime]] = []
        self.states: list[dict[str, Any]] = []
        self.active = 0

    def describe_event_bus(self, Name: str) -> Any:
        return {"Arn": f"{ARN}:event-bus/{Name}"}

    def get_paginator(self, operation: str) -> Any:
        rule = {"Name": MAIL, "Arn": f"{ARN}:rule/{MAIL}"}
        managed = {"Name": f"Events-Archive-{MAIL}", "Arn": "managed", "ManagedBy": "prod.vhs.events.aws"}
        return SimpleNamespace(paginate=lambda **asked: [{"Rules": [managed, rule]}])

    def describe_archive(self, ArchiveName: str) -> Any:
        created = datetime.now(UTC) - timedelta(days=10)
        return {
            "ArchiveArn": f"{ARN}:archive/{ArchiveName}",
            "State": "ENABLED",
            "EventCount": self.archived,
            "CreationTime": created,
            "RetentionDays": 30,
        }

    def start_replay(self, EventStartTime: datetime, EventEndTime: datetime, **more: Any) -> None:
        if self.active == 10:
            raise self.exceptions.LimitExceededException({"Error": {}}, "StartReplay")
        self.started.append((EventStartTime, EventEndTime))

    def describe_replay(self, ReplayName: str) -> Any:
        return self.states.pop(0) if self.states else {"State": "COMPLETED"}


@pytest.fixture
def events() -> FakeEvents:
    return FakeEvents()


@pytest.fixture
def replay(events: FakeEvents, slept: list[float]) -> Callable[..., Replay]:
    """Returns a replay of the hour before yesterday's, to the rule of the mail."""
    stage = Stage("prod", "account 1", {"EventBusName": BUS, "EventArchiveName": "archive"})
    # A cached property, in place of the client that it would create.
    stage.__dict__["events"] = events
    end = datetime.now(UTC) - timedelta(days=1)
    return lambda: Replay(stage, to=ReplayTarget(rule="ToMail"), start=end - timedelta(hours=1), end=end)


def test_estimate_spreads_the_count_of_the_archive_evenly(replay: Callable[..., Replay]) -> None:
    """ "EventCount ... [has] a reconciliation period of 24 hours" (Archiving and replaying events in Amazon
    EventBridge): only all events together are counted."""
    prepared = replay()
    assert prepared.expected == pytest.approx(1_000_000 / 240, rel=0.01)
    note = next(prepared.notes)
    assert "about 1000000 events of 10 days; AWS counts them a day late" in note
    assert f"about {prepared.expected} are of this period" in note


def test_estimate_counts_no_event_of_before_the_archive_or_its_retention() -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    archive = Archive("arn", events=300, oldest=now - timedelta(days=30), read=now)
    day = timedelta(days=1)
    assert archive.events_between(now - 40 * day, now - 35 * day) == 0
    assert archive.events_between(now - 40 * day, now - 29 * day) == pytest.approx(10)
    assert archive.events_between(now - 2 * day, now) == pytest.approx(20)
    # Of an archive that was created a moment ago.
    assert Archive("arn", events=5, oldest=now, read=now).events_between(now - day, now) == 0


def test_replay_is_followed_until_it_ends(
    replay: Callable[..., Replay], events: FakeEvents, slept: list[float]
) -> None:
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    running = {"State": "RUNNING", "EventLastReplayedTime": at}
    events.states += [{"State": "STARTING"}, running, running, {"State": "COMPLETED"}]
    said: list[str] = []
    replay().run(None, said.append)
    assert [line.rpartition(" ")[2] for line in said[1:]] == ["2026-11-21T12:00:00.000Z", "completed"]
    assert slept == [5.0, 5.0, 5.0]


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_replay_that_does_not_complete_says_where_to_continue(
    replay: Callable[..., Replay], events: FakeEvents, state: str
) -> None:
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    events.states += [{"State": state, "StateReason": "the bus is gone", "EventLastReplayedTime": at}]
    with pytest.raises(CommandRefused, match=f"is {state}: the bus is gone") as refused:
        replay().run(None, lambda line: None)
    assert "use --from 2026-11-21T12:00:00.000Z" in refused.value.remedy


def test_eleventh_active_replay_is_refused_with_what_to_do(
    replay: Callable[..., Replay], events: FakeEvents
) -> None:
    """ "You can have a maximum of 10 active concurrent replays per account per AWS Region" (Replaying
    archived Amazon EventBridge events)."""
    events.active = 10
    with pytest.raises(CommandRefused, match="ten replays of this account are active") as refused:
        replay().run(None, lambda line: None)
    assert "list-replays --state RUNNING" in refused.value.remedy


def test_replay_without_a_rate_is_one_replay(replay: Callable[..., Replay], events: FakeEvents) -> None:
    replay().run(None, lambda line: None)
    ((start, end),) = events.started
    assert end - start == timedelta(hours=1)


def test_rate_replays_the_period_part_by_part(
    replay: Callable[..., Replay], events: FakeEvents, slept: list[float]
) -> None:
    """About 4167 events: 600 a minute are seven parts, each of which waits for a minute."""
    prepared = replay()
    prepared.run(10.0, lambda line: None)
    assert len(events.started) == 7
    assert sum(slept) == pytest.approx(6 * 60, rel=0.01)
    for (_, end), (start, _) in zip(events.started, events.started[1:], strict=False):
        assert start == end
    assert len(prepared.document().replays) == 7
    period = events.started[-1][1] - events.started[0][0]
    assert period == timedelta(hours=1)


def test_parts_are_not_shorter_than_the_minute_in_which_eventbridge_replays(
    replay: Callable[..., Replay], events: FakeEvents, slept: list[float]
) -> None:
    """ "A replay processes events ... using 1 minute intervals" (StartReplay)."""
    replay().run(0.5, lambda line: None)
    assert len(events.started) == 60
    assert {end - start for start, end in events.started} == {timedelta(minutes=1)}
    # 69 events a minute, at one in two seconds.
    assert sum(slept) == pytest.approx(59 * 139, rel=0.01)


@pytest.mark.parametrize(
    ("archived", "parts"), [(10, 1), (10_000, 1), (1_000_000, 4), (100_000_000, 60), (10_000_000_000, 60)]
)
def test_replay_makes_as_many_calls_as_its_period_has_minutes_at_most(
    replay: Callable[..., Replay], events: FakeEvents, archived: int, parts: int
) -> None:
    """The command reads no event: EventBridge does. Each part is a minute or longer."""
    events.archived = archived
    replay().run(20, lambda text: None)
    assert len(events.started) == parts
    events.started.clear()
    replay().run(None, lambda text: None)
    assert len(events.started) == 1
