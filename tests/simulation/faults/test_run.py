"""The run itself: it covers every call, counts correctly, and finds defects."""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from itertools import islice
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ordering.aws.event_bus import EventBus, PublishResult
from ordering.aws.pick_list_queue import PickListQueue
from ordering.domain.events.envelope import Event
from ordering.domain.identity import fresh_order_id
from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.pick_lists import PickList
from ordering.domain.webhooks.delivery import DeliveryStatus, WebhookDelivery
from ordering.guards import Guard
from ordering.repositories.order_transitions import OrderTransitions
from ordering.repositories.processed_events import ProcessedEvents
from ordering.repositories.webhook_deliveries import Deliveries
from tests.simulation.faults import __main__ as command
from tests.simulation.faults.kinds import BY_NAME, applicable
from tests.simulation.faults.report import Report
from tests.simulation.faults.run import Run, sampled_pairs
from tests.simulation.faults.trace import trace_lines
from tests.simulation.faults.trial import Case, Injection, RecordedCall, Verdict, perform, single_fault_cases
from tests.support.backend import Backend
from tests.support.injection_points import Call, Step

ROOT = Path(__file__).parents[3]
CALLS = (
    RecordedCall(1, "customer", "http.POST /orders", ("fails", "lost")),
    RecordedCall(2, "Load order", "x", ("fails",)),
)
ALONE = Verdict(Case("fulfilled"), (), (), CALLS)


def tried(*injections: tuple[int, str], violations: tuple[str, ...] = (), fired: bool = True) -> Verdict:
    """Returns the verdict of an invented journey with these faults."""
    case = Case("fulfilled", tuple(Injection(*injection) for injection in injections))
    return Verdict(case, violations, () if fired else case.injections, CALLS)


def reported(*verdicts: Verdict) -> Report:
    """Returns the report of these verdicts."""
    report = Report()
    for verdict in verdicts:
        report.add(verdict)
    return report


# -- the cases -------------------------------------------------------------------------------------------


def test_every_fault_is_injected_at_every_call() -> None:
    assert [str(case) for case in single_fault_cases(ALONE, BY_NAME)] == [
        "fulfilled:1=fails",
        "fulfilled:1=lost",
        "fulfilled:2=fails",
    ]


def test_a_printed_case_can_be_parsed() -> None:
    for text in ("fulfilled:", "fulfilled:12=dies", "out-of-stock:3=lost-on,12=times-out"):
        assert str(Case.parse(text)) == text


@pytest.mark.parametrize("text", ["nowhere:1=dies", "fulfilled:1=explodes", "fulfilled:x=dies"])
def test_an_unknown_case_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"nowhere|explodes|x"):
        Case.parse(text)


@pytest.mark.parametrize(
    ("state", "target", "kinds"),
    [
        ("customer", "http.POST /orders", "fails lost throttled dies"),
        (
            "place_order",
            "dynamodb.BatchGetItem",
            "fails fails-on lost lost-on throttled throttled-on in-part dies times-out",
        ),
        (
            "Reserve stock",
            "dynamodb.TransactWriteItems",
            "fails fails-on keeps-failing lost lost-on throttled throttled-on conflict conflict-on"
            " dies times-out",
        ),
        ("Capture payment", "payments.capture", "fails keeps-failing lost dies times-out"),
        # The SDK must not retry the start of the saga.
        ("drive_order", "sfn.StartSyncExecution", "fails lost throttled dies times-out"),
        # Nor the sending of a mail.
        ("notify_customer", "sesv2.SendEmail", "fails lost throttled dies times-out"),
    ],
)
def test_each_call_gets_the_faults_that_apply_to_it(state: str, target: str, kinds: str) -> None:
    call = Call(Step("", state, 1, 1), 1, target, 1, 1)
    assert [kind.name for kind in applicable(call)] == kinds.split()


def test_the_second_fault_of_a_pair_is_at_a_later_call() -> None:
    pairs = list(islice(sampled_pairs([tried((1, "fails")), tried((2, "fails"))], seed=1), 20))
    # No call follows the last one.
    assert {str(pair) for pair in pairs} == {"fulfilled:1=fails,2=fails"}


def test_the_second_fault_is_not_at_a_call_that_the_first_makes_fail() -> None:
    """A step that the state machine retries fails again, so a second fault there would not be reached."""
    made = [RecordedCall(place, "Load order", "dynamodb.Query", ("dies",)) for place in (1, 2)]
    calls = (*made, RecordedCall(3, "Reserve stock", "dynamodb.Query", ("dies",)))
    first = Verdict(Case("fulfilled", (Injection(1, "keeps-failing"),)), (), (), calls)
    pairs = list(islice(sampled_pairs([first], seed=1), 20))
    assert {str(pair) for pair in pairs} == {"fulfilled:1=keeps-failing,3=dies"}


def test_the_same_seed_draws_the_same_pairs() -> None:
    single = [tried((1, kind)) for kind in ("fails", "lost")]
    draws = [list(islice(sampled_pairs(single, seed), 20)) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


# -- the report ------------------------------------------------------------------------------------------


def test_the_report_counts_cases_by_journey_and_kind() -> None:
    report = reported(ALONE, tried((1, "fails")), tried((1, "lost")), tried((1, "lost"), (2, "fails")))
    assert (report.cases, report.alone, report.pairs) == (4, 1, 1)
    assert report.by_journey == {"fulfilled": 2}
    assert report.by_kind == {"fails": 1, "lost": 1}


def test_a_run_passes_if_every_call_is_covered_and_no_guarantee_is_violated() -> None:
    report = reported(ALONE, tried((1, "fails")), tried((2, "fails")))
    assert (report.covered, report.seen, report.is_good) == (2, 2, True)


def test_a_call_without_a_fault_fails_the_run() -> None:
    report = reported(ALONE, tried((1, "fails")))
    assert (report.covered, report.seen, report.is_good) == (1, 2, False)


def test_a_fault_that_did_not_fire_fails_the_run() -> None:
    report = reported(ALONE, tried((1, "fails")), tried((2, "fails"), fired=False))
    assert (report.unfired, report.covered, report.is_good) == (1, 1, False)


def test_a_broken_guarantee_fails_the_run() -> None:
    verdicts = (ALONE, tried((1, "fails")), tried((2, "fails"), violations=("3: charged twice",)))
    report = reported(*verdicts)
    assert (report.violations, report.broken, report.is_good) == (1, {"3"}, False)


# -- injected defects --------------------------------------------------------------------------------


def run(shop: Backend, *kinds: str, journey: str = "out-of-stock") -> tuple[Report, list[Verdict]]:
    """Run every single fault of these kinds, in this process."""
    failed: list[Verdict] = []

    def each(cases: Iterable[Case]) -> Iterator[Verdict]:
        return (perform(case, shop) for case in cases)

    def tell(verdict: Verdict) -> None:
        if not verdict.is_good:
            failed.append(verdict)

    return Run(each, tell, lambda text: None, seed=1).go([journey], kinds, pairs=0), failed


def test_a_run_without_defects_finds_none(shop: Backend) -> None:
    report, failed = run(shop, "dies")
    assert failed == []
    assert report.is_good


def test_the_run_finds_orders_that_ignore_their_key(shop: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.api.place_order.keyed_order_id", lambda *parts: fresh_order_id())
    report, failed = run(shop, "lost")
    assert (report.broken, report.is_good) == ({"1"}, False)
    _is_replayed(failed[0], shop)


def test_the_run_finds_ignored_refusals_of_the_bus(shop: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    publish = EventBus.publish

    def ignore_refusals(bus: EventBus, events: Sequence[Event]) -> PublishResult:
        publish(bus, events)
        return PublishResult([])

    monkeypatch.setattr(EventBus, "publish", ignore_refusals)
    report, failed = run(shop, "in-part")
    assert "5" in report.broken
    _is_replayed(failed[0], shop)


def test_the_run_finds_an_order_that_is_closed_with_stock_held(
    shop: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guarantee 3 is not broken, because the sweep settles what closed orders owe."""

    def close(transitions: OrderTransitions, details: OrderDetails, at: str) -> bool:
        return transitions._move(details.order, Status.CANCELLED, at, Guard.CLOSE_ORDER, {})

    monkeypatch.setattr(OrderTransitions, "close", close)
    report, failed = run(shop, "keeps-failing", journey="cancelled-with-the-payment-authorised")
    assert report.broken == {"2"}
    _is_replayed(failed[0], shop)


def test_the_run_finds_mails_that_are_not_recorded(shop: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sent is never recorded, so a redelivered event is sent again."""
    monkeypatch.setattr(ProcessedEvents, "complete", lambda consumer, claim, outcome, at: None)
    report, failed = run(shop, "lost-on", journey="notified-of-an-order-rejected")
    assert report.broken == {"5"}
    _is_replayed(failed[0], shop)


def test_the_run_finds_webhooks_that_are_recorded_before_they_are_sent(
    shop: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the process dies between recording and sending, the webhook is never sent."""
    begin = Deliveries.begin

    def begin_and_end(
        deliveries: Deliveries, delivery: WebhookDelivery, *, due_at: str, at: str
    ) -> WebhookDelivery | None:
        begun = begin(deliveries, delivery, due_at=due_at, at=at)
        if begun:
            deliveries.end(begun, DeliveryStatus.DELIVERED, result="204", at=at)
        return begun

    monkeypatch.setattr(Deliveries, "begin", begin_and_end)
    report, failed = run(shop, "dies", journey="webhooks-of-an-order-rejected")
    assert report.broken == {"5"}
    _is_replayed(failed[0], shop)


def test_the_run_finds_pick_lists_that_are_not_sent(shop: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event is recorded as handled, although SQS has refused the pick list."""
    send = PickListQueue.send

    def send_or_give_up(queue: PickListQueue, pick_list: PickList) -> None:
        with suppress(ClientError):
            send(queue, pick_list)

    monkeypatch.setattr(PickListQueue, "send", send_or_give_up)
    report, failed = run(shop, "fails-on", journey="packed-by-a-warehouse")
    assert report.broken == {"5"}
    _is_replayed(failed[0], shop)


def test_the_run_finds_pick_lists_that_are_not_recorded(
    shop: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent is never recorded, so a redelivered event is sent again."""
    monkeypatch.setattr(ProcessedEvents, "complete", lambda consumer, claim, outcome, at: None)
    report, failed = run(shop, "lost-on", journey="packed-by-a-warehouse")
    assert report.broken == {"5"}
    _is_replayed(failed[0], shop)


def _is_replayed(verdict: Verdict, shop: Backend) -> None:
    """Check that the printed line replays the same violation, and prints what happened."""
    again = perform(Case.parse(str(verdict.case)), shop)
    # Only the guarantee's number: the ids of orders may differ.
    assert [each[0] for each in again.violations] == [each[0] for each in verdict.violations]
    printed = "\n".join(trace_lines(again, shop))
    (injection,) = verdict.case.injections
    assert f"<-- {injection.kind}" in printed
    assert all(f"VIOLATION {violation}" in printed for violation in again.violations)


# -- the command -----------------------------------------------------------------------------------------


def test_the_command_prints_its_report() -> None:
    arguments = ["--journey", "out-of-stock", "--kind", "in-part", "--pairs", "2", "--seed", "7"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation.faults", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "6 cases: 1 undisturbed, 3 single faults, 2 pairs" in done.stdout
    assert "0 violations, 0 faults that did not fire" in done.stdout
    # A run of a single kind does not cover every call, and prints this.
    assert "3 of 23 calls covered" in done.stdout
    assert "seed 7" in done.stdout


@pytest.fixture
def here(shop: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command use this process's backend."""
    monkeypatch.setattr(command, "backend", lambda: nullcontext(shop))
    monkeypatch.setattr(command, "be_quiet", lambda: None)


@pytest.mark.usefixtures("here")
def test_the_command_replays_a_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--case", "out-of-stock:8=dies"]) == 0
    printed = capsys.readouterr().out
    assert "8  sfn.StartSyncExecution   <-- dies" in printed
    assert printed.endswith("every guarantee held\n")


@pytest.mark.usefixtures("here")
def test_the_command_fails_when_a_fault_does_not_fire(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--case", "out-of-stock:999=dies"]) == 1
    assert "DID NOT FIRE 999=dies" in capsys.readouterr().out
