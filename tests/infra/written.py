"""The metrics that our own code writes, as it really writes them: in the embedded metric format.

Each function runs once in every situation that it measures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError

from ordering import unreadable
from ordering.domain.clock import ago
from ordering.domain.measurements import OUTCOMES
from ordering.domain.order import Reason, Status
from ordering.domain.payment import PaymentStatus
from ordering.dynamodb.codec import encode_item
from ordering.http_client import ReceivedResponse
from ordering.repositories.keys import order_keys
from tests.support.aws_calls import client_error
from tests.support.builders import image, order, payment
from tests.support.environment import BUS
from tests.support.fresh_modules import load_anew
from tests.support.recorded import stream_event
from tests.support.world import Context, World
from tests.synth import Json, Synthesised

SWEEP = "lambdas.scheduled.reconcile_orders"
MAIL = "lambdas.events.notify_customer"
CANARY = "lambdas.scheduled.place_canary_order"


class Written(NamedTuple):
    """A metric of a line of the log."""

    namespace: str
    name: str
    unit: str
    dimensions: frozenset[tuple[str, str]]


def environment(app: Synthesised, handler: str, patch: pytest.MonkeyPatch) -> None:
    """Give this process the settings of metrics that a function of `app` has."""
    variables = app.function(handler).properties["Environment"]["Variables"]
    for name in ("OPEN_TOO_LONG_SECONDS", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME"):
        if name in variables:
            patch.setenv(name, variables[name])


def lines(output: str) -> list[Json]:
    """The lines that CloudWatch makes metrics of."""
    return [json.loads(line) for line in output.splitlines() if '"_aws"' in line]


def metrics(output: str) -> Iterator[Written]:
    """Every metric of the lines of a function's output."""
    for line in lines(output):
        for directive in line["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, line[name]) for name in names)
                for metric in directive["Metrics"]:
                    yield Written(directive["Namespace"], metric["Name"], metric["Unit"], dimensions)


def run_sweep(app: Synthesised, world: World, patch: pytest.MonkeyPatch) -> None:
    """Run the sweep while an order makes no progress."""
    environment(app, "reconcile_orders", patch)
    # Loaded anew, as a new function: whose metrics they are is settled when it starts.
    sweep = load_anew(SWEEP, patch)
    patch.setattr(sweep, "_waiting_messages", lambda: 1_000_000)
    order_id = world.stocked().place_order()
    values = {":at": ago(hours=2)}
    world.table.update(order_keys.order(order_id), "SET GSI2SK = :at, updatedAt = :at", values=values)
    sweep.handler({}, Context())


def run_outbox(app: Synthesised, patch: pytest.MonkeyPatch) -> None:
    """Publish an order's placing, every end that it may come to, and money that moves."""
    environment(app, "publish_changes", patch)
    boto3.client("events").create_event_bus(Name=BUS)
    before = {Status.FULFILLED: Status.CONFIRMED, Status.REJECTED: Status.REJECTING}
    ends = [
        (
            order(before.get(status, Status.CANCELLING), version=2),
            order(status, reason=Reason(reason) if reason in {*Reason} else None, version=3),
        )
        for status, reasons in OUTCOMES.items()
        for reason in reasons
    ]
    changes: list[tuple[Any, Any]] = [
        (None, order()),
        *ends,
        (payment(), payment(PaymentStatus.REFUNDED, version=2)),
    ]
    records = [(encode_item(image(old)) if old else None, encode_item(image(new))) for old, new in changes]
    publish = import_module("lambdas.events.publish_changes")
    assert publish.handler(stream_event(*records), Context()) == {"batchItemFailures": []}


def run_mail(app: Synthesised, world: World, patch: pytest.MonkeyPatch) -> None:
    """Notify a customer without a profile, one who gets the mail, and one whose address SES refuses."""
    from tests.handlers.events.notify_customer.notifying import message, transition_event, with_profile
    from tests.support.orders import an_order
    from tests.support.recorded import queue_event
    from tests.support.ses import prove_sender

    environment(app, "notify_customer", patch)
    notify = load_anew(MAIL, patch)
    prove_sender()

    def one() -> None:
        event = transition_event(world, an_order(world, "fulfilled"))
        assert notify.handler(queue_event(message(event)), Context()) == {"batchItemFailures": []}

    one()
    with_profile(world)
    one()
    patch.setattr(notify.mailer._client, "send_email", _refuses)
    one()


def run_canary(app: Synthesised, patch: pytest.MonkeyPatch) -> None:
    """Place a canary order that ends as it should."""
    environment(app, "place_canary_order", patch)
    canary = load_anew(CANARY, patch)
    at = ("2026-11-28T12:00:00.000Z", "2026-11-28T12:00:01.000Z")
    order = {
        "orderId": "0",
        "status": "REJECTED",
        "reason": "OUT_OF_STOCK",
        "history": [{"at": each} for each in at],
    }
    patch.setattr(canary.tokens, "get", lambda: "token")
    patch.setattr(
        canary.http_client, "send", lambda *_, **__: ReceivedResponse(202, {}, json.dumps(order).encode())
    )
    assert canary.handler({"scheduledAt": "2026-11-28T12:00:00Z"}, Context()) == {"outcome": "ENDED"}


def _refuses(**parameters: Any) -> Any:
    error = client_error("BadRequestException", "SendEmail")
    error.response["Error"]["Message"] = "Missing final '@domain'"
    raise ClientError(error.response, "SendEmail")


def run_reader(app: Synthesised, patch: pytest.MonkeyPatch) -> None:
    """Meet a record that cannot be read. Every function measures this, under the same name."""
    for function in app.functions():
        environment(app, function.properties["Handler"].removesuffix(".handler"), patch)
    unreadable.report("PRODUCT#A/PRODUCT", "Product", "Expected `int`")


def filtered(app: Synthesised) -> Iterator[Written]:
    """The metrics that CloudWatch Logs makes of lines of a log."""
    for found in app.resources("AWS::Logs::MetricFilter"):
        (made,) = found.properties["MetricTransformations"]
        assert "Dimensions" not in made
        yield Written(made["MetricNamespace"], made["MetricName"], made.get("Unit", "None"), frozenset())
