"""What the functions log: never a token, a payment token, an address or an e-mail."""

from uuid import uuid4

import pytest

from orders_client import Address, NotFound, Order, Unprocessable
from tests.e2e.breaking import FaultInjector
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until


def test_no_log_tells_who_the_customer_is(shop: Shop, alice: Customer) -> None:
    mark = uuid4().hex[:12]
    secret, email = f"tok_{mark}", f"{mark}@example.com"
    address = Address(
        name=f"Ada {mark}", line1=f"{mark} Street", city=mark, postal_code="ZE2 9XX", country="GB"
    )
    sku = shop.product()
    alice.client.put_profile(email, address=address)
    order = alice.order(sku, payment_token=secret, address=address)
    assert [mail.subject for mail in shop.post.sent_when_settled(email, order)] == [
        "We cannot take your order"
    ]
    with pytest.raises(Unprocessable):
        alice.place("NO-SUCH-SKU", payment_token=secret, address=address)
    with pytest.raises(Unprocessable):
        alice.place(sku, 0, payment_token=secret, address=address)
    with pytest.raises(NotFound):
        alice.client.get_order(str(uuid4()))
    alice.client.delete_profile()

    logged = until("the logs to speak of the mail", lambda: _logged_of(shop, order))
    assert mark not in logged
    assert alice.token not in logged
    assert alice.token.rpartition(".")[2] not in logged
    assert alice.subject not in logged


def _logged_of(shop: Shop, order: Order) -> str:
    """Everything that is logged, once it tells that the customer was told of the order."""
    lines = shop.logs.everything()
    told = any(order.order_id in line and '"message":"notified"' in line for line in lines)
    return "\n".join(lines) if told else ""


def test_no_log_tells_to_whom_a_mail_could_not_be_sent(quiet_shop: Shop, alice: Customer) -> None:
    mark = uuid4().hex[:12]
    alice.client.put_profile(f"{mark}@example.com")
    with FaultInjector(quiet_shop.instance).no_mail():
        order = alice.order(quiet_shop.product(), payment_token="tok_declined")
        until("the fault to be noted", lambda: quiet_shop.post.fault(order))
    quiet_shop.settle()
    logged = until("the logs to speak of the mail", lambda: _logged_of(quiet_shop, order))
    assert "NotSent: MessageRejected" in logged
    assert mark not in logged
    kept = [item for item in quiet_shop.tables.items() if mark in str(item)]
    assert [item["SK"] for item in kept] == ["PROFILE"]
