"""Calculates the cost of work outside the path of orders: jobs of customers, totals, and daily reports.

Jobs are counted (`tests/simulation/costs/jobs.py`), for customers with one order, with a hundred and with
three hundred; those with more are calculated from the last two. Only the daily report is modelled: its reads
depend on the products that were sold, and not on the orders.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from tools.costs import names
from tools.costs.bill import total
from tools.costs.counts import Amounts, Journey, Step, Unit
from tools.costs.deployment import Deployment
from tools.costs.durations import milliseconds
from tools.costs.prices import usd

_MILLION = 1_000_000
_MANY_ORDERS = 10_000
_PIECE_SECONDS = 40
# A file is uploaded in parts of five megabytes.
_ORDERS_OF_A_PART = 2000
_JOB_FUNCTION = "process_customer_data"


class Work(NamedTuple):
    """What a job of a kind uses, and what a million of them cost in dollars."""

    name: str
    dollars: float
    read_units: float
    write_units: float
    """Those of the table and of its indexes."""
    invocations: float
    gigabyte_seconds: float


def all_work(jobs: Mapping[str, Journey], deployment: Deployment) -> Iterator[Work]:
    """Yields each kind of work, as one row of the table."""
    for name in (names.export, names.removal):
        for orders in (*names.COUNTED_ORDERS, _MANY_ORDERS):
            job = _of_many(name, jobs) if orders == _MANY_ORDERS else jobs[name(orders)]
            yield _work(name(orders), job, deployment)
    yield _work(names.TOTALS, jobs[names.TOTALS], deployment)
    yield _daily_report()


def _work(name: str, job: Journey, deployment: Deployment) -> Work:
    return Work(
        name,
        total(job, deployment),
        read_units=job.total(Unit.READ_UNITS),
        write_units=job.total(Unit.WRITE_UNITS) + job.total(Unit.INDEX_WRITE_UNITS),
        invocations=job.total(Unit.INVOCATIONS),
        gigabyte_seconds=sum(
            milliseconds(job, function, memory) / 1000 * memory / 1024
            for function, step in job.steps.items()
            if step.counts[Unit.INVOCATIONS]
            for memory in [deployment.memory_of(function)]
        ),
    )


def _of_many(name: Callable[[int], str], jobs: Mapping[str, Journey]) -> Journey:
    """Returns the job of a customer with ten thousand orders, from the two largest that were counted."""
    fewer, most = names.COUNTED_ORDERS[-2:]
    few, more = jobs[name(fewer)], jobs[name(most)]
    times = (_MANY_ORDERS - fewer) / (most - fewer)

    def grown(before: Amounts, after: Amounts) -> Amounts:
        found = {*before, *after}
        return Amounts({each: before[each] + times * (after[each] - before[each]) for each in found})

    job = Journey(1)
    for step in more.steps:
        old, new = few.steps.get(step, Step()), more.steps[step]
        job.steps[step] = Step(grown(old.counts, new.counts), grown(old.calls, new.calls))
    _split_into_pieces(job)
    return job


def _split_into_pieces(job: Journey) -> None:
    """Add the further invocations of a long job: each has a message, and records its progress."""
    worker = job.step(_JOB_FUNCTION)
    more = int(milliseconds(job, _JOB_FUNCTION, 512) / 1000 / _PIECE_SECONDS)
    worker.counts[Unit.INVOCATIONS] += more
    worker.counts[Unit.WRITE_UNITS] += 2 * more
    worker.counts[Unit.INDEX_WRITE_UNITS] += 2 * more
    worker.counts[Unit.QUEUE_REQUESTS] += more
    job.step(names.queue_of(_JOB_FUNCTION)).counts[Unit.QUEUE_REQUESTS] += 2 * more
    if worker.counts[Unit.MAILS]:
        worker.counts[Unit.FILE_WRITES] += _MANY_ORDERS // _ORDERS_OF_A_PART


def _daily_report() -> Work:
    """Returns the daily report of a small shop, with one receiver: 150 read units, two files and a mail."""
    reads, gigabyte_seconds, log_bytes = 150, 3, 2000
    dollars = (
        reads * usd("read_unit")
        + usd("invocation")
        + gigabyte_seconds * usd("lambda_gigabyte_second")
        + log_bytes / 1e9 * usd("log_gigabyte")
        + usd("mail")
        + 2 * usd("file_write")
        + usd("scheduled_call")
    )
    name = "daily report of a small shop, one receiver (modelled)"
    return Work(name, _MILLION * dollars, reads, 0, 1, gigabyte_seconds)
