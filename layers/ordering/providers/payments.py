"""The protocol of a payment provider."""

from typing import Protocol

from msgspec import Struct

from ordering.domain.money import Money
from ordering.domain.payment import PaymentStatus


class PaymentAnswer(Struct, frozen=True, kw_only=True):
    """Where the payment stands at the provider after a call, with the provider's word for a refusal."""

    status: PaymentStatus
    reason: str | None = None


class PaymentGateway(Protocol):
    """Two-phase card payments. Amounts are minor units.

    After `prepare` every call names the payment by the id it gave. The saga relies on three promises:

    - Every call may be repeated: a repeat answers where the payment stands and changes nothing more.
    - The provider decides between rivals: of capture and void exactly one takes effect, and the
      other is answered with the status that the first one made.
    - A prepared payment that was voided can never be authorised later.

    Idempotency keys are no long-term fence (providers forget them after a day or so): the recorded
    id is. Every call raises GatewayFault when it cannot tell, and takes at most five seconds.
    """

    def prepare(self, *, key: str, token: str, price: Money) -> str:
        """Announce a payment; no money moves. Answers the provider's id, the same for the same key."""
        ...

    def authorise(self, payment_id: str) -> PaymentAnswer:
        """Hold the amount on the customer's account: AUTHORISED, DECLINED, or VOIDED already."""
        ...

    def capture(self, payment_id: str) -> PaymentAnswer:
        """Take the amount: CAPTURED, CAPTURE_REFUSED for good, or VOIDED already."""
        ...

    def void(self, payment_id: str) -> PaymentAnswer:
        """Give the hold up: VOIDED, or CAPTURED (or REFUNDED) where it is too late for that."""
        ...

    def refund(self, payment_id: str) -> PaymentAnswer:
        """Give the captured amount back: REFUNDED."""
        ...

    def find(self, payment_id: str) -> PaymentAnswer:
        """Where the payment stands."""
        ...
