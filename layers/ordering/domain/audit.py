"""What operators did to an order, or with a dead-letter queue: who, what, when and why."""

from enum import StrEnum

from ordering.domain.base import NonNegative, Record

LONGEST_REASON = 500


class AuditedAction(StrEnum):
    """An action of an operator that is recorded with the order.

    - `CANCEL`: the order was cancelled for its customer.
    - `REFUND`: the refund of the fulfilled order was requested.
    """

    CANCEL = "CANCEL"
    REFUND = "REFUND"


class AuditRecord(Record, frozen=True):
    """One action of an operator, written in the transaction of its effect and never changed.

    `action` is an `AuditedAction`, or an action that only a later release knows. `by` is the ARN of the
    operator's identity at AWS. `reason` is the operator's own text, without personal data of the customer:
    the record is kept when the customer is removed.
    """

    order_id: str
    action: str
    by: str
    reason: str
    at: str
    version: int


class RedriveRecord(Record, frozen=True):
    """One redrive of a dead-letter queue through the API, written before its first letter is sent.

    `by` is the `sub` of the operator's token. `redriven` and `kept` count letters, and are written when the
    redrive has ended. If they are missing, the redrive was interrupted, and letters may have been sent.
    """

    queue: str
    by: str
    at: str
    version: int
    redriven: NonNegative | None = None
    kept: NonNegative | None = None
