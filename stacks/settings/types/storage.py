"""How the table is sized, backed up, restored and encrypted."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class WarmThroughput:
    """The throughput that the table and its indexes of orders can serve at once, without earlier traffic.

    It is a minimum: DynamoDB raises it further with traffic. AWS bills a higher value once, and cannot lower
    it ("Understanding DynamoDB warm throughput"), so a later setting must not be lower than an earlier one.
    """

    read_units_per_second: int
    write_units_per_second: int

    def __str__(self) -> str:
        """Returns both, as the output of the data stack has them."""
        return f"{self.read_units_per_second} reads, {self.write_units_per_second} writes"


class BackupEvery(StrEnum):
    """How often AWS Backup copies the table."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Backups:
    """Backups of the table by AWS Backup, beside its point-in-time recovery, which reaches back 35 days.

    Each backup is a whole copy of the table and is billed as such until it is deleted.
    """

    every: BackupEvery
    keep_days: int
    """After how many days a backup is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerKey:
    """A key of this account in AWS KMS that encrypts what the stage stores, in place of the keys of AWS.

    A stage that is deployed already is switched over in two deployments, and so is a key that is replaced
    (docs/deploying.md): first with `new_data=False`, which gives every role the permission to use the keys,
    then without it.
    """

    new_data: bool = True
    """Whether new data is encrypted with the key. False: with keys of AWS, but old data stays readable."""
    numbers: tuple[int, ...] = (1,)
    """The keys of the stage. The last one encrypts new data; data of the others stays readable."""


@dataclass(frozen=True, slots=True)
class RestoredTable:
    """A table that was restored from a backup and takes the place of the data stack's (docs/restore.md)."""

    stream_arn: str
    """The ARN of its stream, which also names the table: `arn:...:table/<name>/stream/<time>`."""

    @property
    def table_arn(self) -> str:
        """The ARN of the table."""
        return self.stream_arn.partition("/stream/")[0]
