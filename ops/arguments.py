"""What can be typed: the commands, their arguments, and their help."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from local.home import DEFAULT
from ops import commands
from ops.dead_letters import NAMES
from ops.stage import Stage

Command = Callable[[Stage, argparse.Namespace], int]
"""What runs a command, and answers the exit status."""

_DESCRIPTION = """\
Looks after orders that do not come to their end by themselves: in AWS (--stage) and in the local run
(--local) alike. Commands that change something ask first, and take --yes.
"""
_EPILOG = """\
AWS credentials and region come from the usual variables: AWS_PROFILE, AWS_REGION and so on.

Looking at a dead-letter queue takes nothing from it, but SQS cannot be read without receiving: each look
raises a message's receive count by one, which decides nothing in a dead-letter queue, and hides it from
other readers for as long as the look takes, a minute at most.

exit status:
  0    done, or nothing to do
  1    refused, or failed: the message says what to do
  2    wrong usage
  3    done in part: what was left is listed, with the reason
  130  interrupted: what was handled until then stays handled, the rest is where it was

What each alarm means, and what to do then: docs/runbooks/README.md
"""
# Ten messages are hidden for a minute, and a message must be removed before it shows again.
_SLOWEST, _FASTEST = 0.2, 100.0


def parser() -> argparse.ArgumentParser:
    """The parser of the command line: what it reads has the command as `run`."""
    raw = argparse.RawDescriptionHelpFormatter
    root = argparse.ArgumentParser(
        prog="orders-ops", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=raw
    )
    added = root.add_subparsers(dest="command", required=True, metavar="command")

    def command(
        name: str, run: Command, help_text: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        sub = added.add_parser(
            name, help=help_text, description=f"{help_text}.", parents=[_where(), *parents]
        )
        sub.set_defaults(run=run)
        return sub

    shown = command("show", commands.show_one, "an order's whole story", _order_id())
    shown.add_argument("--address", action="store_true", help="where it goes, too: personal data")
    shown.add_argument("--no-log", action="store_true", help="leave the logs out: they take a while in AWS")

    letters = command("dlq", commands.dlq, "what every dead-letter queue holds, and why")
    letters.add_argument(
        "--queue", choices=NAMES, action="append", default=[], help="only this one; may be repeated"
    )
    letters.add_argument("--order", metavar="ID", help="only what names this order")

    redrive = command(
        "redrive", commands.redrive, "bring dead letters where they should have gone", _changing(), _paced()
    )
    redrive.add_argument("--queue", choices=NAMES, default="order", help="of which queue (default: order)")
    which = redrive.add_mutually_exclusive_group(required=True)
    which.add_argument("--order", metavar="ID", help="the letters that name this order")
    which.add_argument("--all", action="store_true", help="every letter that lies there now")
    redrive.add_argument("--dry-run", action="store_true", help="only show what would be done")

    discard = command(
        "discard", commands.discard, "throw away dead letters that nothing depends on", _changing(), _paced()
    )
    discard.add_argument("--queue", choices=NAMES, required=True, help="of which queue")
    thrown = discard.add_mutually_exclusive_group(required=True)
    thrown.add_argument(
        "--message", metavar="ID", action="append", default=[], help="this one; may be repeated"
    )
    thrown.add_argument(
        "--all", action="store_true", help="all that lie there now, but for those still needed"
    )

    waiting = command(
        "open", commands.open_orders, "orders that have not come to their end, by age", _limited()
    )
    waiting.add_argument(
        "--minutes", type=_whole, default=0, help="only those that have not moved for so long (default: 0)"
    )
    command("parked", commands.parked, "orders that nobody drives any more, and why", _limited())
    tail = command("log", commands.log, "what a function, or the state machine, wrote lately")
    tail.add_argument("function", metavar="FUNCTION", help="publish_changes, place_order …, or Machine")
    tail.add_argument("--minutes", type=_some, default=15, help="how far back (default: 15)")
    tail.add_argument("--having", metavar="TEXT", help="only lines with this text: ERROR, an id")
    command("unpark", commands.unpark, "give a parked order back to the sweep", _order_id(), _changing())
    command("drive", commands.drive, "drive one order now, unparking it first", _order_id(), _changing())

    replay = command(
        "replay", commands.replay, "send archived events to one rule once more (AWS)", _changing()
    )
    replay.add_argument("--from", dest="since", type=_time, required=True, metavar="TIME", help="RFC 3339")
    replay.add_argument("--to", dest="until", type=_time, metavar="TIME", help="RFC 3339 (default: now)")
    replay.add_argument("--rule", required=True, help="the rule's name, or a part that no other has")
    return root


def _where() -> argparse.ArgumentParser:
    where = argparse.ArgumentParser(add_help=False)
    one = where.add_mutually_exclusive_group(required=True)
    one.add_argument("--stage", help="a stage in AWS: dev, staging, prod")
    one.add_argument("--local", action="store_true", help="the local run")
    where.add_argument("--home", type=Path, default=DEFAULT, help="the local run's folder (default: .local)")
    return where


def _order_id() -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument("order_id", metavar="ORDER_ID")
    return parent


def _changing() -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument("--yes", action="store_true", help="do not ask first")
    return parent


def _paced() -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument(
        "--rate", type=_rate, default=5.0, metavar="N/s", help="at most so many (default: 5/s)"
    )
    return parent


def _limited() -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument("--limit", type=_some, default=100, help="at most so many (default: 100)")
    return parent


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below zero")
    return number


def _some(text: str) -> int:
    if not (number := _whole(text)):
        raise argparse.ArgumentTypeError("nothing would be shown: at least 1")
    return number


def _rate(text: str) -> float:
    try:
        rate = float(text.removesuffix("/s"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no rate: 5/s, say") from None
    if not _SLOWEST <= rate <= _FASTEST:
        raise argparse.ArgumentTypeError(f"{text} is not between {_SLOWEST}/s and {_FASTEST:.0f}/s")
    return rate


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no time: 2026-11-21T12:00:00Z, say") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no offset: add Z for UTC")
    return moment
