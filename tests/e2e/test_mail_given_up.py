"""Mail that was given up: found, and sent, with the operator's tool."""

from tests.e2e.breaking import FaultInjector
from tests.e2e.mailbox import QUEUE
from tests.e2e.operating import ops
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until

DEAD = "NotificationsDeadLetterQueueUrl"


def test_a_customer_whose_mail_was_given_up_is_told_with_the_operator_s_tool(
    quiet_shop: Shop, alice: Customer
) -> None:
    shop, saboteur = quiet_shop, FaultInjector(quiet_shop.instance)
    alice.client.put_profile(alice.email)
    with saboteur.no_mail(), shop.messages.impatient(QUEUE):
        order = alice.order(shop.product(), payment_token="tok_declined")
        until("the dead letter", lambda: shop.messages.in_queue(DEAD), within=90)

    listed = ops(shop.instance, "dlq")
    assert listed.status == 0
    assert "notifications: 1 letter (" in listed.text
    assert f"OrderRejected ORDER#{order.order_id}/ORDER#3#OrderRejected, sent" in listed.text
    assert "because failed: NotSent: MessageRejected, 20" in listed.text
    before = ops(shop.instance, "show", order.order_id).text
    assert "ORDER#3#OrderRejected     failed: NotSent: MessageRejected" in before

    redriven = ops(shop.instance, "redrive", "--queue", "notifications", "--order", order.order_id, "--yes")
    assert redriven.status == 0, redriven.text
    assert "1 letter done, none left" in redriven.text
    (mail,) = shop.post.sent_when_settled(alice.email, order)
    assert mail.subject == "We cannot take your order"
    after = ops(shop.instance, "show", order.order_id).text
    assert "ORDER#3#OrderRejected     SENT" in after

    assert shop.messages.in_queue(DEAD) == 0
    log = ops(shop.instance, "log", "notify_customer", "--having", order.order_id).text
    assert "exception=ordering.aws.email.NotSent: MessageRejected" in log
    assert "outcome=SENT" in log
    for printed in (listed.text, before, redriven.text, after, log):
        assert alice.email not in printed
