"""A shop that reports its sales: what is sold on which day, the reports, their files and mails."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import boto3

from ordering.domain.events.envelope import Event
from ordering.domain.order import Order, OrderLine
from tests.handlers.sales.counted_shop import CountedShop, category_line
from tests.support.environment import REGION, REPORTS_BUCKET, TIME_ZONE
from tests.support.ses import SesEmail, prove_sender, sent
from tests.support.world import invoke

DAY = date(2026, 11, 27)
SCHEDULED = "2026-11-28T05:00:00Z"
"""When the schedule runs on the day after, at six o'clock in Berlin."""


@dataclass
class ReportingShop:
    """The shop. Its clock stands at a minute after the scheduled time, unless a test is on another day."""

    counted: CountedShop

    def prepare(self) -> None:
        """Create the bucket, verify the sender, and go to the morning after `DAY`."""
        boto3.client("s3").create_bucket(
            Bucket=REPORTS_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        prove_sender()
        self.counted.clock.present = datetime(2026, 11, 28, 5, 1, tzinfo=UTC)

    @contextmanager
    def on(self, day: date, at: time = time(12), zone: str = TIME_ZONE) -> Iterator[None]:
        """Let the block happen at a time of a day of the shop."""
        before = self.counted.clock.present
        self.counted.clock.present = datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
        yield
        self.counted.clock.present = before

    def sell(self, *lines: OrderLine, day: date = DAY, currency: str = "EUR") -> tuple[Order, Event]:
        """Sell on a day, and count it; a red mug by default."""
        with self.on(day):
            sold = self.counted.sell(*(lines or (category_line("MUG-RED", "mugs"),)), currency=currency)
            self.counted.deliver(sold[1])
            return sold

    def report(self, day: date | None = DAY) -> dict[str, Any]:
        """Make the report of a day as an operator does; None: as the schedule does."""
        event = {"day": day.isoformat()} if day else {"scheduledAt": SCHEDULED}
        made: dict[str, Any] = invoke("scheduled.make_daily_report", event)
        return made

    def next_morning(self) -> None:
        """Go to the next day."""
        self.counted.clock.present += timedelta(days=1)


def files() -> Mapping[str, bytes]:
    """Returns the files in the bucket by their keys."""
    s3 = boto3.client("s3")
    listed = s3.list_objects_v2(Bucket=REPORTS_BUCKET).get("Contents", [])
    return {
        each["Key"]: s3.get_object(Bucket=REPORTS_BUCKET, Key=each["Key"])["Body"].read() for each in listed
    }


def page(revision: int = 0, day: date = DAY) -> str:
    """Returns the page of a report."""
    (found,) = (
        content.decode()
        for key, content in files().items()
        if key.startswith(f"daily/{day}/revision-{revision}/") and key.endswith(".html")
    )
    return found


def rows(revision: int = 0, day: date = DAY) -> list[dict[str, str]]:
    """Returns the rows of the CSV file of a report."""
    (found,) = (
        content.decode()
        for key, content in files().items()
        if key.startswith(f"daily/{day}/revision-{revision}/") and key.endswith(".csv")
    )
    return list(csv.DictReader(io.StringIO(found, newline="")))


def mails() -> list[SesEmail]:
    """Returns the mails that were sent."""
    return sent()
