"""Random requests to every route, as a client sends that ignores the API's description.

No request causes a fault, a refused request writes nothing, and each refusal names the field and the reason.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from ordering.http.problems import ProblemType
from ordering.http.routes import GET_DOCS, GET_EVENT_DOCS, ROUTES, Route
from tests.handlers.images.uploading import Studio
from tests.support.aws_calls import AwsCalls
from tests.support.world import ADDRESS, HandlerResponse, World, order_body

pytestmark = pytest.mark.usefixtures("cursor_secret", "webhook_key", "queues")

SEED = int(os.environ.get("MISUSE_SEED", "20261121"))
REQUESTS = int(os.environ.get("MISUSE_REQUESTS", "500"))

# What a shell, a spreadsheet, a careless program or an attacker might send.
_WORDS = """
    0 -1 01 1,2 100 101 1e400 NaN null true {} [] # * \\ ../ %2e CUSTOMER#x ORDER MUG-RED NEW a,b
    ' " "" "x" W/"x" PENDING pending 67AC7C2F-9402-853B-AEB2-E3A1FE83D8FC
    2026-11-21T12:00:00Z 2026-11-21T23:59:60Z 0001-01-01T00:00:00+23:59 9999-12-31T23:59:59-23:59
"""
_LETTERS = ("", " ", "é", "\u0663", "\ud800", "a\udfff", "\x00", "\x7f", "\x85", "\u2028", "👩‍👩‍👧")
ANYTHING = (*_LETTERS, *_WORDS.split(), "a" * 300, "a" * 5000)
NUMBERS = (0, -1, 1, 2, 1.5, -0.0, 1e308, 2**53, 2**63, 2**64, 10**40)
HEADERS = ("Idempotency-Key", "If-Match", "If-None-Match", "Content-Type", "Accept")
# handler → a valid body.
BODIES: Mapping[str, Any] = {
    "place_order": order_body(),
    "put_product": {"name": "Mug", "price": {"amount": 1, "currency": "EUR"}},
    "receive_stock": {"received": 1},
    "put_profile": {"email": "ada@example.com", "address": ADDRESS},
    "upload_image": {"contentType": "image/jpeg", "size": 1000},
    "order_images": {"imageIds": ["3f2c9a7e5b1d4086a1c7e9d2b4f60813"]},
    "create_webhook": {"url": "https://partner.example.com/webhooks", "types": ["OrderFulfilled"]},
}


class RandomClient:
    """Makes random requests. Ids, cursors and tags that it receives are sent to other routes."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.known = {
            "sku": "MUG-RED",
            "queue": "order",
            "orderId": "ORDER",
            "customerId": "9f86d081884c7d659a2feaa0c55ad015",
            "webhookId": "3f2c9a7e5b1d4086a1c7e9d2b4f60813",
            "imageId": "3f2c9a7e5b1d4086a1c7e9d2b4f60813",
            "file": "0123456789abcdef-small.webp",
        }
        self.found: list[str] = []

    def request(self, route: Route) -> dict[str, Any]:
        """Returns the path, query, headers, body and caller of a request, as arguments of `http_event`."""
        names = re.findall(r"{(\w+)}", route.path)
        request: dict[str, Any] = {
            "path": {name: self.random.choice([self.known[name], self.text()]) for name in names},
            "query": {each.name: self.text() for each in route.parameters if each.place == "query"},
            "headers": {name: self.text() for name in HEADERS},
            "subject": self.random.choice(["alice", "bob"]),
        }
        for part in ("query", "headers"):
            request[part] = {
                name: each for name, each in request[part].items() if self.random.random() < 0.25
            }
        if self.random.random() < 0.05:
            request["query"][self.text()] = self.text()
        if route.body:
            request["body"] = self.body(BODIES[route.handler])
        return request

    def learn(self, response: HandlerResponse) -> None:
        """Keep the ids, the cursor and the tag of a response."""
        body = response.body or {}
        self.known |= {name: body[name] for name in self.known if name in body}
        given = (body.get("orderId"), body.get("next"), body.get("customerId"), body.get("webhookId"))
        self.found += filter(None, (*given, response.headers.get("etag")))

    def text(self) -> str:
        return self.random.choice([*ANYTHING, *self.found[-8:]])

    def body(self, right: Any) -> str:
        """Returns a valid body, or one with a wrong value in one place, or text that is not JSON there."""
        text = json.dumps(self.spoilt(right) if self.random.random() < 0.7 else right)
        if self.random.random() < 0.1:
            place = self.random.randrange(len(text))
            text = text[:place] + self.random.choice(["", "\ufeff", '"', "}", ",", "NaN"]) + text[place + 1 :]
        return text

    def spoilt(self, right: Any) -> Any:
        """Returns the value with something else in one place."""
        if isinstance(right, dict) and self.random.random() < 0.8:
            name = self.random.choice([*right, self.text()])
            return right | {name: self.spoilt(right.get(name))}
        if isinstance(right, list) and self.random.random() < 0.8:
            return [*right[1:], self.spoilt(right[0])]
        return self.random.choice(
            [self.text(), self.random.choice(NUMBERS), None, True, [], {}, [right], right]
        )


@pytest.mark.slow
@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_random_requests_cause_no_fault_and_refused_ones_write_nothing(
    world: World, calls: AwsCalls, seed: int
) -> None:
    calls.always("SendMessageBatch", lambda parameters, send: {})
    Studio(world).create_bucket()
    client = RandomClient(Random(seed))  # noqa: S311 (not for secrets)
    world.stocked()
    answered: Counter[int] = Counter()
    routes = [route for route in ROUTES if route not in (GET_DOCS, GET_EVENT_DOCS)]
    for _ in range(REQUESTS):
        route = client.random.choice(routes)
        request, before = client.request(route), world.items()
        # `World.api` checks that the route table describes the response.
        answer = world.api(route.handler, route.key, **request)
        complaint = wrong_with(route, answer, is_written=world.items() != before)
        assert not complaint, f"MISUSE_SEED={seed}: {complaint}: {route.key} {request} → {answer}"
        client.learn(answer)
        answered[answer.status] += 1
    # Enough requests succeed for there to be records that others could break.
    assert {200, 201, 202, 204} <= set(answered), f"MISUSE_SEED={seed}: {answered}"


def wrong_with(route: Route, answer: HandlerResponse, *, is_written: bool) -> str | None:
    """Returns what is wrong with a response; None if nothing is."""
    if answer.status >= 500:
        return "a fault"
    if is_written and (answer.status >= 400 or route.method == "GET"):
        return "something was written"
    if answer.status in route.responses:
        required = {header.name.lower() for header in route.headers if header.required}
        return "a header is missing" if required - answer.headers.keys() else None
    if "regex" in answer.body["detail"]:
        return "the refusal quotes a pattern"
    names_no_field = answer.status in (400, 422) and not answer.body.get("errors")
    if names_no_field and answer.body["type"] != ProblemType.MALFORMED_BODY.uri:
        return "no field is named"
    return None
