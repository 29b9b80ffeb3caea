"""The archive of the bus: which events it keeps, and about how many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from ops.errors import CommandRefused
from ops.stage import Stage

_USABLE = ("ENABLED", "UPDATING")


@dataclass(frozen=True)
class Archive:
    """What EventBridge says about an archive."""

    arn: str
    events: int
    """How many events it contains, with a delay of a day (DescribeArchive, EventCount)."""
    oldest: datetime
    """No event in it is older."""
    read: datetime

    @classmethod
    def of(cls, stage: Stage) -> Self:
        """Returns the archive of a stage. Raises CommandRefused where there is none."""
        if "EventArchiveName" not in stage.outputs:
            raise CommandRefused(
                f"stage {stage.name} has no archive of its events",
                "set event_archive_days in stacks/settings/stages.py and deploy: "
                "it keeps events from then on",
            )
        found = stage.events.describe_archive(ArchiveName=stage.outputs["EventArchiveName"])
        if found["State"] not in _USABLE:
            raise CommandRefused(
                f"the archive is {found['State']}: {found.get('StateReason', 'without a reason')}",
                "deploy the events stack again",
            )
        now = datetime.now(UTC)
        return cls(
            arn=found["ArchiveArn"],
            events=found["EventCount"],
            oldest=max(found["CreationTime"], now - timedelta(days=found["RetentionDays"])),
            read=now,
        )

    @property
    def days(self) -> int:
        """The days of which it has events."""
        return max(1, round((self.read - self.oldest) / timedelta(days=1)))

    def events_between(self, start: datetime, end: datetime) -> float:
        """Returns about how many events a period has, if they are spread evenly: AWS counts all together."""
        kept = max(timedelta(days=1), self.read - self.oldest)
        covered = min(end, self.read) - max(start, self.oldest)
        return self.events * max(0.0, covered / kept)
