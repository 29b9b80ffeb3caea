"""Guarantees of an export: the customer gets all of their data, and nobody else gets it.

- The file has each of their orders once, and their profile.
- They get one mail with the link. It is sent a second time only if the process or SES's response was lost
  after SES had accepted the mail and before that was recorded.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ordering.domain.mail_texts import TEXTS
from ordering.repositories.keys import customer_keys, order_keys
from tests.support.calls import InjectedFault
from tests.support.mail_invariants import is_in_doubt
from tests.support.mailbox import DeliveredMail

_SUBJECTS = {texts.export_subject for texts in TEXTS.values()}


def violations(
    items: Sequence[Mapping[str, Any]],
    files: Mapping[str, bytes],
    mails: Iterable[DeliveredMail],
    injected: Sequence[InjectedFault],
) -> Iterator[str]:
    """Yields the violations, as sentences.

    `items`: the table of that one customer, whose export has ended.
    """
    (profile,) = (item for item in items if item["SK"] == customer_keys.PROFILE)
    orders = sorted(item["orderId"] for item in items if item["SK"] == order_keys.ORDER)
    for item in items:
        if item["SK"] == customer_keys.EXPORT and item["status"] != "SENT":
            yield f"4: the export is {item['status']}"
    complete = [content for key, content in files.items() if key.endswith("customer-data.json")]
    for content in complete:
        found = json.loads(content)
        if sorted(each["order"]["orderId"] for each in found["orders"]) != orders:
            yield "6: the file of the export lacks an order, or has one twice"
        if found["customer"]["profile"]["email"] != profile["email"]:
            yield "6: the file of the export lacks the profile"
    sent = [mail for mail in mails if mail.subject in _SUBJECTS]
    if (len(complete), bool(sent)) != (1, True):
        yield f"4: {len(complete)} file(s) of the export, and {len(sent)} mail(s)"
    for mail in sent:
        if mail.to != profile["email"]:
            yield "6: the link to the export went to another address than its customer's"
    for first, _ in pairwise(sent):
        if not is_in_doubt(first.call, injected):
            yield "5: the link to the export was mailed twice without need"
