"""POST /orders."""

from tests.support.world import World


def test_an_order_is_accepted_at_the_prices_of_the_catalogue(world: World) -> None:
    placed = world.stocked().place()
    assert placed.status == 202
    assert placed.body["status"] == "PENDING"
    assert placed.body["total"] == {"amount": 2500, "currency": "EUR"}
    assert placed.headers["location"] == f"/orders/{placed.body['orderId']}"
