"""The command `replay`: sends archived events again to one rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ops.documents.logs import ReplayDocument
from ops.errors import CommandRefused
from ops.stage import Stage
from ordering.domain.clock import as_text

if TYPE_CHECKING:
    from types_boto3_events.type_defs import RuleTypeDef

# An event may take that long to reach the archive ("Archiving and replaying events in Amazon EventBridge").
_ARCHIVING = timedelta(minutes=10)


class Replay:
    """A replay of a period to one rule, ready to be started."""

    def __init__(self, stage: Stage, *, rule: str, start: datetime, end: datetime) -> None:
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
        self._start, self._end = start, end
        self._rule = self._found(rule)
        self._archive = self._archive_arn()
        self.is_fresh = end > now - _ARCHIVING
        """Whether some of the events may not have reached the archive yet."""

    @property
    def description(self) -> str:
        """What would be done, in a sentence."""
        about = self._rule.get("Description")
        return (
            f"Every event from {self._start.isoformat()} to {self._end.isoformat()} is sent again to the "
            f"rule {self._rule['Name']}{f' ({about})' if about else ''}, and to no other."
        )

    def document(self, name: str) -> ReplayDocument:
        """Returns the document of the replay that was started under this name."""
        return ReplayDocument(
            stage=self._stage.name,
            failures=[],
            replay=name,
            rule=self._rule["Name"],
            since=as_text(self._start),
            until=as_text(self._end),
            may_miss_latest=self.is_fresh,
        )

    def begin(self) -> str:
        """Start it; returns its name."""
        name = f"orders-{self._stage.name}-{datetime.now(UTC):%Y%m%dT%H%M%S}"
        self._stage.events.start_replay(
            ReplayName=name,
            Description=f"to {self._rule['Name']}"[:512],
            EventSourceArn=self._archive,
            EventStartTime=self._start,
            EventEndTime=self._end,
            Destination={"Arn": self._bus_arn(), "FilterArns": [self._rule["Arn"]]},
        )
        return name

    def _found(self, wanted: str) -> RuleTypeDef:
        """Returns the rule of that name, or the only one whose name contains it."""
        rules = [
            rule
            for page in self._stage.events.get_paginator("list_rules").paginate(EventBusName=self._bus)
            for rule in page["Rules"]
            # An archive has a rule that EventBridge manages.
            if not rule.get("ManagedBy")
        ]
        named = [rule for rule in rules if rule["Name"] == wanted]
        found = named or [rule for rule in rules if wanted.lower() in rule["Name"].lower()]
        if len(found) != 1:
            known = ", ".join(sorted(rule["Name"] for rule in rules)) or "none"
            many = "more than one rule is" if found else "no rule is"
            raise CommandRefused(f"{many} called {wanted}", f"name one of the bus's rules: {known}")
        return found[0]

    def _archive_arn(self) -> str:
        events = self._stage.events
        archives = events.list_archives(EventSourceArn=self._bus_arn())["Archives"]
        if not archives:
            raise CommandRefused(f"the bus {self._bus} has no archive", "deploy the events stack again")
        return events.describe_archive(ArchiveName=archives[0]["ArchiveName"])["ArchiveArn"]

    def _bus_arn(self) -> str:
        return self._stage.events.describe_event_bus(Name=self._bus)["Arn"]
