"""The command `replay`: sends archived events again to one rule."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ops.documents.logs import ReplayDocument, ReplayPart
from ops.errors import CommandRefused
from ops.events.archive import Archive
from ops.stage import Stage
from ordering.domain.clock import as_text
from ordering.repositories.processed_events import OLDEST_EVENT

if TYPE_CHECKING:
    from types_boto3_events.type_defs import RuleTypeDef

# An event may take that long to reach the archive ("Archiving and replaying events in Amazon EventBridge").
_ARCHIVING = timedelta(minutes=10)
# "StartReplay": events are replayed minute by minute. A shorter part of the period would gain nothing.
_SHORTEST_PART = timedelta(minutes=1)
_POLL_SECONDS = 5.0
_ENDED = ("COMPLETED", "CANCELLED", "FAILED")


@dataclass(frozen=True)
class ReplayTarget:
    """Which rule receives the events: by its name, or by the consumer whose queue it fills."""

    rule: str | None = None
    consumer: str | None = None


class Replay:
    """A replay of a period to one rule, ready to be started."""

    def __init__(self, stage: Stage, *, to: ReplayTarget, start: datetime, end: datetime) -> None:
        """Raises CommandRefused if there is no archive, no such rule, or if the period is not valid."""
        if stage.is_local:
            raise CommandRefused(
                "the local engine keeps no archive of events",
                "to drive an order again, use `drive`; a replay can be tried in stage dev",
            )
        now = datetime.now(UTC)
        if start >= end:
            raise CommandRefused(
                f"--from {start.isoformat()} is not before --to {end.isoformat()}", "swap them"
            )
        if end > now:
            raise CommandRefused(
                f"--to {end.isoformat()} is in the future", "leave it out: the default is now"
            )
        self._stage = stage
        self._bus = stage.output("EventBusName")
        self._bus_arn = stage.events.describe_event_bus(Name=self._bus)["Arn"]
        self._start, self._end = start, end
        self._rule = self._of_consumer(to.consumer) if to.consumer else self._found(to.rule or "")
        self._archive = Archive.of(stage)
        self._parts: list[ReplayPart] = []
        self.is_fresh = end > now - _ARCHIVING
        """Whether some of the events may not have reached the archive yet."""
        self.is_old = start < now - OLDEST_EVENT
        """Whether some of the events are so old that consumers skip them."""

    @property
    def description(self) -> str:
        """What would be done, in a sentence."""
        about = self._rule.get("Description")
        return (
            f"Every event from {self._start.isoformat()} to {self._end.isoformat()} is sent again to the "
            f"rule {self._rule['Name']}{f' ({about})' if about else ''}, and to no other."
        )

    @property
    def expected(self) -> int:
        """About how many events of all types the period has, if they are spread evenly over the archive."""
        return round(self._archive.events_between(self._start, self._end))

    @property
    def notes(self) -> Iterator[str]:
        """What an operator must know before."""
        archive = self._archive
        yield (
            f"The archive has about {archive.events} events of {archive.days} days; AWS counts them a day "
            f"late. If they are spread evenly, about {self.expected} are of this period. The rule receives "
            "those that match its pattern."
        )
        if self.is_fresh:
            yield "Events of the last ten minutes may not be in the archive yet: replay missing ones later."
        if self.is_old:
            yield f"Consumers skip events that are older than {OLDEST_EVENT.days} days."

    def document(self) -> ReplayDocument:
        """Returns the document of what was replayed so far."""
        return ReplayDocument(
            stage=self._stage.name,
            failures=[],
            rule=self._rule["Name"],
            since=as_text(self._start),
            until=as_text(self._end),
            may_miss_latest=self.is_fresh,
            archived_events=self._archive.events,
            expected_events=self.expected,
            replays=self._parts,
        )

    def run(self, per_second: float | None, say: Callable[[str], None]) -> None:
        """Replay the period, and wait until it is done; ``say`` is called with the state of each replay.

        EventBridge replays as fast as it publishes. With ``per_second``, the period is replayed part by part,
        and each part waits until the events before it have had their time at this rate, by the estimate.
        Raises CommandRefused when a replay fails or cannot be started.
        """
        begun, allowed = time.monotonic(), 0.0
        for start, end in self._slices(per_second):
            if (early := begun + allowed - time.monotonic()) > 0:
                time.sleep(early)
            self._replay(start, end, say)
            allowed += self._archive.events_between(start, end) / per_second if per_second else 0.0

    def _slices(self, per_second: float | None) -> Iterator[tuple[datetime, datetime]]:
        """Yields the parts of the period, each with as many events as the rate allows in a minute."""
        length = self._end - self._start
        if per_second and self.expected > 60 * per_second:
            length = max(_SHORTEST_PART, length * (60 * per_second / self.expected))
        start = self._start
        while start < self._end:
            end = min(start + length, self._end)
            yield start, end
            start = end

    def _replay(self, start: datetime, end: datetime, say: Callable[[str], None]) -> None:
        events = self._stage.events
        name = f"orders-{self._stage.name}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        try:
            events.start_replay(
                ReplayName=name,
                Description=f"to {self._rule['Name']}"[:512],
                EventSourceArn=self._archive.arn,
                EventStartTime=start,
                EventEndTime=end,
                Destination={"Arn": self._bus_arn, "FilterArns": [self._rule["Arn"]]},
            )
        except events.exceptions.LimitExceededException:
            # "Replaying archived Amazon EventBridge events": ten active replays of an account and a Region.
            raise CommandRefused(
                f"events since {as_text(start)} are not replayed: ten replays of this account are active",
                f"wait for one to end (aws events list-replays --state RUNNING), use --from {as_text(start)}",
            ) from None
        say(f"replay {name} started; to end it early: aws events cancel-replay --replay-name {name}")
        state, why, reached = self._ended(name, say)
        self._parts.append(ReplayPart(name, as_text(start), as_text(end), state))
        if state != "COMPLETED":
            last = as_text(reached or start)
            raise CommandRefused(
                f"replay {name} is {state}{f': {why}' if why else ''}",
                f"fix the cause, then use --from {last}; consumers recognise events that they have handled",
            )
        say(f"replay {name} completed")

    def _ended(self, name: str, say: Callable[[str], None]) -> tuple[str, str, datetime | None]:
        """Wait until a replay ends; returns its state, the reason, and the time of its last event."""
        said: datetime | None = None
        while True:
            now = self._stage.events.describe_replay(ReplayName=name)
            reached: datetime | None = now.get("EventLastReplayedTime")
            if now["State"] in _ENDED:
                return now["State"], now.get("StateReason", ""), reached
            if reached is not None and reached != said:
                said = reached
                say(f"replay {name} has reached {as_text(reached)}")
            time.sleep(_POLL_SECONDS)

    def _rules(self) -> list[RuleTypeDef]:
        return [
            rule
            for page in self._stage.events.get_paginator("list_rules").paginate(EventBusName=self._bus)
            for rule in page["Rules"]
            # An archive has a rule that EventBridge manages.
            if not rule.get("ManagedBy")
        ]

    def _found(self, wanted: str) -> RuleTypeDef:
        """Returns the rule of that name, or the only one whose name contains it."""
        rules = self._rules()
        named = [rule for rule in rules if rule["Name"] == wanted]
        found = named or [rule for rule in rules if wanted.lower() in rule["Name"].lower()]
        if len(found) != 1:
            known = ", ".join(sorted(rule["Name"] for rule in rules)) or "none"
            many = "more than one rule is" if found else "no rule is"
            raise CommandRefused(f"{many} called {wanted}", f"name one of the bus's rules: {known}")
        return found[0]

    def _of_consumer(self, wanted: str) -> RuleTypeDef:
        """Returns the rule that fills the queue of a consumer, which the stage's outputs name."""
        consumers = {
            handler: output.removesuffix("Consumer")
            for output, handler in self._stage.outputs.items()
            if output.endswith("Consumer")
        }
        if wanted not in consumers:
            known = ", ".join(sorted(consumers)) or "none"
            raise CommandRefused(f"no consumer is called {wanted}", f"name one of the consumers: {known}")
        queue = self._stage.output(f"{consumers[wanted]}QueueUrl").rpartition("/")[2]
        _, partition, _, region, account, _ = self._bus_arn.split(":", 5)
        names = self._stage.events.list_rule_names_by_target(
            TargetArn=f"arn:{partition}:sqs:{region}:{account}:{queue}", EventBusName=self._bus
        )["RuleNames"]
        for rule in self._rules():
            if rule["Name"] in names:
                return rule
        raise CommandRefused(f"no rule fills the queue of {wanted}", "deploy the stack of the consumer again")
