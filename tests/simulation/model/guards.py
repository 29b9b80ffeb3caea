"""What the model can do without: the guards of the code (`ordering.guards`), and what it assumes besides."""

from enum import Enum
from typing import TypeAlias

from ordering.guards import Guard


class Assumption(Enum):
    """What is not for a guard of the code to keep: the state machine does, or a provider promises it."""

    BOTH_DONE = "Fulfil: an order is completed only after a capture that succeeded"
    VOID_IS_FINAL = "Payments: a voided prepared payment can never be authorised"
    VOID_OR_CAPTURE = "Payments: of capture and void exactly one takes effect"
    AUTHORISE_ONCE = "Payments: an authorisation that is asked for again is decided once"
    CAPTURE_ONCE = "Payments: a capture that is asked for again takes nothing more"
    CANCEL_IS_FINAL = "Carrier: a cancelled reference can never be booked"
    CANCEL_UNKNOWN = "Carrier: nor one that was unknown when it was cancelled"

    def __str__(self) -> str:
        return self.value


Modelled: TypeAlias = Guard | Assumption


class Fences:
    """All the guards and assumptions but some."""

    def __init__(self, *without: Modelled) -> None:
        self.without = frozenset(without)

    def stand(self, guard: Modelled) -> bool:
        """Whether this one is there."""
        return guard not in self.without

    def allow(self, guard: Modelled, condition: bool) -> bool:
        """Whether the way is free: the condition holds, or nobody looks at it."""
        return condition or guard in self.without
