"""The command `webhooks`: partners' endpoints, the log of their deliveries, sending again, and a test event.

| if it dies                              | then                                                          |
|-----------------------------------------|---------------------------------------------------------------|
| before the delivery is PENDING again    | nothing has happened: the message finds an ended delivery     |
| before the second message               | the first is still delayed, and finds the delivery            |
| after it                                | both messages find the delivery; one of them attempts it      |
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import uuid4

from console.progress import say
from console.tables import show_table
from ops.documents.webhooks import LoggedDelivery, WebhookEndpoint, WebhooksDocument
from ops.errors import CommandRefused
from ops.json_output import print_document
from ops.options import confirm
from ops.stage import Stage
from ops.table_scan import ScanFilter, TableScan, scan_progress
from ops.webhooks.keys import key_versions
from ordering.aws.webhook_queue import WebhookQueue
from ordering.domain.clock import now
from ordering.domain.operator_text import age, counted
from ordering.domain.order import CustomerId
from ordering.domain.webhooks.delivery import WebhookDelivery, delivery_of_test
from ordering.domain.webhooks.endpoint import Endpoint, EndpointStatus, WebhookId
from ordering.repositories.items import record_in_list
from ordering.repositories.keys import endpoint_keys
from ordering.repositories.webhook_deliveries import Deliveries
from ordering.repositories.webhooks import Webhooks

# A delivery to send again is looked for among so many.
_SEARCHED = 1000
_QUEUE = "WebhookDeliveriesQueueUrl"


def show_of_customer(stage: Stage, customer_id: CustomerId, *, as_json: bool) -> None:
    """Show the endpoints of a partner."""
    _show(stage, Webhooks(stage.table).of(customer_id), as_json=as_json)


def show_disabled(stage: Stage, *, as_json: bool) -> None:
    """Show the disabled endpoints of all partners. Reads the whole table, slowly."""
    endpoints = _all_endpoints(stage, as_json=as_json)
    _show(stage, [each for each in endpoints if each.status is EndpointStatus.DISABLED], as_json=as_json)


def show_with_earlier_key(stage: Stage, *, as_json: bool) -> None:
    """Show the endpoints whose secret is derived from a key that was replaced. Reads the whole table, slowly.

    Raises CommandRefused.
    """
    versions = key_versions(stage)
    endpoints = _all_endpoints(stage, as_json=as_json)
    _show(stage, [each for each in endpoints if versions.is_earlier(each)], as_json=as_json)


def show_log(
    stage: Stage, customer_id: CustomerId, webhook_id: WebhookId, *, limit: int, as_json: bool
) -> None:
    """Show an endpoint and its newest deliveries. Raises CommandRefused."""
    endpoint = _endpoint(stage, customer_id, webhook_id)
    deliveries = Deliveries(stage.table).log(webhook_id, limit)
    if as_json:
        _print(stage, [endpoint], deliveries=deliveries)
        return
    _show_endpoints([endpoint])
    say()
    say(f"{counted(len(deliveries), 'delivery', 'deliveries')}, the newest first; the log keeps 30 days")
    if deliveries:
        show_table(
            ["event", "type", "order", "status", "attempts", "result", "changed"],
            [
                [
                    each.event_id,
                    each.type,
                    each.order_id,
                    each.status,
                    str(each.attempts),
                    each.last_result or "",
                    f"{age(each.updated_at)} ago",
                ]
                for each in deliveries
            ],
        )


def resend(
    stage: Stage,
    customer_id: CustomerId,
    webhook_id: WebhookId,
    event_id: str,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Send an event again that has ended, or has lost its message. Raises CommandRefused."""
    queue = _queue(stage)
    endpoint = _endpoint(stage, customer_id, webhook_id)
    deliveries = Deliveries(stage.table)
    delivery = next(
        (each for each in deliveries.log(webhook_id, _SEARCHED) if each.event_id == event_id), None
    )
    if delivery is None:
        raise CommandRefused(
            f"the log of the endpoint has no event {event_id} among its newest {_SEARCHED}",
            "`webhooks` with --endpoint prints the log; it keeps thirty days",
        )
    if delivery.has_not_ended and not delivery.has_lost_its_message(at=now()):
        raise CommandRefused(
            f"the delivery is PENDING: the next attempt is due at {delivery.due_at}", "there is nothing to do"
        )
    if endpoint.status is EndpointStatus.DISABLED:
        raise CommandRefused(
            "the endpoint is disabled, so nothing is sent to it",
            "send a test event with --test: if it is acknowledged, the endpoint is enabled",
        )
    confirm(
        stage,
        f"{delivery.type} of order {delivery.order_id} would be sent to {_host(endpoint)} again.",
        yes=yes,
    )
    queue.send([delivery])
    if not deliveries.reopen(delivery, at=now()):
        raise CommandRefused("the delivery has changed meanwhile; nothing was changed", "read its log again")
    queue.send([delivery])
    _report(stage, endpoint, delivery, as_json=as_json)


def send_test(
    stage: Stage, customer_id: CustomerId, webhook_id: WebhookId, *, yes: bool, as_json: bool
) -> None:
    """Send a test event to an endpoint, once. Raises CommandRefused."""
    queue = _queue(stage)
    endpoint = _endpoint(stage, customer_id, webhook_id)
    confirm(stage, f"A test event would be sent to {_host(endpoint)}.", yes=yes)
    delivery = delivery_of_test(endpoint, uuid4().hex, at=now())
    # In this order, as everywhere: there is no delivery without a message.
    queue.send([delivery])
    Deliveries(stage.table).create(delivery)
    _report(stage, endpoint, delivery, as_json=as_json)


def _all_endpoints(stage: Stage, *, as_json: bool) -> list[Endpoint]:
    """Returns the endpoints of all partners. One that cannot be read is left out, and reported."""
    wanted = ScanFilter(
        "begins_with(#PK, :partition) AND begins_with(#SK, :endpoint)",
        {":partition": endpoint_keys.webhooks_partition(""), ":endpoint": endpoint_keys.ENDPOINT_PREFIX},
        ("PK", "SK"),
    )
    scan = TableScan(stage.dynamodb, stage.output("TableName"), None)
    with scan_progress("Webhook endpoints", as_json) as progress:
        found = [item for page in scan.items(wanted, progress) for item in page]
    # Read again, because a scan is not consistent.
    items = (stage.table.get({"PK": item["PK"], "SK": item["SK"]}) for item in found)
    endpoints = [record_in_list(item, Endpoint) for item in items if item]
    return [each for each in endpoints if each]


def _endpoint(stage: Stage, customer_id: CustomerId, webhook_id: WebhookId) -> Endpoint:
    found = Webhooks(stage.table).find(customer_id, webhook_id)
    if found is None:
        raise CommandRefused(
            f"customer {customer_id} has no webhook endpoint {webhook_id}",
            "`webhooks --customer` lists the endpoints of a customer",
        )
    return found


def _queue(stage: Stage) -> WebhookQueue:
    """Returns the queue of deliveries. Raises CommandRefused in a stage without webhooks."""
    if _QUEUE not in stage.outputs:
        raise CommandRefused(
            f"stage {stage.name} sends no webhooks",
            "set `webhooks` in stacks/settings/stages.py to send them; the endpoints and the log can be read",
        )
    return WebhookQueue(stage.outputs[_QUEUE])


def _host(endpoint: Endpoint) -> str:
    return urlsplit(endpoint.url).netloc


def _show(stage: Stage, endpoints: Sequence[Endpoint], *, as_json: bool) -> None:
    if as_json:
        _print(stage, endpoints)
    else:
        _show_endpoints(endpoints)


def _show_endpoints(endpoints: Sequence[Endpoint]) -> None:
    say(counted(len(endpoints), "webhook endpoint"))
    if endpoints:
        show_table(
            ["endpoint", "customer", "host", "status", "reason", "failing since"],
            [
                [
                    each.webhook_id,
                    each.customer_id,
                    _host(each),
                    each.status,
                    each.disabled_reason or "",
                    each.failing_since or "",
                ]
                for each in endpoints
            ],
        )


def _report(stage: Stage, endpoint: Endpoint, delivery: WebhookDelivery, *, as_json: bool) -> None:
    if as_json:
        _print(stage, [endpoint], sent=delivery.event_id)
        return
    say(f"{delivery.type} is sent to {_host(endpoint)} within seconds, as event {delivery.event_id}")


def _print(
    stage: Stage,
    endpoints: Sequence[Endpoint],
    *,
    deliveries: Sequence[WebhookDelivery] | None = None,
    sent: str | None = None,
) -> None:
    print_document(
        WebhooksDocument(
            stage=stage.name,
            failures=[],
            endpoints=[
                WebhookEndpoint(
                    webhook_id=each.webhook_id,
                    customer_id=each.customer_id,
                    host=_host(each),
                    types=list(each.types),
                    status=each.status,
                    disabled_reason=each.disabled_reason,
                    failing_since=each.failing_since,
                    paused_until=each.paused_until,
                    created_at=each.created_at,
                    updated_at=each.updated_at,
                )
                for each in endpoints
            ],
            deliveries=None
            if deliveries is None
            else [
                LoggedDelivery(
                    event_id=each.event_id,
                    type=each.type,
                    order_id=each.order_id,
                    sequence=each.sequence,
                    status=each.status,
                    attempts=each.attempts,
                    last_result=each.last_result,
                    last_milliseconds=each.last_milliseconds,
                    created_at=each.created_at,
                    updated_at=each.updated_at,
                    due_at=each.due_at,
                )
                for each in deliveries
            ],
            sent=sent,
        )
    )
