"""Calculates the cost of work outside the path of orders: jobs of customers, totals, and daily reports.

The numbers of reads, writes and requests are those that tests count (`tests/handlers/exports`,
`tests/handlers/api/removals`, `tests/handlers/reports`); durations are modelled, as those of orders are.
"""

from typing import NamedTuple

from tools.costs.prices import usd

# Read units: the order's own items, read consistently (a unit for four kilobytes), and its listing entry.
_READS_OF_AN_ORDER = 1.2
# The time of one query of its partition, and its share of one query of the listing.
_SECONDS_OF_AN_ORDER = 0.006
# Addresses are deleted in batches of 25 by one write unit each.
_SECONDS_OF_AN_ADDRESS = 0.001
_HALF_A_GIGABYTE = 0.5
_TRACED = 0.05


class Work(NamedTuple):
    """What one job of a kind uses on average."""

    name: str
    read_units: float = 0
    write_units: float = 0
    queue_requests: float = 0
    invocations: float = 0
    gigabyte_seconds: float = 0
    log_bytes: float = 0
    mails: float = 0
    file_writes: float = 0
    scheduled: float = 0

    @property
    def dollars(self) -> float:
        """Returns the cost of one job, in US dollars."""
        used = {
            "read_unit": self.read_units,
            "write_unit": self.write_units,
            "queue_request": self.queue_requests,
            "invocation": self.invocations,
            "lambda_gigabyte_second": self.gigabyte_seconds,
            "log_gigabyte": self.log_bytes / 1e9,
            "trace": self.invocations * _TRACED,
            "mail": self.mails,
            "file_write": self.file_writes,
            "scheduled_call": self.scheduled,
        }
        return sum(usd(name) * number for name, number in used.items())


def export(orders: int) -> Work:
    """Returns the export of a customer with so many orders, up to the mail.

    The request, the message's two records by the sweep, the claim, three records of progress and the end
    write an item with an entry in one index: two units each, and two more for the request's transaction.
    """
    # Pieces of forty seconds, each with a message of its own.
    pieces = 1 + int(orders * _SECONDS_OF_AN_ORDER / 40)
    return Work(
        f"export of a customer with {_counted(orders)}",
        read_units=8 + _READS_OF_AN_ORDER * orders,
        write_units=18 + 4 * (pieces - 1),
        queue_requests=3 * pieces,
        invocations=2 + pieces,
        gigabyte_seconds=_HALF_A_GIGABYTE * (0.3 + _SECONDS_OF_AN_ORDER * orders),
        log_bytes=900 * (1 + pieces),
        mails=1,
        # The upload, its parts of five megabytes (about two thousand orders), and the file.
        file_writes=3 + orders // 2000,
    )


def removal(orders: int) -> Work:
    """Returns the removal of a customer with so many orders, which have all ended."""
    pieces = 1 + int(orders * _SECONDS_OF_AN_ADDRESS / 40)
    return Work(
        f"removal of a customer with {_counted(orders)}",
        read_units=8 + (_READS_OF_AN_ORDER - 1) * orders,
        # The profile, the record of the removal, its progress of each page of a hundred, and the addresses.
        write_units=14 + 4 * (orders // 100) + orders,
        queue_requests=3 * pieces,
        invocations=1 + pieces,
        gigabyte_seconds=_HALF_A_GIGABYTE * (0.1 + _SECONDS_OF_AN_ADDRESS * orders),
        log_bytes=600 * (1 + pieces),
        # The files of exports are listed.
        file_writes=1,
    )


def _counted(orders: int) -> str:
    return f"{orders:,} order{'s' if orders > 1 else ''}"


WORK = (
    *(export(orders) for orders in (1, 100, 10_000)),
    *(removal(orders) for orders in (1, 100, 10_000)),
    Work(
        "totals of an order of one line",
        read_units=1,
        write_units=6,
        queue_requests=3,
        invocations=1,
        gigabyte_seconds=0.0155,
        log_bytes=450,
    ),
    Work(
        "daily report of a small shop, one receiver",
        read_units=150,
        invocations=1,
        gigabyte_seconds=3,
        log_bytes=2000,
        mails=1,
        file_writes=2,
        scheduled=1,
    ),
)
"""The kinds of work, each as one row of the table."""
