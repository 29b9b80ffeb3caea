"""The protocol of a payment provider."""

from typing import Protocol

from msgspec import Struct

from ordering.domain.money import Money
from ordering.domain.payment import PaymentStatus


class PaymentAnswer(Struct, frozen=True, kw_only=True):
    """The status of the payment at the provider after a call, and the provider's reason for a refusal."""

    status: PaymentStatus
    reason: str | None = None


class PaymentGateway(Protocol):
    """Two-phase card payments. Amounts are minor units.

    `prepare` returns the payment's id, which all other calls take. The saga relies on three guarantees:

    - Every call may be retried: a retry returns the payment's status and changes nothing more.
    - If a capture and a void compete, exactly one takes effect, and the other returns the status that the
      first one has set.
    - A prepared payment that was voided can never be authorised later.

    Idempotency keys protect only for about a day, because providers then forget them. After that, the
    recorded id protects. Every call raises GatewayFault if the result is unknown, and takes at most five
    seconds.
    """

    def prepare(self, *, key: str, token: str, price: Money) -> str:
        """Create a payment; no money moves. Returns the provider's id, the same for the same key."""
        ...

    def authorise(self, payment_id: str) -> PaymentAnswer:
        """Hold the amount on the customer's account. Returns AUTHORISED or DECLINED; VOIDED after a void."""
        ...

    def capture(self, payment_id: str) -> PaymentAnswer:
        """Take the amount. Returns CAPTURED or CAPTURE_REFUSED (permanent); VOIDED after a void."""
        ...

    def void(self, payment_id: str) -> PaymentAnswer:
        """Release the hold. Returns VOIDED, or CAPTURED (or REFUNDED) if it is too late for that."""
        ...

    def refund(self, payment_id: str) -> PaymentAnswer:
        """Give the captured amount back. Returns REFUNDED."""
        ...

    def find(self, payment_id: str) -> PaymentAnswer:
        """Returns the payment's current status."""
        ...
