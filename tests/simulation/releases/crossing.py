"""Values of one release, used in the other: a client's cursors and keys, stored items, queued messages.

Each function returns the violations, by rule.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import boto3

from tests.simulation.releases.mixture import EARLIER, Mixture, Mode
from tests.simulation.releases.observation import MESSAGE, Sample
from tests.simulation.releases.release import Release
from tests.simulation.releases.rules import Finding, Rule
from tests.support import least_privilege
from tests.support.recorded import http_event, queue_record
from tests.support.world import Context, World, order_body

_SKUS = ("MUG-RED", "MUG-BLUE", "MUG-GREEN")


class Listing(NamedTuple):
    """A list whose pages have cursors."""

    handler: str
    route: str
    members: str
    path: dict[str, str]


_LISTINGS = (
    Listing("list_orders", "GET /orders", "orders", {}),
    Listing("list_products", "GET /products", "products", {}),
    Listing("list_stock_entries", "GET /products/{sku}/stock", "entries", {"sku": _SKUS[0]}),
    Listing("admin_list_open_orders", "GET /admin/orders", "orders", {}),
)
_READS = (
    ("get_order", "GET /orders/{orderId}"),
    ("admin_get_order", "GET /admin/orders/{orderId}"),
    ("list_orders", "GET /orders"),
    ("list_products", "GET /products"),
    ("get_product", "GET /products/{sku}"),
    ("list_stock_entries", "GET /products/{sku}/stock"),
    ("get_profile", "GET /customers/me"),
)


def crossed_by_clients(mixed: Mixture) -> Iterator[Finding]:
    """Yields the cursors and idempotency keys of one release that the other does not accept."""
    with _cursor_secret():
        yield from _keys(mixed)
        yield from _cursors(mixed)


def crossed_after(mixed: Mixture, journey: str, samples: Iterable[Sample]) -> Iterator[Finding]:
    """Yields what the later release cannot read or process after a journey in the earlier release."""
    with _cursor_secret():
        yield from _read_back(mixed, journey)
        yield from _processed(mixed, samples)


@contextmanager
def _cursor_secret() -> Iterator[None]:
    """The secret whose key signs cursors."""
    found = boto3.client("secretsmanager")
    arn = found.create_secret(Name="cursors", SecretString="made up")["ARN"]
    with patch.dict(os.environ, CURSOR_SECRET_ARN=arn):
        yield
    found.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def _pairs(mixed: Mixture) -> Iterator[tuple[Release, Release]]:
    yield mixed.earlier, mixed.later
    yield mixed.later, mixed.earlier


def _keys(mixed: Mixture) -> Iterator[Finding]:
    for first, second in _pairs(mixed):
        _stock(mixed)
        mixed.begin(Mode(EARLIER))
        request = http_event("POST /orders", body=order_body(), headers={"Idempotency-Key": "basket-1"})
        placed, again = (_call(release, "api.place_order", request) for release in (first, second))
        names = f"a retry of an order of release {first.name} in release {second.name}"
        if again["statusCode"] == 422:
            yield Finding(Rule.KEY_2, f"{names} is refused as another body")
        elif "orderId" not in _body(again) or _body(placed)["orderId"] != _body(again)["orderId"]:
            yield Finding(Rule.KEY_1, f"{names} is another order")


def _cursors(mixed: Mixture) -> Iterator[Finding]:
    _stock(mixed)
    mixed.begin(Mode(EARLIER))
    for key in ("basket-1", "basket-2", "basket-3"):
        request = http_event("POST /orders", body=order_body(), headers={"Idempotency-Key": key})
        _call(mixed.earlier, "api.place_order", request)
    # Only orders that have been open for a while are listed as such.
    mixed.shop.clock.move(3600)
    for listing in _LISTINGS:
        for first, second in _pairs(mixed):
            page = _page(first, listing)
            if first is mixed.earlier:
                assert page.get("next"), f"{listing.handler} has no second page: {page}"
            elif not page.get("next"):
                text = f"{listing.handler} cannot list what release {second.name} has written: {page}"
                yield Finding(Rule.ITEM_5, text)
                continue
            cursor = page["next"]
            own, other = _page(first, listing, cursor=cursor), _page(second, listing, cursor=cursor)
            if not _alike(own.get(listing.members), other.get(listing.members)):
                yield Finding(
                    Rule.CURSOR_1,
                    f"{listing.handler} of release {second.name} refuses a cursor of release {first.name}: "
                    f"{other.get('errors') or other}",
                )


def _alike(own: list[dict[str, Any]] | None, other: list[dict[str, Any]] | None) -> bool:
    """Whether two releases list the same items. Fields that only one of them has are not compared."""
    if own is None or other is None or len(own) != len(other):
        return own is other
    return all(
        one.keys() & two.keys() and all(one[name] == two[name] for name in one.keys() & two.keys())
        for one, two in zip(own, other, strict=True)
    )


def _page(release: Release, listing: Listing, **query: str) -> dict[str, Any]:
    request = http_event(listing.route, path=listing.path, query={"limit": "1", **query})
    request.pop("body", None)
    return _body(_call(release, f"api.{listing.handler}", request))


def _read_back(mixed: Mixture, journey: str) -> Iterator[Finding]:
    """The later release reads all that the earlier one has left in the table."""
    order_id = next(iter(mixed.shop.alice.order_ids), "none")
    for handler, route in _READS:
        if not mixed.later.has(handler) or not mixed.earlier.has(handler):
            continue
        path = {name: value for name, value in (("orderId", order_id), ("sku", _SKUS[0])) if name in route}
        request = http_event(route, path=path)
        request.pop("body", None)
        before, after = (_read(release, handler, request) for release in (mixed.earlier, mixed.later))
        if before != after:
            yield Finding(
                Rule.ITEM_5,
                f"{handler} of release {mixed.later.name} returns {after}, not {before}, for what release "
                f"{mixed.earlier.name} has written in journey {journey}",
            )


def _read(release: Release, handler: str, request: dict[str, Any]) -> tuple[int, int]:
    """Returns the status, and how many items are reported as unreadable."""
    answer = _call(release, f"api.{handler}", request)
    return answer["statusCode"], len(_body(answer).get("unreadable", ()))


def _processed(mixed: Mixture, samples: Iterable[Sample]) -> Iterator[Finding]:
    """The later release processes what the earlier one has put into queues."""
    seen = set()
    for sample in samples:
        if sample.interface != MESSAGE or sample.of in seen:
            continue
        seen.add(sample.of)
        before, after = (
            _succeeds(mixed, release, f"events.{sample.of}", json.dumps(sample.value))
            for release in (mixed.earlier, mixed.later)
        )
        if before and not after:
            yield Finding(
                Rule.MESSAGE_2,
                f"{sample.of} of release {mixed.later.name} cannot process a message of release "
                f"{mixed.earlier.name}",
            )


def _succeeds(mixed: Mixture, release: Release, module: str, body: str) -> bool:
    # An execution has the name of its message.
    record = queue_record(f"{release.name}-{len(mixed.shop.saga.executions)}", "handle", body, 1)
    try:
        return not _call(release, module, {"Records": [record]}).get("batchItemFailures")
    except Exception:
        return False


def _stock(mixed: Mixture) -> None:
    def set_up(world: World) -> None:
        for sku in _SKUS:
            world.stocked(sku, 10)
        world.stocked(_SKUS[0], 5)
        world.stocked(_SKUS[0], 6)

    mixed.begin(Mode(EARLIER))
    mixed.shop.begin("three products, and three receipts of the first", set_up)


def _call(release: Release, module: str, event: dict[str, Any]) -> dict[str, Any]:
    """Call a handler of a release, without its role: some of these functions are not part of any journey."""
    name = module.rpartition(".")[2]
    with release.running(), least_privilege.within(None):
        handler = release.module(f"lambdas.{module}").handler
        answer = handler(release.alteration.event(name, event), Context())
        answered: dict[str, Any] = release.alteration.answer(name, answer)
    return answered


def _body(answer: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.get("body") or "{}")
    return body
