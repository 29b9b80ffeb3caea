"""What can be removed from the model: the guards of the code (`ordering.guards`) and the assumptions."""

from enum import Enum
from typing import TypeAlias

from ordering.guards import Guard


class Assumption(Enum):
    """A property that no guard of the code ensures, but the state machine or the contract of a provider."""

    BOTH_DONE = "Fulfil: an order is completed only after a capture that succeeded"
    VOID_IS_FINAL = "Payments: a voided prepared payment can never be authorised"
    VOID_OR_CAPTURE = "Payments: of capture and void exactly one takes effect"
    AUTHORISE_ONCE = "Payments: a repeated authorisation is decided once"
    CAPTURE_ONCE = "Payments: a repeated capture takes no more money"
    CANCEL_IS_FINAL = "Carrier: a cancelled reference can never be booked"
    CANCEL_UNKNOWN = "Carrier: neither can a reference that was unknown when it was cancelled"

    def __str__(self) -> str:
        return self.value


Modelled: TypeAlias = Guard | Assumption


class ActiveGuards:
    """All guards and assumptions except those that were removed."""

    def __init__(self, *without: Modelled) -> None:
        self.without = frozenset(without)

    def has(self, guard: Modelled) -> bool:
        """Returns whether a guard or assumption is in place."""
        return guard not in self.without

    def passes(self, guard: Modelled, condition: bool) -> bool:
        """Returns whether a condition holds, or its guard was removed."""
        return condition or guard in self.without
