"""The commands about dead letters: `dlq`, `redrive` and `discard`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.progress import print_error, say
from console.tables import show_table
from ops.dead_letters import queues
from ops.errors import FAILURES, CommandRefused, explain
from ops.formatting import age, counted
from ops.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage
from ops.options import confirm
from ops.redrive import LetterFilter, Pace, QueueListing, Tally, handle, list_queues, show_letters
from ops.stage import Stage

DONE, SOME_LEFT = 0, 3

Failures = list[tuple[str, Exception]]
"""The parts of a command that failed, each with the reason."""
Choose = Callable[[DeadLetterHandler, DeadLetter], Action]


def finished(failures: Failures, *, of: int) -> int:
    """Report the failed parts of a command that has `of` parts; returns its exit status.

    Raises the first failure when every part failed: nothing was done then.
    """
    if failures and len(failures) == of:
        raise failures[0][1]
    for name, failure in failures:
        why, remedy = explain(failure)
        print_error(f"✗ {name}\n  why: {why}\n  do:  {remedy}")
    return SOME_LEFT if failures else DONE


def show_queues(stage: Stage, names: Sequence[str], order_id: str | None) -> int:
    """Show what every dead-letter queue holds, and why."""
    listings = list_queues(queues(stage, names), LetterFilter(order_id))
    failures = [(each.name, each.failure) for each in listings if each.failure]
    if len(failures) == len(listings):
        return finished(failures, of=len(listings))
    if len(listings) > 1:
        show_table(["queue", "dead letters", "oldest"], [_row(each) for each in listings])
        say()
    for each in listings:
        if each.letters or each.failure or len(listings) == 1:
            say(each.heading)
            show_letters(each.letters)
    if any(letter.message.receives is not None for each in listings for letter in each.letters):
        say("Nothing was removed; this listing counts as one of the receives.")
    return finished(failures, of=len(listings))


def _row(listing: QueueListing) -> list[str]:
    if listing.failure:
        return [listing.name, "cannot be read", ""]
    oldest = f"{age(listing.letters[0].message.sent_at)} ago" if listing.letters else ""
    return [listing.name, str(len(listing.letters) or "none"), oldest]


def redrive(
    stage: Stage, names: Sequence[str], wanted: LetterFilter, *, rate: float, dry_run: bool, yes: bool
) -> int:
    """Send dead letters where they should have gone."""
    listings = list_queues(queues(stage, names), wanted)
    for each in listings:
        if each.queue and each.queue.redrive_refusal:
            raise CommandRefused(*each.queue.redrive_refusal)
    question = "{} would be redriven, as shown above."
    return _change(
        stage, listings, "redrive", lambda queue, letter: queue.redrive(letter), question, rate, dry_run, yes
    )


def discard(stage: Stage, names: Sequence[str], wanted: LetterFilter, *, rate: float, yes: bool) -> int:
    """Delete dead letters that nothing depends on."""
    listings = list_queues(queues(stage, names), wanted)
    question = "{} would be deleted for good, except for those that are still needed."
    return _change(
        stage, listings, "discard", lambda queue, letter: queue.discard(letter), question, rate, False, yes
    )


def _change(
    stage: Stage,
    listings: Sequence[QueueListing],
    verb: str,
    choose: Choose,
    question: str,
    rate: float,
    dry_run: bool,
    yes: bool,
) -> int:
    failures: Failures = [(each.name, each.failure) for each in listings if each.failure]
    if len(failures) == len(listings):
        return finished(failures, of=len(listings))
    for each in listings:
        say(each.heading)
        if each.queue:
            show_letters(each.letters, _foreseen(each.queue, choose))
    count = sum(len(each.letters) for each in listings)
    if dry_run or not count:
        return finished(failures, of=len(listings))
    confirm(stage, question.format(counted(count, "dead letter")), yes=yes)
    pace, tally = Pace(rate), Tally()
    for each in listings:
        if each.queue and each.letters:
            try:
                handle(each, _of(each.queue, choose), pace, tally)
            except FAILURES as failure:
                failures.append((each.name, failure))
                say(f"{each.name}: stopped: {explain(failure)[0]}")
    say(f"{counted(tally.done, 'dead letter')} done, {tally.left or 'none'} left")
    return finished(failures, of=len(listings)) or (SOME_LEFT if tally.left else DONE)


def _of(queue: DeadLetterHandler, choose: Choose) -> Callable[[DeadLetter], Action]:
    return lambda letter: choose(queue, letter)


def _foreseen(queue: DeadLetterHandler, choose: Choose) -> Callable[[DeadLetter], str]:
    """Returns a function that describes what would be done about a letter."""

    def note(letter: DeadLetter) -> str:
        try:
            return f"→ {choose(queue, letter).description}"
        except KeepMessage as reason:
            return f"→ stays: {reason}"

    return note
