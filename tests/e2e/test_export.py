"""A customer's export by the real functions: the request, the sweep, the queue, the mail, and both links."""

import re

import httpx

from orders_client import ExportStatus
from tests.e2e.shop import REQUEST_TIMEOUT, Customer, Shop
from tests.e2e.waiting import until


def test_customer_gets_their_data_by_mail_and_by_the_api(shop: Shop, alice: Customer) -> None:
    alice.client.put_profile(alice.email)
    order = alice.order(shop.product(price=1250), 2)
    asked = alice.client.request_export()
    assert asked.status is ExportStatus.RUNNING
    assert alice.client.request_export().export_id == asked.export_id
    until("the file, and the mail", lambda: alice.client.get_export().status is not ExportStatus.RUNNING)
    done = alice.client.get_export()
    assert (done.status, done.export_id) == (ExportStatus.SENT, asked.export_id)
    (mail,) = [mail for mail in shop.mailbox.sent_to(alice.email) if mail.subject == "Your data"]
    (mailed,) = re.findall(r"^http\S+$", mail.text, re.M)
    assert done.url
    assert mailed != done.url
    with httpx.Client(trust_env=False, timeout=REQUEST_TIMEOUT) as client:
        for link in (mailed, done.url):
            file = client.get(link)
            assert (file.status_code, file.headers["content-type"]) == (200, "application/json")
            assert "attachment" in file.headers["content-disposition"]
            data = file.json()
            assert data["customer"]["profile"]["email"] == alice.email
            assert [each["order"]["orderId"] for each in data["orders"]] == [order.order_id]
