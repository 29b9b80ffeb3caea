"""Customers' profiles in the table."""

from contextlib import suppress

import msgspec

from ordering.clock import milliseconds
from ordering.customer import Profile
from ordering.order import CustomerId, Status
from ordering.shipping import Address
from ordering.table import keys
from ordering.table.client import ConditionFailed, Table
from ordering.table.items import record_of
from ordering.table.listing import Listing
from ordering.table.tags import put_tagged

_PAGE = 100

_CLOSED = frozenset(status.value for status in Status if status.is_terminal)

# Ninety days: longer than any order stays open without a person who sees to it, who may then still ship it.
_OPEN_ADDRESS_SECONDS = 90 * 24 * 3600


class Customers:
    """The customers of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, customer_id: CustomerId) -> Profile | None:
        """A customer's profile."""
        item = self._table.get(keys.profile(customer_id))
        return record_of(item, Profile) if item else None

    def put(
        self,
        customer_id: CustomerId,
        email: str,
        address: Address | None,
        *,
        at: str,
        expected: str | None,
    ) -> Profile:
        """Enter a profile (`expected` None) or change the one that bears that tag. Raises TagMismatch."""
        facts = {
            "customerId": customer_id,
            "email": email,
            "address": msgspec.to_builtins(address) if address else None,
        }
        item = put_tagged(self._table, keys.profile(customer_id), facts, at=at, expected=expected)
        return record_of(item, Profile)

    def forget(self, customer_id: CustomerId) -> None:
        """Remove the addresses of the customer's closed orders, then the profile.

        In this order, so that whoever dies half-way leaves a profile, and with it a reason to repeat.
        An open order keeps its address for a while: it is still to be delivered. So does one whose status
        cannot be read.
        """
        listing = Listing(self._table)
        expires_at = milliseconds() // 1000 + _OPEN_ADDRESS_SECONDS
        position = None
        while True:
            orders, position = listing.statuses(customer_id, _PAGE, position)
            closed = [keys.address(order_id) for order_id, status in orders if status in _CLOSED]
            self._table.delete_many(closed)
            for order_id, status in orders:
                if status not in _CLOSED:
                    self._let_expire(keys.address(order_id), expires_at)
            if position is None:
                break
        self._table.delete(keys.profile(customer_id))

    def _let_expire(self, address: keys.Key, expires_at: int) -> None:
        # To ask again does not put it off; and an address that has gone meanwhile is not made anew.
        with suppress(ConditionFailed):
            self._table.update(
                address,
                "SET expiresAt = if_not_exists(expiresAt, :expires)",
                values={":expires": expires_at},
                condition="attribute_exists(PK)",
            )
