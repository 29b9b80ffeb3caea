"""Customers' profiles in the table."""

import msgspec

from ordering.domain.customer import Profile
from ordering.domain.languages import Language
from ordering.domain.order import CustomerId
from ordering.domain.shipment import Address
from ordering.dynamodb.client import Table
from ordering.repositories.items import record_of
from ordering.repositories.keys import customer_keys
from ordering.repositories.versioned_items import put_if_match


class Customers:
    """The customers of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, customer_id: CustomerId) -> Profile | None:
        """Return a customer's profile; None if they have none."""
        item = self._table.get(customer_keys.profile(customer_id))
        return record_of(item, Profile) if item else None

    def put(
        self,
        customer_id: CustomerId,
        email: str,
        address: Address | None,
        language: Language | None = None,
        *,
        at: str,
        expected: str | None,
    ) -> Profile:
        """Create a profile (`expected` is None) or update the one with that tag. Raises ETagMismatch."""
        facts = {
            "customerId": customer_id,
            "email": email,
            "address": msgspec.to_builtins(address) if address else None,
            "language": language.value if language else None,
        }
        item = put_if_match(self._table, customer_keys.profile(customer_id), facts, at=at, expected=expected)
        return record_of(item, Profile)
