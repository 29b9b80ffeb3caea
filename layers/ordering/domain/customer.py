"""A customer's profile: contact details. They are personal data, which the customer can remove."""

from typing import Annotated

from msgspec import Meta

from ordering.domain.base import Positive, Record
from ordering.domain.clock import StoredTime
from ordering.domain.order import CustomerId
from ordering.domain.shipment import Address
from ordering.domain.text import END

# What SES accepts and mail servers preserve: atoms with dots between them (RFC 5321, section 4.1.2:
# Dot-string), at a DNS name. No quoted strings, and no list of several addresses. Whether the mailbox exists
# is not checked.
_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LAST_LABEL = r"[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL_PATTERN = rf"^(?!.*\.\.)[{_ATEXT}]([.{_ATEXT}]{{0,62}}[{_ATEXT}])?@({_LABEL}\.)+{_LAST_LABEL}{END}"
EMAIL_IN_WORDS = "must be one e-mail address: `name@example.com`"
Email = Annotated[
    str,
    Meta(
        max_length=254, pattern=EMAIL_PATTERN, description="One e-mail address.", examples=["ada@example.com"]
    ),
]


class Profile(Record, frozen=True):
    """A customer's e-mail address, default delivery address, and language of mail.

    `language` may be one that this release does not know (`ordering.domain.languages`).
    """

    customer_id: CustomerId
    email: str
    created_at: StoredTime
    updated_at: StoredTime
    version: Positive
    tag: str
    address: Address | None = None
    language: str | None = None
