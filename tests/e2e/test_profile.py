"""A customer's own profile, and the addresses that are deleted with it."""

import pytest

from orders_client import NotFound, PreconditionFailed, PreconditionRequired
from tests.e2e.shop import ADDRESS, Customer, Shop, body_only


def test_a_profile_is_created_read_updated_and_deleted(alice: Customer) -> None:
    with pytest.raises(NotFound):
        alice.client.get_profile()
    entered = alice.client.put_profile("alice@example.com", address=ADDRESS)
    assert entered.http.status == 201
    read = alice.client.get_profile()
    assert (read.email, read.address, read.http.etag) == ("alice@example.com", ADDRESS, entered.http.etag)
    assert alice.client.get_profile(known=read).http.status == 304

    changed = alice.client.put_profile("a@example.com", if_match=read.http.etag)
    assert (changed.http.status, changed.version, changed.address) == (200, read.version + 1, None)

    assert alice.client.delete_profile().status == 204
    assert alice.client.delete_profile().status == 204
    with pytest.raises(NotFound):
        alice.client.get_profile()


def test_an_update_must_name_the_version_that_was_read(alice: Customer) -> None:
    entered = alice.client.put_profile("alice@example.com")
    with pytest.raises(PreconditionRequired):
        alice.client.put_profile("mallory@example.com")
    alice.client.put_profile("alice@example.org", if_match=entered.http.etag)
    with pytest.raises(PreconditionFailed):
        alice.client.put_profile("mallory@example.com", if_match=entered.http.etag)
    assert alice.client.get_profile().email == "alice@example.org"


def test_a_customer_does_not_see_another_customers_profile(alice: Customer, bob: Customer) -> None:
    alice.client.put_profile("alice@example.com")
    with pytest.raises(NotFound):
        bob.client.get_profile()


def test_deleting_the_profile_deletes_the_addresses_of_closed_orders(
    shop: Shop, alice: Customer, bob: Customer
) -> None:
    sku = shop.product()
    closed, his = alice.order(sku), bob.order(sku)
    with shop.paused_processing():
        still_open = alice.place(sku)
        alice.client.put_profile("alice@example.com", address=ADDRESS)
        alice.client.delete_profile()
        assert "ADDRESS" not in shop.tables.of_order(closed.order_id)
        assert "ADDRESS" in shop.tables.of_order(his.order_id)
        # The open order is still to be delivered.
        assert "ADDRESS" in shop.tables.of_order(still_open.order_id)
    assert alice.wait_for_end(still_open).status == "FULFILLED"
    assert body_only(alice.client.get_order(closed.order_id)) == body_only(closed)


def test_no_response_contains_an_address_or_a_payment_token(shop: Shop, alice: Customer) -> None:
    order = alice.order(shop.product())
    for path in (f"/orders/{order.order_id}", "/orders"):
        answered = str(shop.send("GET", path, token=alice.token).body)
        for private in (ADDRESS.name, ADDRESS.line1, ADDRESS.city, str(ADDRESS.postal_code), "tok_ok"):
            assert private not in answered
