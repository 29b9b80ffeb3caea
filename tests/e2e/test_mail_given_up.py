"""The operator's command line finds a dead-lettered notification, and sends it."""

from ordering.domain.events.envelope import opaque_id
from tests.e2e.fault_injector import FaultInjector
from tests.e2e.mailbox import QUEUE
from tests.e2e.ops_cli import ops
from tests.e2e.shop import Customer, Shop
from tests.e2e.waiting import until

DEAD = "NotificationsDeadLetterQueueUrl"


def test_a_dead_lettered_mail_is_sent_with_the_operators_command_line(
    idle_shop: Shop, alice: Customer
) -> None:
    shop, faults = idle_shop, FaultInjector(idle_shop.instance)
    alice.client.put_profile(alice.email)
    with faults.mail_refused(), shop.messages.dead_letter_after_one_receive(QUEUE):
        order = alice.order(shop.product(), payment_token="tok_declined")
        until("the dead letter", lambda: shop.messages.message_count(DEAD))

    change = f"ORDER#{order.order_id}/ORDER#3#OrderRejected"
    listed = ops(shop.instance, "dlq")
    assert listed.status == 0
    assert "notifications: 1 dead letter (" in listed.text
    assert f"OrderRejected {opaque_id(change)}, sent" in listed.text
    assert "cause: failed: NotSent: MessageRejected, 20" in listed.text
    before = ops(shop.instance, "show", order.order_id).text
    assert "OrderRejected         failed: NotSent: MessageRejected" in before

    redriven = ops(shop.instance, "redrive", "--queue", "notifications", "--order", order.order_id, "--yes")
    assert redriven.status == 0, redriven.text
    assert "1 dead letter done, none left" in redriven.text
    (mail,) = shop.mailbox.sent_once_handled(alice.email, order)
    assert mail.subject == "We cannot take your order"
    after = ops(shop.instance, "show", order.order_id).text
    assert "OrderRejected         SENT" in after

    assert shop.messages.message_count(DEAD) == 0
    log = ops(shop.instance, "log", "notify_customer", "--having", order.order_id).text
    assert "exception=ordering.aws.email.NotSent: MessageRejected" in log
    assert "outcome=SENT" in log
    for printed in (listed.text, before, redriven.text, after, log):
        assert alice.email not in printed
