"""What the functions log: never a token, a payment token, an address or an e-mail."""

from uuid import uuid4

import boto3
import pytest

from orders_client import Address, NotFound, Unprocessable
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until


def _everything_logged(shop: Shop) -> str:
    logs = boto3.client("logs", **shop.instance.aws)
    return "\n".join(
        event["message"]
        for groups in logs.get_paginator("describe_log_groups").paginate()
        for group in groups["logGroups"]
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        for event in page["events"]
    )


def test_no_log_tells_who_the_customer_is(shop: Shop, alice: Customer) -> None:
    mark = uuid4().hex[:12]
    secret, email = f"tok_{mark}", f"{mark}@example.com"
    address = Address(name=f"Ada {mark}", line1=f"{mark} Street", city=mark, postal_code="0", country="GB")
    sku = shop.product()
    alice.client.put_profile(email, address=address)
    order = alice.order(sku, payment_token=secret, address=address)
    with pytest.raises(Unprocessable):
        alice.place("NO-SUCH-SKU", payment_token=secret, address=address)
    with pytest.raises(Unprocessable):
        alice.place(sku, 0, payment_token=secret, address=address)
    with pytest.raises(NotFound):
        alice.client.get_order(str(uuid4()))
    alice.client.delete_profile()

    logged = until("the logs to speak of the order", lambda: _logged_of(shop, order.order_id))
    assert mark not in logged
    assert alice.token not in logged
    assert alice.token.rpartition(".")[2] not in logged
    assert alice.subject not in logged


def _logged_of(shop: Shop, order_id: str) -> str:
    logged = _everything_logged(shop)
    return logged if order_id in logged else ""
