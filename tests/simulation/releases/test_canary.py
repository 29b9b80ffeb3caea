"""A canary order that this release has placed ends as it should, whichever release serves its other calls."""

import json

import httpx

from ordering.domain.canary import SCOPE, SKU
from tests.simulation.releases.mixture import LATER, RANDOM, ROLLBACK, Mixture, Mode, mixture
from tests.simulation.releases.release import Release
from tests.support import event_invariants, invariants
from tests.support.gateway import BASE_URL, EVERY_SCOPE, Gateway, token
from tests.support.world import World, order_body

# The first call is the one of place_order. A canary order takes about a dozen.
MODES = [
    Mode(LATER),
    *(Mode(ROLLBACK, calls) for calls in range(1, 13)),
    *(Mode(RANDOM, n) for n in range(12)),
]


def placed(mixed: Mixture, mode: Mode) -> httpx.Response:
    """Begin in a mode, and place a canary order as the canary does."""
    mixed.begin(mode)
    mixed.shop.begin("ten red mugs, mail", World.stocked, consumers=["notify_customer"])
    headers = {
        "Authorization": f"Bearer {token('canary', f'{EVERY_SCOPE} {SCOPE}')}",
        "Content-Type": "application/json",
        "Idempotency-Key": "canary-2026-11-21T12:01:00Z",
    }
    body = json.dumps(order_body((SKU, 1)))
    request = httpx.Request("POST", f"{BASE_URL}/orders", headers=headers, content=body)
    return Gateway(mixed.shop.functions.call).handle(request)


def test_canary_order_ends_while_two_releases_serve_its_calls(previous: Release, this: Release) -> None:
    """Guarantees 1 to 5. An earlier `place_order` refuses it: the canary fails until that is replaced."""
    with mixture(previous, this) as mixed:
        ended = 0
        for mode in MODES:
            response, shop = placed(mixed, mode), mixed.shop
            if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
                assert mode.kind == RANDOM, mode
                assert [item for item in shop.world.items() if item["PK"].startswith("ORDER#")] == []
                continue
            assert response.status_code == httpx.codes.ACCEPTED, response.text
            shop.run_to_the_end()
            order_id = response.json()["orderId"]
            items = shop.world.items()
            (order,) = [item for item in items if item["SK"] == "ORDER"]
            assert (order["status"], order["reason"]) == ("REJECTED", "OUT_OF_STOCK"), mode
            invariants.check(shop.world)
            assert not list(
                event_invariants.violations(shop.stream.changes, shop.bus.contents(), items, {order_id})
            )
            assert shop.world.provider_records() == []
            assert shop.mailbox.sent == []
            ended += 1
        assert ended > len(MODES) / 2
        assert mixed.calls.keys() == {previous.name, this.name}
