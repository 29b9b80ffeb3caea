"""Events for `notify_customer`, what it did with them, and failures of SES."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError
from msgspec.structs import replace

from ordering.domain.events.earlier_release import encode
from ordering.domain.events.envelope import Event
from ordering.domain.order import OrderId, Status
from ordering.repositories.keys import event_keys
from ordering.repositories.stream import event_of_images
from tests.support.aws_calls import Replacement, Send, client_error
from tests.support.builders import image
from tests.support.client_calls import Parameters
from tests.support.faults import ProcessLost
from tests.support.logs import Logs
from tests.support.recorded import queue_event, recorded
from tests.support.world import ADDRESS, World, invoke

NOTIFY = "lambdas.events.notify_customer"
# How a consumer waits between its attempts.
SLEEP = "ordering.consumers.event_consumer.sleep"

EMAIL = "ada@example.com"


def with_profile(world: World, email: str = EMAIL, **facts: str) -> None:
    body = {"email": email, "address": ADDRESS, **facts}
    entered = world.api("put_profile", "PUT /customers/me", body)
    assert entered.status == 201


def transition_event(world: World, order_id: OrderId, status: Status | None = None, **facts: Any) -> Event:
    """Returns the event of an order's transition to a status, by default to its present one."""
    order = world.details(order_id).order
    status = status or order.status
    version = [each.status for each in order.history].index(status) + 1
    at = order.history[version - 1].at
    event = event_of_images(None, image(replace(order, status=status, version=version, updated_at=at)))
    assert event
    return replace(event, **facts)


def message(event: Event) -> str:
    """Returns an event as EventBridge delivers it."""
    delivered = {"detail-type": event.type, "detail": json.loads(encode(event))}
    return json.dumps(recorded("eventbridge_order_fulfilled") | delivered)


def notify(*events: Event, receives: int = 1) -> list[str]:
    """Deliver events in one batch. Returns the ids of the messages that failed."""
    return failures(*map(message, events), receives=receives)


def failures(*bodies: str, receives: int = 1) -> list[str]:
    answer = invoke("events.notify_customer", queue_event(*bodies, receives=receives))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def outcomes(logs: Logs) -> list[str]:
    return [line["outcome"] for line in logs.lines if line["message"] == "event handled"]


def record_of(world: World, event: Event) -> Mapping[str, Any]:
    found = world.table.get(
        event_keys.consumed("notify_customer", event_keys.changed_item(event), event_keys.change(event))
    )
    assert found is not None
    return found


def dies(parameters: Parameters, send: Send) -> Any:
    """The process dies before the call of SES."""
    raise ProcessLost


def dies_after(parameters: Parameters, send: Send) -> Any:
    """The process dies after SES accepted the mail."""
    send()
    raise ProcessLost


def refuses(code: str, said: str) -> Replacement:
    """SES refuses a mail with this error code and message."""

    def replacement(parameters: Parameters, send: Send) -> Any:
        error = client_error(code, "SendEmail")
        error.response["Error"]["Message"] = said
        raise ClientError(error.response, "SendEmail")

    return replacement


def response_lost(parameters: Parameters, send: Send) -> Any:
    """SES accepts the mail, and its response is lost."""
    send()
    raise ReadTimeoutError(endpoint_url="https://email.eu-west-1.amazonaws.com")
