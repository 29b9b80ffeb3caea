"""The errors of a table, apart from its client: to catch them, a handler need not load botocore."""

from collections.abc import Mapping, Sequence

from ordering.dynamodb.codec import Item

CONFLICT = "TransactionConflict"
"""The reason of an action whose item another transaction held."""


class ConditionFailed(Exception):
    """The condition of a write does not hold. `item` is the item that was found; None if there is none."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("the condition does not hold")
        self.item = item


class TransactionCancelled(Exception):
    """Nothing of a transaction was written.

    `failures` maps the name of each action whose condition failed to the item that was found (None: no item).
    `contention` lists the actions that conflicted with another transaction or were throttled: unless a
    condition failed as well, a retry of the transaction may succeed. The SDK does not retry
    `TransactionCanceledException`.
    """

    def __init__(self, failures: Mapping[str, Item | None], contention: Sequence[str]) -> None:
        super().__init__(
            f"conditions that do not hold: {', '.join(failures) or 'none'}; "
            f"contention: {', '.join(contention) or 'none'}"
        )
        self.failures = failures
        self.contention = contention

    def failed(self, action: str) -> bool:
        """Whether the condition of this action has failed."""
        return action in self.failures

    @property
    def is_conflict(self) -> bool:
        """Whether other transactions were the only cause."""
        conflicts = [each.endswith(f": {CONFLICT}") for each in self.contention]
        return not self.failures and bool(conflicts) and all(conflicts)


class BatchIncomplete(Exception):
    """DynamoDB left part of a batch unprocessed after every retry: it is throttling."""


class IndexNotReady(Exception):
    """An index cannot be read: it is still being built, or the table does not have it.

    CloudFormation does not wait until a new index of a table is built ("AWS::DynamoDB::Table", AWS
    CloudFormation, GlobalSecondaryIndexes), so functions that read it may be deployed before.
    """
