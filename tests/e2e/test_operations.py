"""An operator's commands on the deployed app: find, cancel and refund an order, and print the status."""

import json
from typing import Any

from orders_client import OrderStatus, PaymentStatus, Reason
from tests.e2e.ops_cli import ops
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until


def _document(shop: Shop, command: str, *arguments: str) -> dict[str, Any]:
    said = ops(shop.instance, command, *arguments, "--json")
    assert said.status == 0, said.text
    read: dict[str, Any] = json.loads(said.text)
    return read


def test_order_cancelled_by_an_operator_names_the_operator(shop: Shop, alice: Customer) -> None:
    sku = shop.product(units=5)
    with shop.paused_before_confirmation():
        placed = alice.place(sku, 2)
        cancelled = _document(shop, "cancel", placed.order_id, "--reason", "the customer called", "--yes")
        assert (cancelled["cancelled"], cancelled["status"]) == (True, "CANCELLING")

    order = alice.wait_for_end(placed)
    assert (order.status, order.reason) == (OrderStatus.CANCELLED, Reason.CUSTOMER_REQUEST)
    assert shop.available(sku) == 5
    (record,) = _document(shop, "show", placed.order_id, "--no-log")["audit"]
    assert record == cancelled["audit"]
    assert record["by"].startswith("arn:aws:")
    assert record["reason"] == "the customer called"
    shop.check_guarantees()


def test_sweep_refunds_a_fulfilled_order_once_on_request_of_an_operator(shop: Shop, alice: Customer) -> None:
    """Guarantee 3: the provider's records have one capture and one refund, and the customer gets a mail."""
    alice.client.put_profile(alice.email)
    order = alice.order(shop.product(price=1250), 2)
    assert order.status == OrderStatus.FULFILLED
    arguments = (order.order_id, "--reason", "arrived broken", "--yes")
    requested = _document(shop, "refund", *arguments)["refund"]
    assert (requested["status"], requested["amount"]) == ("REQUESTED", 2500)
    again = ops(shop.instance, "refund", *arguments)
    assert again.status == 1
    assert "was requested at" in again.text

    def is_refunded() -> bool:
        payment = alice.client.get_order(order.order_id).payment
        return payment is not None and payment.status == PaymentStatus.REFUNDED

    until("the sweep to make the refund", is_refunded)
    subject = "We have refunded your order"
    until("its mail", lambda: subject in [mail.subject for mail in shop.mailbox.sent_to(alice.email)])
    shown = _document(shop, "show", order.order_id, "--no-log")
    assert (shown["refund"]["status"], shown["order"]["status"]) == ("REFUNDED", "FULFILLED")
    assert [record["action"] for record in shown["audit"]] == ["REFUND"]
    shop.check_guarantees()


def test_order_is_found_by_a_part_of_its_id_and_by_its_customer(shop: Shop, alice: Customer) -> None:
    order = alice.order(shop.product())
    by_part = _document(shop, "find", "--id", order.order_id[8:])
    assert [each["orderId"] for each in by_part["orders"]] == [order.order_id]
    customer = by_part["orders"][0]["customerId"]
    by_customer = _document(shop, "find", "--customer", customer, "--limit", "1")
    assert [each["orderId"] for each in by_customer["orders"]] == [order.order_id]


def test_status_of_a_shop_without_problems_is_good(idle_shop: Shop) -> None:
    document = _document(idle_shop, "status")
    assert (document["verdict"], document["findings"], document["failures"]) == ("well", [], [])
    assert document["alarms"]["missing"] == []
    assert document["deployedAt"]
