"""The cost of orders as text: for the command line, and as tables for the page in the docs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tools.costs import names
from tools.costs.alternatives import requests, workflows
from tools.costs.bill import Service, by_service, by_step, lines, total
from tools.costs.counts import JOBS, Journey, Unit, committed
from tools.costs.deployment import Deployment
from tools.costs.durations import milliseconds
from tools.costs.other_work import all_work
from tools.costs.prices import prices, usd

_MILLION = 1_000_000
_MEGABYTES = (128, 256, 512, 1024)
_MEMORIES = (256, 512, 1024)

Row = Sequence[str]


class Table(NamedTuple):
    """A table. The first column has text, the others have numbers."""

    title: str
    heads: Row
    rows: list[Row]


class Wanted(NamedTuple):
    """The orders whose cost is asked for."""

    orders: int = _MILLION
    lines: int = 1
    mail: bool = False
    reads: int = 0


def tables(wanted: Wanted, journeys: Mapping[str, Journey], deployment: Deployment) -> Iterator[Table]:
    """Yields the tables. Raises ValueError if orders of that size are not counted."""
    journeys = deployment.journeys(journeys)
    alone = journeys[names.fulfilled(wanted.lines, mail=wanted.mail)]
    busy = journeys[names.fulfilled(wanted.lines, mail=wanted.mail, at_once=True)]
    yield _services(wanted, alone, busy, journeys[names.READ], deployment)
    yield _steps(wanted, alone, busy, deployment)
    yield _counts(alone, busy)
    yield _index_writes(alone)
    yield _journeys(journeys, deployment)
    yield _other_work(deployment)
    yield _memory(alone)
    yield _workflows(alone, busy, deployment)
    yield _claims()


def _services(wanted: Wanted, alone: Journey, busy: Journey, read: Journey, deployment: Deployment) -> Table:
    share = wanted.orders / _MILLION
    costs = [by_service(lines(journey, deployment)) for journey in (busy, alone)]
    rows: list[Row] = [
        (service, *(_dollars(cost.get(service, 0) * share) for cost in costs))
        for service in Service
        if any(service in cost for cost in costs)
    ]
    sums = [sum(cost.values()) * share for cost in costs]
    reading = total(read, deployment) * wanted.reads / _MILLION
    if wanted.reads:
        rows.append(("**orders**", *map(_dollars, sums)))
        rows.append((f"{wanted.reads:,} requests that read an order", _dollars(reading), _dollars(reading)))
    rows.append(("**all**", *(_dollars(each + reading) for each in sums)))
    kept = alone.total(Unit.STORED_BYTES) * wanted.orders / 1e9 * usd("stored_gigabyte")
    rows.append(("each month that the table keeps them", _dollars(kept), _dollars(kept)))
    size = f"{wanted.lines} line{'s' if wanted.lines > 1 else ''}{', with mail' if wanted.mail else ''}"
    title = f"{wanted.orders:,} fulfilled orders of {size}, by service"
    return Table(title, ("USD", "ten at once", "alone"), rows)


def _steps(wanted: Wanted, alone: Journey, busy: Journey, deployment: Deployment) -> Table:
    share = wanted.orders / _MILLION
    costs = [by_step(lines(journey, deployment)) for journey in (busy, alone)]
    rows: list[Row] = [
        (step, *(_dollars(cost.get(step, 0) * share) for cost in costs))
        for step in alone.steps
        if any(step in cost for cost in costs)
    ]
    return Table("The same by step", ("USD", "ten at once", "alone"), rows)


def _counts(alone: Journey, busy: Journey) -> Table:
    rows: list[Row] = [
        (unit, f"{busy.total(unit):,.1f}", f"{alone.total(unit):,.1f}") for unit in Unit if alone.total(unit)
    ]
    return Table("What one order uses", ("count", "ten at once", "alone"), rows)


def _index_writes(journey: Journey) -> Table:
    rows: list[Row] = [
        (f"{name}: {where}", f"{units / journey.orders:g}")
        for name, step in journey.steps.items()
        for where, units in sorted(step.index_writes.items())
    ]
    return Table("The index write units of one order", ("step: index, item", "units"), rows)


def _journeys(journeys: Mapping[str, Journey], deployment: Deployment) -> Table:
    shown = (Unit.WRITE_UNITS, Unit.INDEX_WRITE_UNITS, Unit.READ_UNITS, Unit.INVOCATIONS, Unit.EVENTS)
    rows: list[Row] = [
        (
            name,
            _dollars(total(journey, deployment)),
            *(f"{journey.total(unit):,.4g}" for unit in shown),
            f"{journey.total(Unit.LOG_BYTES):,.0f}",
        )
        for name, journey in journeys.items()
    ]
    return Table("A million of each journey", ("journey", "USD", *shown, Unit.LOG_BYTES), rows)


def _other_work(deployment: Deployment) -> Table:
    rows: list[Row] = [
        (
            work.name,
            _dollars(work.dollars),
            *(f"{number:,.0f}" for number in (work.read_units, work.write_units, work.invocations)),
            f"{work.gigabyte_seconds:,.3g}",
        )
        for work in all_work(committed(JOBS), deployment)
    ]
    heads = ("work", "USD", Unit.READ_UNITS, Unit.WRITE_UNITS, Unit.INVOCATIONS, "GB-seconds")
    return Table("A million of other work (durations are modelled)", heads, rows)


def _memory(alone: Journey) -> Table:
    rows: list[Row] = [
        (name, *(_with_memory(alone, name, megabytes) for megabytes in _MEMORIES))
        for name, step in alone.steps.items()
        if step.counts[Unit.INVOCATIONS]
    ]
    heads = ("milliseconds an order, and USD a million", *(f"{megabytes} MB" for megabytes in _MEMORIES))
    return Table("The memory of each function, alone (modelled)", heads, rows)


def _with_memory(journey: Journey, function: str, megabytes: int) -> str:
    time = milliseconds(journey, function, megabytes)
    cost = _MILLION * time / 1000 * megabytes / 1024 * usd("lambda_gigabyte_second")
    return f"{time:,.0f} ms, {_dollars(cost)}"


def _workflows(alone: Journey, busy: Journey, deployment: Deployment) -> Table:
    rows: list[Row] = [
        (one.name, _dollars(many.alone), _dollars(many.all), _dollars(one.alone), _dollars(one.all))
        for one, many in zip(workflows(alone, deployment), workflows(busy, deployment), strict=True)
    ]
    heads = (
        "USD for a million orders",
        "workflow, ten at once",
        "all, ten at once",
        "workflow, alone",
        "all, alone",
    )
    return Table("The same orders with another kind of workflow", heads, rows)


def _claims() -> Table:
    rows: list[Row] = []
    for number, label in ((10 * _MILLION, "10 million"), (_MILLION, "1 million")):
        for megabytes in _MEGABYTES:
            found = requests(number, 200, megabytes)
            rows.append((f"{label}, {megabytes} MB", *map(_dollars, found[1:])))
    heads = ("requests of 200 ms", "function", "in the free tier", "with an HTTP API", "in the free tier")
    return Table("Requests to one function that calls, stores and logs nothing, USD", heads, rows)


def _dollars(amount: float) -> str:
    return f"{amount:,.2f}"


def as_text(found: Iterator[Table]) -> str:
    """Returns the tables for a terminal."""
    parts = []
    for table in found:
        rows = [table.heads, *([cell.replace("**", "") for cell in row] for row in table.rows)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(table.heads))]
        parts.append(f"{table.title}\n")
        parts += [
            "  " + "  ".join(_padded(cell, width, column) for column, (cell, width) in enumerate(cells))
            for cells in (list(zip(row, widths, strict=True)) for row in rows)
        ]
        parts.append("")
    known = prices()
    parts.append(f"Prices: {known.region}, {known.date}, without any free tier (tools/costs/prices.json).")
    return "\n".join(parts)


def _padded(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if column else cell.ljust(width)


def as_markdown(found: Iterator[Table]) -> str:
    """Returns the tables for the page in the docs."""
    parts = []
    for table in found:
        parts += [f"### {table.title}", ""]
        parts.append(f"| {' | '.join(table.heads)} |")
        parts.append(f"|---|{'--:|' * (len(table.heads) - 1)}")
        parts += [f"| {' | '.join(row)} |" for row in table.rows]
        parts.append("")
    return "\n".join(parts)
