"""A customer's profile: what is needed to reach them. It is personal data, and theirs to remove."""

from typing import Annotated

from msgspec import Meta

from ordering.model import Record
from ordering.order import CustomerId
from ordering.shipping import Address
from ordering.text import END

# Enough to catch a slip; whether mail arrives there, only mail can tell (RFC 5321, section 2.4).
EMAIL_PATTERN = rf"^[!-?A-~]{{1,64}}@[A-Za-z0-9-]{{1,63}}(\.[A-Za-z0-9-]{{1,63}})+{END}"
Email = Annotated[str, Meta(max_length=254, pattern=EMAIL_PATTERN, examples=["ada@example.com"])]


class Profile(Record, frozen=True):
    """How a customer is reached, and where their orders go unless they say otherwise."""

    customer_id: CustomerId
    email: str
    created_at: str
    updated_at: str
    version: int
    tag: str
    address: Address | None = None
