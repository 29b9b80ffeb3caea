"""Events as AWS sends them, recorded in `tests/events`; a test may change parts of them."""

import base64
import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

_EVENTS = Path(__file__).parent.parent / "events"
ISSUER = "https://issuer.example.com"


@cache
def _recorded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((_EVENTS / f"{name}.json").read_text())
    return event


def recorded(name: str) -> dict[str, Any]:
    """Returns a recorded event unchanged."""
    return deepcopy(_recorded(name))


def http_event(
    route: str,
    *,
    body: Any = None,
    path: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    subject: str = "alice",
    issuer: str = ISSUER,
    scope: str | None = None,
) -> dict[str, Any]:
    """Returns a request of the HTTP API. A text is sent as the body as it is, anything else as JSON.

    `scope` are the scopes of its token; by default those that a customer's has.
    """
    event = deepcopy(_recorded("http_api_post_orders"))
    method, template = route.split()
    raw_path = template
    for name, value in (path or {}).items():
        raw_path = raw_path.replace(f"{{{name}}}", value)
    context = event["requestContext"]
    event |= {"routeKey": route, "rawPath": raw_path}
    context["routeKey"] = route
    context["http"] |= {"method": method, "path": raw_path}
    claims = context["authorizer"]["jwt"]["claims"]
    claims |= {"sub": subject, "iss": issuer, **({"scope": scope} if scope is not None else {})}
    event["headers"]["authorization"] = f"Bearer {_token(claims)}"
    event["headers"] |= {name.lower(): value for name, value in (headers or {}).items()}
    if path:
        event["pathParameters"] = path
    if query:
        event["queryStringParameters"] = query
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event


def _token(claims: dict[str, str]) -> str:
    """Returns a token with these claims and an invalid signature."""
    times = {name: int(claims[name]) for name in ("exp", "iat")}
    parts = ({"alg": "RS256", "kid": "recorded"}, claims | times)
    written = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join((*written, "AA"))


def queue_event(*bodies: str, receives: int = 1) -> dict[str, Any]:
    """Returns a batch of the order queue, one message for each body, with the ids `message-0` and so on."""
    return {
        "Records": [
            queue_record(f"message-{index}", f"handle-{index}", body, receives)
            for index, body in enumerate(bodies)
        ]
    }


def queue_record(message_id: str, handle: str, body: str, receives: int) -> dict[str, Any]:
    """Returns one message of the order queue, as a function receives it."""
    (template,) = _recorded("sqs_order_queue")["Records"]
    attributes = template["attributes"] | {"ApproximateReceiveCount": str(receives)}
    record: dict[str, Any] = template | {
        "messageId": message_id,
        "receiptHandle": handle,
        "body": body,
        "attributes": attributes,
    }
    return record


def stream_event(*changes: tuple[dict[str, Any] | None, dict[str, Any] | None]) -> dict[str, Any]:
    """Returns a batch of the table's stream from pairs of old and new image, numbered from 1."""
    return {
        "Records": [stream_record(old, new, number) for number, (old, new) in enumerate(changes, start=1)]
    }


def stream_record(old: dict[str, Any] | None, new: dict[str, Any] | None, number: int) -> dict[str, Any]:
    """Returns one record of the table's stream; images are typed attributes."""
    (template,) = _recorded("dynamodb_stream_order_placed")["Records"]
    present = new or old or {}
    change = {name: fact for name, fact in template["dynamodb"].items() if name != "NewImage"}
    change |= {
        "Keys": {name: present[name] for name in ("PK", "SK") if name in present},
        "SequenceNumber": str(number),
    }
    if old:
        change["OldImage"] = old
    if new:
        change["NewImage"] = new
    event = "INSERT" if old is None else "MODIFY" if new else "REMOVE"
    record: dict[str, Any] = template | {"eventName": event, "dynamodb": change}
    return record


def placed_order_image() -> dict[str, Any]:
    """Returns the recorded new image of an order that was just placed."""
    image: dict[str, Any] = deepcopy(
        _recorded("dynamodb_stream_order_placed")["Records"][0]["dynamodb"]["NewImage"]
    )
    return image
