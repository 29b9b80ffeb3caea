"""Guarantee 5, for webhooks:

- Each event that an endpoint wants is sent to it until it is acknowledged, unless the endpoint is disabled.
- Once a webhook is acknowledged, it is sent again only if the process or the response was lost after it had
  arrived and before that was recorded.
- Of the events of one order's family, a later one is not sent while an earlier one waits for it.
- Each is signed with the endpoint's secret, and contains the event as it was published.
- An endpoint that acknowledges is not disabled.
- A partner with a profile gets one mail that their endpoint was disabled. It is sent a second time only if
  the process or the response was lost between sending and recording.

Guarantee 6: an endpoint gets events of its own customer's orders only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from standardwebhooks.webhooks import Webhook

from ordering.domain.mail_texts import TEXTS
from ordering.domain.webhooks.signing import secret_of
from tests.support.calls import InjectedFault
from tests.support.environment import WEBHOOK_KEY
from tests.support.in_memory_receiver import ReceivedWebhook
from tests.support.mail_invariants import is_in_doubt
from tests.support.mailbox import DeliveredMail
from tests.support.table_stream import Change

_DAY = 24 * 3600
_SUBJECTS = {texts.webhook_disabled_subject for texts in TEXTS.values()}


def violations(
    changes: Sequence[Change],
    published: Sequence[dict[str, Any]],
    received: Sequence[ReceivedWebhook],
    injected: Iterable[InjectedFault],
    items: Sequence[dict[str, Any]],
    mails: Sequence[DeliveredMail] | None = None,
) -> list[str]:
    """Returns the violations, as sentences, once everything has ended.

    `published`: the events; `injected`: the faults that fired; `items`: the table; `mails`: those that were
    sent, or None if the stage sends none.
    """
    found: list[str] = []
    deliveries = [item for item in items if item["PK"].startswith("DELIVERY#")]
    for item in deliveries:
        if item["status"] == "PENDING":
            found.append(f"4: the delivery of {item['type']} is still PENDING")
    # An event of the previous release, which sends no webhooks, has no `id`.
    events = {event["id"]: event for event in published if "id" in event}
    for endpoint in (item for item in items if "salt" in item):
        own = [each for each in received if each.url == endpoint["url"]]
        found += [
            *_missing(endpoint, own, events, items),
            *_repeated(own, changes, tuple(injected)),
            *_out_of_order(endpoint, own, changes),
            *_falsified(endpoint, own, events),
            *_of_others(endpoint, own, items),
            *_disabled(endpoint, own),
            *(() if mails is None else _mails(endpoint, mails, tuple(injected), items)),
        ]
    return found


def _missing(
    endpoint: Mapping[str, Any],
    received: Sequence[ReceivedWebhook],
    events: Mapping[str, Mapping[str, Any]],
    items: Sequence[dict[str, Any]],
) -> Iterator[str]:
    """Yields the events that an enabled endpoint has not acknowledged."""
    if endpoint["status"] != "ENABLED":
        return
    acknowledged = {each.id for each in received if each.is_acknowledged}
    orders = _orders_of(endpoint, items)
    for event in events.values():
        wanted = event["type"] in endpoint["types"] and event["subject"] in orders
        if wanted and event["id"] not in acknowledged:
            yield f"5: {event['type']} of {event['subject']} was not sent until it was acknowledged"


def _repeated(
    received: Sequence[ReceivedWebhook], changes: Sequence[Change], injected: Sequence[InjectedFault]
) -> Iterator[str]:
    """Yields the webhooks that were sent again after their acknowledgement without a reason."""
    for id, sent in _by_id(received).items():
        recorded = _place(changes, id, "DELIVERED")
        for first, again in pairwise(sent):
            if recorded is not None and recorded <= again.changes:
                yield f"5: {id} was sent again after its acknowledgement was recorded"
            elif first.is_acknowledged and not is_in_doubt(first.call, injected):
                yield f"5: {id} was sent twice without need"


def _out_of_order(
    endpoint: Mapping[str, Any], received: Sequence[ReceivedWebhook], changes: Sequence[Change]
) -> Iterator[str]:
    """Yields the events that were sent while an earlier one of their family was waiting.

    AWS does not guarantee the order of events, so an earlier event may be sent later if its delivery was
    written later.
    """
    key = f"DELIVERY#{endpoint['webhookId']}#"
    families: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for place, change in enumerate(changes, start=1):
        image = change.new
        if change.old is not None or not image or not image["PK"]["S"].startswith(key):
            continue
        family = f"{image['orderId']['S']}/{image['family']['S']}"
        families[family][image["eventId"]["S"]] = (int(image["sequence"]["N"]), place)
    for deliveries in families.values():
        for id, (sequence, _) in deliveries.items():
            first = next((each for each in received if each.id == id), None)
            if first is None:
                continue
            for other, (earlier, written) in deliveries.items():
                if earlier < sequence and written <= first.changes:
                    ended = _place(changes, other, "DELIVERED", "FAILED", "DISCARDED")
                    if ended is None or ended > first.changes:
                        yield f"5: {id} was sent while {other}, which is earlier, was waiting"


def _falsified(
    endpoint: Mapping[str, Any],
    received: Sequence[ReceivedWebhook],
    events: Mapping[str, Mapping[str, Any]],
) -> Iterator[str]:
    """Yields the webhooks that a receiver cannot verify, or that differ from the event."""
    signer = Webhook(secret_of(WEBHOOK_KEY.encode(), endpoint["salt"]))
    for each in received:
        timestamp = int(each.headers["webhook-timestamp"])
        # The library verifies only with the real clock, so the signature is computed and compared.
        expected = signer.sign(each.id, datetime.fromtimestamp(timestamp, UTC), each.body.decode())
        if expected not in each.headers["webhook-signature"].split() or abs(timestamp - each.at) > 60:
            yield f"5: {each.id} is not signed with the secret of its endpoint"
        event = events.get(each.id, {})
        # An event on the bus has the fields of the previous release as well.
        if {name: event.get(name) for name in each.data} != each.data or "id" not in each.data:
            yield f"5: {each.id} was sent with another content than it was published with"


def _of_others(
    endpoint: Mapping[str, Any], received: Sequence[ReceivedWebhook], items: Sequence[dict[str, Any]]
) -> Iterator[str]:
    """Yields the webhooks about orders of other customers."""
    orders = _orders_of(endpoint, items)
    for each in received:
        if "subject" in each.data and each.data["subject"] not in orders:
            yield f"6: {each.id} is of another customer's order"


def _disabled(endpoint: Mapping[str, Any], received: Sequence[ReceivedWebhook]) -> Iterator[str]:
    """Yields an endpoint that is disabled although it has acknowledged a webhook less than three days ago."""
    if endpoint.get("disabledReason") != "NOT_ACKNOWLEDGED":
        return
    at = datetime.fromisoformat(endpoint["updatedAt"]).timestamp()
    if any(each.is_acknowledged and at - each.at < 3 * _DAY for each in received):
        yield "5: an endpoint that acknowledges was disabled"


def _mails(
    endpoint: Mapping[str, Any],
    mails: Sequence[DeliveredMail],
    injected: Sequence[InjectedFault],
    items: Sequence[dict[str, Any]],
) -> Iterator[str]:
    """Yields violations about the mails of a disabled endpoint: its partner gets one mail."""
    profile = next(
        (i for i in items if i["SK"] == "PROFILE" and i["customerId"] == endpoint["customerId"]), None
    )
    about_it = [mail for mail in mails if mail.subject in _SUBJECTS and endpoint["webhookId"] in mail.text]
    wanted = profile is not None and endpoint["status"] == "DISABLED"
    if wanted and not about_it:
        yield "5: the partner was not notified that their endpoint is disabled"
    for mail in about_it:
        if not profile or mail.to != profile["email"] or endpoint["url"] in mail.text + mail.html:
            yield "5: a mail about an endpoint went to another address than its partner's, or shows its URL"
    for first, _ in pairwise(about_it):
        if not is_in_doubt(first.call, injected):
            yield "5: the partner was notified twice that their endpoint is disabled"


def _orders_of(endpoint: Mapping[str, Any], items: Sequence[dict[str, Any]]) -> Collection[str]:
    return {
        item["orderId"]
        for item in items
        if item["SK"] == "ORDER" and item["customerId"] == endpoint["customerId"]
    }


def _by_id(received: Sequence[ReceivedWebhook]) -> Mapping[str, list[ReceivedWebhook]]:
    sent: dict[str, list[ReceivedWebhook]] = defaultdict(list)
    for each in received:
        sent[each.id].append(each)
    return sent


def _place(changes: Sequence[Change], event_id: str, *statuses: str) -> int | None:
    """Returns the place of the change by which a delivery got one of these statuses, from 1."""
    for place, change in enumerate(changes, start=1):
        image = change.new
        if not image or not image["PK"]["S"].startswith("DELIVERY#"):
            continue
        if image["eventId"]["S"] == event_id and image["status"]["S"] in statuses:
            return place
    return None
