"""The commands about dead letters: `dlq` lists them, `redrive` and `discard` do something about each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from console.progress import say
from console.tables import show_table
from ops.dead_letters.queues import queues
from ops.dead_letters.redrive import (
    LetterFilter,
    QueueListing,
    Tally,
    handle,
    letter_entries,
    list_queues,
    show_letters,
)
from ops.dead_letters.results import Results
from ops.documents.dead_letters import DiscardDocument, DlqDocument, LetterQueue, RedriveDocument
from ops.errors import FAILURES, CommandRefused, explain
from ops.json_output import failed_parts, print_document
from ops.options import confirm
from ops.pace import Pace
from ops.partial_failures import DONE, DONE_IN_PART, Failures, finished
from ops.stage import Stage
from ordering.dead_letters.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage
from ordering.domain.operator_text import age, counted

Choose = Callable[[DeadLetterHandler, DeadLetter], Action]
"""Returns what is done about a letter of a queue; it may raise KeepMessage."""


def show_queues(stage: Stage, names: Sequence[str], order_id: str | None, *, as_json: bool = False) -> int:
    """Show what every dead-letter queue holds, and why."""
    listings = list_queues(queues(stage, names), LetterFilter(order_id))
    failures = [(each.name, each.failure) for each in listings if each.failure]
    if len(failures) == len(listings):
        return finished(failures, of=len(listings))
    if as_json:
        held = [
            LetterQueue(each.name, each.queue.holds, len(each.letters)) for each in listings if each.queue
        ]
        print_document(DlqDocument(stage.name, failed_parts(failures), held, letter_entries(listings)))
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
    stage: Stage,
    names: Sequence[str],
    wanted: LetterFilter,
    *,
    rate: float,
    dry_run: bool,
    yes: bool,
    as_json: bool = False,
) -> int:
    """Send dead letters where they should have gone."""
    listings = list_queues(queues(stage, names), wanted)
    for each in listings:
        if each.queue and each.queue.redrive_refusal:
            raise CommandRefused(*each.queue.redrive_refusal)
    question = "{} would be redriven, as shown above."
    change = _Change(RedriveDocument, lambda queue, letter: queue.redrive(letter), question)
    return change.make(stage, listings, rate=rate, dry_run=dry_run, yes=yes, as_json=as_json)


def discard(
    stage: Stage,
    names: Sequence[str],
    wanted: LetterFilter,
    *,
    rate: float,
    yes: bool,
    as_json: bool = False,
) -> int:
    """Delete dead letters that nothing depends on."""
    listings = list_queues(queues(stage, names), wanted)
    question = "{} would be deleted for good, except for those that are still needed."
    change = _Change(DiscardDocument, lambda queue, letter: queue.discard(letter), question)
    return change.make(stage, listings, rate=rate, dry_run=False, yes=yes, as_json=as_json)


@dataclass(frozen=True)
class _Change:
    """`redrive` or `discard`: its document, how it chooses the action for a letter, and the confirmation."""

    document: type[RedriveDocument | DiscardDocument]
    choose: Choose
    question: str

    def make(
        self,
        stage: Stage,
        listings: Sequence[QueueListing],
        *,
        rate: float,
        dry_run: bool,
        yes: bool,
        as_json: bool,
    ) -> int:
        """Show what would be done, ask, do it; returns the exit status."""
        failures: Failures = [(each.name, each.failure) for each in listings if each.failure]
        if len(failures) == len(listings):
            return finished(failures, of=len(listings))
        results = Results(as_json)
        for each in listings:
            results.say(each.heading)
            if each.queue:
                results.plan(each, partial(self._planned, each.queue))
        count = sum(len(each.letters) for each in listings)
        pace, tally = Pace(rate), Tally()
        if count and not dry_run:
            confirm(stage, self.question.format(counted(count, "dead letter")), yes=yes)
            for each in listings:
                if each.queue and each.letters:
                    try:
                        choose = partial(self.choose, each.queue)
                        handle(each, choose, pace, tally, results.report(each.name))
                    except FAILURES as failure:
                        failures.append((each.name, failure))
                        results.say(f"{each.name}: stopped: {explain(failure)[0]}")
            results.say(f"{counted(tally.done, 'dead letter')} done, {tally.left or 'none'} left")
        if as_json:
            print_document(self.document(stage.name, failed_parts(failures), results.letters))
        return finished(failures, of=len(listings)) or (DONE_IN_PART if tally.left else DONE)

    def _planned(self, queue: DeadLetterHandler, letter: DeadLetter) -> str:
        """Returns what would be done about a letter."""
        try:
            return self.choose(queue, letter).description
        except KeepMessage as reason:
            return f"stays: {reason}"
