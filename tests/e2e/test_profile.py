"""A customer's own profile, and what is forgotten with it."""

import pytest

from orders_client import NotFound, PreconditionFailed, PreconditionRequired
from tests.e2e.shop import ADDRESS, Customer, Shop, bare


def test_a_profile_is_entered_read_changed_and_removed(alice: Customer) -> None:
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


def test_a_change_must_say_what_it_has_seen(alice: Customer) -> None:
    entered = alice.client.put_profile("alice@example.com")
    with pytest.raises(PreconditionRequired):
        alice.client.put_profile("mallory@example.com")
    alice.client.put_profile("alice@example.org", if_match=entered.http.etag)
    with pytest.raises(PreconditionFailed):
        alice.client.put_profile("mallory@example.com", if_match=entered.http.etag)
    assert alice.client.get_profile().email == "alice@example.org"


def test_nobody_reads_another_s_profile(alice: Customer, bob: Customer) -> None:
    alice.client.put_profile("alice@example.com")
    with pytest.raises(NotFound):
        bob.client.get_profile()


def test_with_the_profile_the_addresses_of_closed_orders_are_forgotten(
    shop: Shop, alice: Customer, bob: Customer
) -> None:
    sku = shop.product()
    closed, his = alice.order(sku), bob.order(sku)
    still_open = alice.place(sku, payment_token="tok_flaky")
    alice.client.put_profile("alice@example.com", address=ADDRESS)
    alice.client.delete_profile()
    assert "ADDRESS" not in shop.tables.of_order(closed.order_id)
    assert "ADDRESS" in shop.tables.of_order(his.order_id)
    # It is still to be delivered, and it is.
    assert "ADDRESS" in shop.tables.of_order(still_open.order_id)
    assert alice.end_of(still_open).status == "FULFILLED"
    assert bare(alice.client.get_order(closed.order_id)) == bare(closed)


def test_no_answer_holds_an_address(shop: Shop, alice: Customer) -> None:
    order = alice.order(shop.product())
    for path in (f"/orders/{order.order_id}", "/orders"):
        answered = str(shop.send("GET", path, token=alice.token).body)
        for private in (ADDRESS.name, ADDRESS.line1, ADDRESS.city, str(ADDRESS.postal_code), "tok_ok"):
            assert private not in answered
