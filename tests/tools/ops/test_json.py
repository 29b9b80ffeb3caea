"""`--json`: one document for each command, of one shape, redacted like the text."""

import json
import re
from typing import Any

import msgspec
import pytest

from console.workspace import ROOT
from ops.documents.base import Document
from ordering.domain.clock import milliseconds
from ordering.repositories.keys import order_keys
from tests.support.aws_calls import AwsCalls, fails
from tests.support.orders import an_order, overwrite
from tests.support.world import ADDRESS
from tests.tools.ops.commands import COMMANDS
from tests.tools.ops.deployed import BUCKET, Deployed, Ran

DOCUMENTS = {each.command: each for each in Document.__subclasses__()}
PAGE = ROOT / "docs" / "operations-json.md"
_EXAMPLE = re.compile(r"^## `(?P<command>[a-z -]+)`$.*?^```json\n(?P<document>.*?)^```", re.M | re.S)
EXAMPLES = {each["command"]: each["document"] for each in _EXAMPLE.finditer(PAGE.read_text())}

ORDER, CHANGES = "OrderDeadLetterQueueUrl", "ParkedChangesQueueUrl"


def document(ran: Ran, command: str) -> Any:
    """What a command printed: its document, and nothing else."""
    return msgspec.json.decode(ran.out, type=DOCUMENTS[command])


# -- every command -----------------------------------------------------------------------------------------


def test_every_command_has_a_document_and_the_option() -> None:
    assert DOCUMENTS.keys() == COMMANDS.keys()
    for name, command in COMMANDS.items():
        assert "--json" in {option for each in command.params for option in each.opts}, name


def test_every_document_has_an_example_in_the_documentation() -> None:
    assert EXAMPLES.keys() == DOCUMENTS.keys()


@pytest.mark.parametrize("command", sorted(DOCUMENTS))
def test_example_in_the_documentation_is_what_the_command_prints(command: str) -> None:
    read = msgspec.json.decode(EXAMPLES[command], type=DOCUMENTS[command])
    shown = json.loads(EXAMPLES[command])
    # Every field is there, also in each part; `order` is the API's, and leaves out what an order has not.
    printed = msgspec.to_builtins(read)
    assert printed == shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("cancel", "o-1", "--reason", "x"),
        ("refund", "o-1", "--reason", "x"),
        ("unpark", "o-1"),
        ("drive", "o-1"),
        ("redrive", "--all"),
        ("discard", "--queue", "order", "--all"),
        ("replay", "--from", "2026-11-21T12:00:00Z", "--rule", "x"),
        ("webhooks", "--customer", "c", "--endpoint", "w", "--test"),
        ("catalogue import", "products.csv"),
        ("rebuild-sales",),
        ("rotate-webhook-key",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_change_that_would_ask_is_refused_with_json(deployed: Deployed, arguments: tuple[str, ...]) -> None:
    ran = deployed.ops(*arguments[0].split(), *arguments[1:], "--json")
    assert (ran.status, ran.out) == (2, "")
    assert "--json cannot ask for confirmation: add --yes" in ran.err


# -- each command ------------------------------------------------------------------------------------------


def test_open_orders_as_json(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    deployed.put("OrderQueueUrl", {"orderId": "a"})
    read = document(deployed.ops("open", "--json", "--limit", "1"), "open")
    assert [(each.order_id, each.status) for each in read.orders] == [(order_id, "PENDING")]
    assert (read.stage, read.more, read.queue.visible) == ("dev", True, 1)


def test_parked_orders_as_json_without_private_data(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, token="tok_flaky")
    deployed.fault(order_id, "ValueError: tok_flaky of ada@example.com")
    deployed.park(order_id)
    ran = deployed.ops("parked", "--json")
    (order,) = document(ran, "parked").orders
    assert order.order_id == order_id
    assert "ValueError: [redacted] of [redacted]" in order.why
    assert "[redacted] of [redacted]" in deployed.ops("parked").out


@pytest.mark.slow
def test_unparking_and_driving_as_json(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    deployed.park(order_id)
    assert document(deployed.ops("unpark", order_id, "--yes", "--json"), "unpark").order_id == order_id
    assert document(deployed.ops("drive", order_id, "--yes", "--json"), "drive").unparked is False
    deployed.park(order_id)
    assert document(deployed.ops("drive", order_id, "--yes", "--json"), "drive").unparked is True


def test_cancelling_as_json(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    arguments = ("cancel", order_id, "--reason", "called", "--yes", "--json")
    first, second = (document(deployed.ops(*arguments), "cancel") for _ in range(2))
    assert (first.cancelled, first.status, first.audit.reason) == (True, "CANCELLING", "called")
    assert (second.cancelled, second.audit) == (False, None)


@pytest.mark.slow
def test_refunding_as_json(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    arguments = ("refund", order_id, "--reason", "broken", "--yes", "--json")
    read = document(deployed.ops(*arguments), "refund")
    assert (read.refund.status, read.refund.amount, read.audit.action) == ("REQUESTED", 2500, "REFUND")
    again = deployed.ops(*arguments)
    assert (again.status, again.out) == (1, "")
    assert document(deployed.ops("show", order_id, "--json"), "show").refund == read.refund


def test_log_as_json(deployed: Deployed) -> None:
    deployed.wrote("PlaceOrder", milliseconds() - 1000, message="to ada@example.com")
    (line,) = document(deployed.ops("log", "place_order", "--json"), "log").lines
    assert (line.source, line.text) == ("PlaceOrder", "to [redacted]")


def test_dead_letters_as_json(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    letter = deployed.dead(order_id)
    deployed.put(CHANGES, "not a change, from ada@example.com")
    deployed.s3.put_object(Bucket=BUCKET, Key="2026/a", Body=b"\xff")
    read = document(deployed.ops("dlq", "--json"), "dlq")
    assert {each.name: each.letters for each in read.queues if each.letters} == {
        "changes": 1,
        "order": 1,
        "undelivered-changes": 1,
    }
    by_queue = {each.queue: each for each in read.letters}
    assert (by_queue["order"].id, by_queue["order"].order_id) == (letter, order_id)
    assert by_queue["changes"].beginning == "not a change, from [redacted]"
    assert by_queue["undelivered-changes"].receives is None


def test_queue_that_cannot_be_read_is_a_failure_of_the_document(deployed: Deployed) -> None:
    del deployed.stacks["orders-dev-saga"]["MissedSweepsQueueUrl"]
    ran = deployed.ops("dlq", "--json")
    read = document(ran, "dlq")
    assert ran.status == 3
    (failure,) = read.failures
    assert (failure.part, failure.remedy) == ("sweeps", "deploy this release to it first")
    assert "sweeps" not in {each.name for each in read.queues}


@pytest.mark.slow
@pytest.mark.parametrize("command", ["redrive", "discard"])
def test_results_of_a_change_of_dead_letters_as_json(deployed: Deployed, command: str) -> None:
    ended = deployed.dead(an_order(deployed.world, "fulfilled"))
    unusable = deployed.put(ORDER, "nothing")
    arguments = (command, "--queue", "order", "--all", "--yes", "--json")
    ran = deployed.ops(*arguments)
    results = {each.id: each.result for each in document(ran, command).letters}
    assert results == {ended: "done", unusable: "left" if command == "redrive" else "done"}
    assert ran.status == (3 if command == "redrive" else 0)


@pytest.mark.slow
def test_dry_run_as_json_changes_nothing(deployed: Deployed) -> None:
    deployed.dead(an_order(deployed.world))
    (letter,) = document(deployed.ops("redrive", "--all", "--dry-run", "--json"), "redrive").letters
    assert (letter.result, letter.note) == ("planned", "sends it to the order queue (PENDING)")
    assert deployed.driven() == []


def test_order_with_everything_about_it_as_json(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, "fulfilled")
    letter = deployed.dead(order_id)
    read = document(deployed.ops("show", order_id, "--json"), "show")
    assert (read.order.order_id, read.order.status) == (order_id, "FULFILLED")
    assert [(each.attempt, each.status, each.amount) for each in read.payments] == [(1, "CAPTURED", 2500)]
    assert (read.reservation.status, read.reservation.lines[0].quantity) == ("COMMITTED", 2)
    assert {each.type for each in read.events} >= {"OrderPlaced", "PaymentCaptured"}
    assert [each.id for each in read.letters] == [letter]
    assert (read.mails, read.log, read.audit, read.address) == ([], [], [], None)


@pytest.mark.slow
def test_address_is_in_the_document_only_when_asked_for(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    silent = deployed.ops("show", order_id, "--no-log", "--json").out
    asked = document(deployed.ops("show", order_id, "--no-log", "--address", "--json"), "show")
    assert ADDRESS["line1"] not in silent
    assert ADDRESS["line1"] in asked.address
    assert asked.log is None


def test_secret_that_was_logged_is_redacted_in_the_document(deployed: Deployed) -> None:
    order_id = an_order(deployed.world, token="tok_flaky")
    deployed.fault(order_id, f"ValueError: tok_flaky for {ADDRESS['line1']}, ada@example.com")
    deployed.dead(order_id)
    ran = deployed.ops("show", order_id, "--json")
    assert document(ran, "show").order.fault.cause == "ValueError: [redacted] for [redacted], [redacted]"
    for secret in ("tok_flaky", ADDRESS["line1"], "ada@"):
        assert secret not in ran.out


def test_part_that_cannot_be_read_is_null_and_a_failure(deployed: Deployed, calls: AwsCalls) -> None:
    order_id = an_order(deployed.world)
    calls.always("FilterLogEvents", fails("AccessDenied"))
    ran = deployed.ops("show", order_id, "--json")
    read = document(ran, "show")
    assert (ran.status, read.log) == (3, None)
    assert [each.part for each in read.failures] == ["the log"]


def test_control_characters_are_escapes_of_json(deployed: Deployed) -> None:
    order_id = an_order(deployed.world)
    line = {"sku": "MUG-RED", "name": "a\x1b[2J\x7f\u202eb", "quantity": 2, "unitPrice": 1250}
    overwrite(deployed.world, order_keys.order(order_id), lines=[line])
    ran = deployed.ops("show", order_id, "--no-log", "--json")
    assert ran.out.replace("\n", "").isprintable()
    assert json.loads(ran.out)["order"]["lines"][0]["name"] == line["name"]


def test_refusal_prints_no_document(deployed: Deployed) -> None:
    ran = deployed.ops("show", "no-such-order", "--json")
    assert (ran.status, ran.out) == (1, "")
    assert "do: check the id" in ran.err
