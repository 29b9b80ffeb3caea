"""Guarantee 6: no log line contains a token, a payment token, an address or an e-mail address."""

from uuid import uuid4

import pytest

from orders_client import Address, NotFound, Order, Unprocessable
from tests.e2e.fault_injector import FaultInjector
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until


def test_no_log_line_identifies_the_customer(shop: Shop, alice: Customer) -> None:
    mark = uuid4().hex[:12]
    secret, email = f"tok_{mark}", f"{mark}@example.com"
    address = Address(
        name=f"Ada {mark}", line1=f"{mark} Street", city=mark, postal_code="ZE2 9XX", country="GB"
    )
    sku = shop.product()
    alice.client.put_profile(email, address=address)
    order = alice.order(sku, payment_token=secret, address=address)
    assert [mail.subject for mail in shop.mailbox.sent_once_handled(email, order)] == [
        "We cannot take your order"
    ]
    with pytest.raises(Unprocessable):
        alice.place("NO-SUCH-SKU", payment_token=secret, address=address)
    with pytest.raises(Unprocessable):
        alice.place(sku, 0, payment_token=secret, address=address)
    with pytest.raises(NotFound):
        alice.client.get_order(str(uuid4()))
    alice.client.delete_profile()

    logged = until("the log line about the mail", lambda: _logged_of(shop, order))
    assert mark not in logged
    assert alice.token not in logged
    assert alice.token.rpartition(".")[2] not in logged
    assert alice.subject not in logged


def _logged_of(shop: Shop, order: Order) -> str:
    """All log lines, once one reports that the customer was notified of the order; empty until then."""
    lines = shop.logs.lines()
    notified = any(order.order_id in line and '"message":"event handled"' in line for line in lines)
    return "\n".join(lines) if notified else ""


def test_no_log_line_contains_the_recipient_of_a_refused_mail(idle_shop: Shop, alice: Customer) -> None:
    mark = uuid4().hex[:12]
    alice.client.put_profile(f"{mark}@example.com")
    with FaultInjector(idle_shop.instance).mail_refused():
        order = alice.order(idle_shop.product(), payment_token="tok_declined")
        until("the fault to be recorded", lambda: idle_shop.mailbox.fault(order))
    idle_shop.settle()
    logged = until("the log line about the mail", lambda: _logged_of(idle_shop, order))
    assert "NotSent: MessageRejected" in logged
    assert mark not in logged
    kept = [item for item in idle_shop.tables.items() if mark in str(item)]
    assert [item["SK"] for item in kept] == ["PROFILE"]
