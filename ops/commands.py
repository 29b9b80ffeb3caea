"""What each command does; each answers the exit status."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime

from local.steps import say
from ops.confirmation import confirm
from ops.dead_letters import kinds
from ops.dead_letters.missed_sweeps import MissedSweeps
from ops.dead_letters.order_messages import why
from ops.handling import Pace, Wanted, handle, listed, listed_of_each, show
from ops.letters import Act, Kind, Left, Letter
from ops.logs import StageLog, told_by
from ops.orders import OrderDesk, standing
from ops.refusal import Refused
from ops.replaying import Replay
from ops.showing import show as show_order
from ops.stage import Stage
from ops.words import Discretion, age, counted
from ordering.domain.clock import ago

DONE = 0
SOME_LEFT = 3


def show_one(stage: Stage, arguments: argparse.Namespace) -> int:
    """`show`."""
    show_order(stage, arguments.order_id, with_address=arguments.address, with_log=not arguments.no_log)
    return DONE


def dlq(stage: Stage, arguments: argparse.Namespace) -> int:
    """`dlq`."""
    wanted = Wanted(arguments.order)
    seen = False
    for kind, letters in listed_of_each(kinds(stage, *arguments.queue), wanted):
        say(f"{kind.name}: {counted(len(letters), 'letter')} ({kind.holds})")
        show(letters)
        seen = seen or any(letter.message.receives is not None for letter in letters)
    if seen:
        say("Looking took nothing away; it counts as one of the receives.")
    return DONE


def redrive(stage: Stage, arguments: argparse.Namespace) -> int:
    """`redrive`."""
    (kind,) = kinds(stage, arguments.queue)
    if isinstance(kind, MissedSweeps):
        raise Refused(
            "a missed sweep is not driven again: the next one, a minute later, does its work",
            "see that no order stands still (`open --minutes 20`), then `discard --queue sweeps --all`",
        )
    letters = listed(kind, Wanted(arguments.order))
    say(f"{kind.name}: {counted(len(letters), 'letter')} to redrive ({kind.holds})")
    show(letters, _foreseen(kind.redrive))
    if arguments.dry_run or not letters:
        return DONE
    confirm(stage, f"{counted(len(letters), 'letter')} would be redriven, as shown above.", yes=arguments.yes)
    return _handled(kind, letters, kind.redrive, Pace(arguments.rate))


def discard(stage: Stage, arguments: argparse.Namespace) -> int:
    """`discard`."""
    (kind,) = kinds(stage, arguments.queue)
    letters = listed(kind, Wanted(messages=frozenset(arguments.message)))
    say(f"{kind.name}: {counted(len(letters), 'letter')} to discard ({kind.holds})")
    show(letters, _foreseen(kind.discard))
    if not letters:
        return DONE
    confirm(
        stage,
        f"{counted(len(letters), 'letter')} would be thrown away for good, but for those still needed.",
        yes=arguments.yes,
    )
    return _handled(kind, letters, kind.discard, Pace(arguments.rate))


def log(stage: Stage, arguments: argparse.Namespace) -> int:
    """`log`."""
    discretion = Discretion()
    for line in told_by(StageLog(stage).lately(arguments.function, arguments.minutes, arguments.having)):
        say(discretion(line))
    return DONE


def parked(stage: Stage, arguments: argparse.Namespace) -> int:
    """`parked`."""
    desk = OrderDesk(stage)
    waiting = stage.sweep.parked(arguments.limit)
    say(f"{counted(len(waiting), 'parked order')}, the longest parked first")
    for due in waiting:
        say(f"  {due.order_id}  placed {age(due.created_at)} ago")
        say(f"    {why(desk, due.order_id)}")
    return DONE


def open_orders(stage: Stage, arguments: argparse.Namespace) -> int:
    """`open`."""
    waiting = stage.sweep.open_since(ago(minutes=arguments.minutes), arguments.limit)
    say(
        f"{counted(len(waiting), 'open order')} without a move for {arguments.minutes} min or more, "
        "the longest first"
    )
    visible, handled = OrderDesk(stage).queued()
    say(
        f"the order queue holds {counted(visible, 'message')} to be driven, "
        f"and {handled} being driven or put off"
    )
    for due in waiting:
        nudged = f", driven on {counted(due.attempts, 'time')}" if due.attempts else ""
        say(
            f"  {due.order_id}  {due.status:<10}  last moved {age(due.updated_at)} ago, "
            f"placed {age(due.created_at)} ago{nudged}"
        )
    if len(waiting) == arguments.limit:
        say(f"  … and perhaps more: --limit {arguments.limit * 10}")
    return DONE


def unpark(stage: Stage, arguments: argparse.Namespace) -> int:
    """`unpark`."""
    desk = OrderDesk(stage)
    order = desk.of_id(arguments.order_id)
    if not order.parked_at:
        raise Refused(
            f"the order {order.order_id} is {order.status} and not parked", "there is nothing to do"
        )
    say(f"order {order.order_id}: {standing(order)}")
    confirm(stage, "It would be given back to the sweep, with its attempts forgotten.", yes=arguments.yes)
    if not desk.unpark(order.order_id):
        raise Refused(f"the order {order.order_id} has been unparked meanwhile", "there is nothing to do")
    say("unparked: the sweep drives it on, within a few minutes of the bound; `drive` does it at once")
    return DONE


def drive(stage: Stage, arguments: argparse.Namespace) -> int:
    """`drive`."""
    desk = OrderDesk(stage)
    order = desk.of_id(arguments.order_id)
    if order.status.is_terminal:
        raise Refused(f"the order {order.order_id} is {order.status}, at its end", "there is nothing to do")
    say(f"order {order.order_id}: {standing(order)}")
    unparked = "unparked and " if order.parked_at else ""
    confirm(stage, f"It would be {unparked}sent to the order queue.", yes=arguments.yes)
    desk.drive(order)
    say(f"{unparked}sent to the order queue; `show {order.order_id}` tells how it goes on")
    return DONE


def replay(stage: Stage, arguments: argparse.Namespace) -> int:
    """`replay`."""
    end = arguments.until or datetime.now(UTC)
    prepared = Replay(stage, rule=arguments.rule, start=arguments.since, end=end)
    say(prepared.description)
    if prepared.is_fresh:
        say("The last ten minutes may not have reached the archive yet: what is missing, replay later.")
    confirm(stage, "The rule's target handles each of them once more.", yes=arguments.yes)
    name = prepared.begin()
    say(f"replay {name} begun; how far it is: aws events describe-replay --replay-name {name}")
    return DONE


def _foreseen(act: Callable[[Letter], Act]) -> Callable[[Letter], str]:
    """What would become of each letter."""

    def say_of(letter: Letter) -> str:
        try:
            return f"→ {act(letter).says}"
        except Left as left:
            return f"→ stays: {left}"

    return say_of


def _handled(kind: Kind, letters: list[Letter], act: Callable[[Letter], Act], pace: Pace) -> int:
    tally = handle(kind, letters, act, pace)
    say(f"{counted(tally.done, 'letter')} done, {tally.left or 'none'} left")
    return SOME_LEFT if tally.left else DONE
