"""Keys of customers, and of the jobs that export or remove a customer's data."""

from collections.abc import Mapping

from ordering.domain.order import CustomerId
from ordering.repositories.keys import Key, id_of, shard_of

PROFILE = "PROFILE"
BLOCK = "BLOCK"
REMOVAL = "REMOVAL"
EXPORT = "EXPORT"
_CUSTOMER_PREFIX = "CUSTOMER#"


def customer_partition(customer_id: CustomerId) -> str:
    """The partition of a customer, in the table and in the index that lists the customer's orders."""
    return f"{_CUSTOMER_PREFIX}{customer_id}"


def customer_of(item: Mapping[str, object]) -> CustomerId:
    """Return the customer that an item belongs to, by its key."""
    return CustomerId(id_of(item))


def profile(customer_id: CustomerId) -> Key:
    """A customer's profile."""
    return {"PK": customer_partition(customer_id), "SK": PROFILE}


def block(customer_id: CustomerId) -> Key:
    """The block of a customer. While it exists, the Lambda authoriser refuses the customer."""
    return {"PK": customer_partition(customer_id), "SK": BLOCK}


def removal(customer_id: CustomerId) -> Key:
    """The progress of a customer's removal; it exists until the removal is done."""
    return {"PK": customer_partition(customer_id), "SK": REMOVAL}


def export(customer_id: CustomerId) -> Key:
    """The last export of a customer's data, and its progress."""
    return {"PK": customer_partition(customer_id), "SK": EXPORT}


def job_shard(shard: int) -> str:
    """One of the partitions of the index of customers' jobs: removals and exports."""
    return f"REMOVAL#{shard}"


def job_due(customer_id: CustomerId, due: str) -> Key:
    """The index entry of a removal or an export that is to be continued at the time `due`."""
    return {"GSI2PK": job_shard(shard_of(customer_id)), "GSI2SK": due}
