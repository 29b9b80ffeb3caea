"""A sandbox payment provider: it stores its records in a table, and the token decides its behaviour.

| token                    | behaviour                                                             |
|--------------------------|-----------------------------------------------------------------------|
| `tok_ok`                 | authorised, captured                                                  |
| `tok_declined`           | declined: `card_declined`                                             |
| `tok_insufficient_funds` | declined: `insufficient_funds`                                        |
| `tok_timeout`            | authorised, but the first response is lost                            |
| `tok_flaky`              | the provider is unavailable for the first two authorisations          |
| `tok_capture_refused`    | authorised, capture permanently refused: `authorisation_expired`      |
| any other                | declined: `unknown_token`                                             |
"""

import os
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ordering.domain.money import Money
from ordering.domain.payment import PaymentStatus
from ordering.dynamodb.client import ConditionFailed, Table
from ordering.providers.faults import GatewayTimeout, GatewayUnavailable
from ordering.providers.payments import PaymentAnswer

_DECLINES = {"tok_declined": "card_declined", "tok_insufficient_funds": "insufficient_funds"}
_ACCEPTED = frozenset({"tok_ok", "tok_timeout", "tok_flaky", "tok_capture_refused"})
_FLAKY_FAILURES = 2


def connect(secret_arn: str | None) -> "SandboxPayments":
    """Returns the sandbox, which uses the table that the environment names. It has no secret."""
    return SandboxPayments(Table(os.environ["SANDBOX_TABLE_NAME"]))


class SandboxPayments:
    """Has the guarantees of `PaymentGateway`. Each call is one conditional write to its table.

    The item of a payment: `PK` `PAYMENT#<payment id>`, `key`, `token`, `amount`, `currency`, `status`,
    `reason`, `calls` (number of authorisation calls), `captured` and `refunded` (minor units).
    """

    def __init__(self, books: Table) -> None:
        self._books = books

    def prepare(self, *, key: str, token: str, price: Money) -> str:
        """Create the payment of this key, unless it exists."""
        payment_id = payment_id_of(key)
        record = {
            "PK": partition(payment_id),
            "key": key,
            "token": token,
            "amount": price.amount,
            "currency": price.currency,
            "status": PaymentStatus.PREPARED,
            "calls": 0,
            "captured": 0,
            "refunded": 0,
        }
        try:
            self._books.put(record, condition="attribute_not_exists(PK)")
        except ConditionFailed as failure:
            known = failure.item or {}
            if (known["amount"], known["currency"]) != (price.amount, price.currency):
                raise ValueError(f"key `{key}` was prepared with another amount") from None
        return payment_id

    def authorise(self, payment_id: str) -> PaymentAnswer:
        """Authorise or decline once, as the token decides. The response is lost for `tok_timeout`."""
        try:
            record = self._books.update(
                {"PK": partition(payment_id)},
                "ADD calls :one",
                values={":one": 1},
                condition="attribute_exists(PK)",
            )
        except ConditionFailed:
            raise LookupError(f"the provider knows no payment `{payment_id}`") from None
        if record["status"] != PaymentStatus.PREPARED:
            return _answer(record)
        behaviour = record["token"]
        if behaviour == "tok_flaky" and record["calls"] <= _FLAKY_FAILURES:
            raise GatewayUnavailable("sandbox: the provider is not available")
        if behaviour in _ACCEPTED:
            result = self._move(payment_id, PaymentStatus.AUTHORISED, {PaymentStatus.PREPARED})
        else:
            reason = _DECLINES.get(behaviour, "unknown_token")
            result = self._move(payment_id, PaymentStatus.DECLINED, {PaymentStatus.PREPARED}, reason=reason)
        if behaviour == "tok_timeout" and record["calls"] == 1:
            raise GatewayTimeout("sandbox: the response was lost")
        return result

    def capture(self, payment_id: str) -> PaymentAnswer:
        """Take the amount of an authorised payment."""
        behaviour = self._read(payment_id)["token"]
        if behaviour == "tok_capture_refused":
            return self._move(
                payment_id,
                PaymentStatus.CAPTURE_REFUSED,
                {PaymentStatus.AUTHORISED},
                reason="authorisation_expired",
            )
        return self._move(
            payment_id, PaymentStatus.CAPTURED, {PaymentStatus.AUTHORISED}, also="captured = amount"
        )

    def void(self, payment_id: str) -> PaymentAnswer:
        """Void a payment from which nothing was captured."""
        before = {
            PaymentStatus.PREPARED,
            PaymentStatus.AUTHORISED,
            PaymentStatus.CAPTURE_REFUSED,
        }
        return self._move(payment_id, PaymentStatus.VOIDED, before)

    def refund(self, payment_id: str) -> PaymentAnswer:
        """Give the captured amount back."""
        return self._move(
            payment_id, PaymentStatus.REFUNDED, {PaymentStatus.CAPTURED}, also="refunded = captured"
        )

    def find(self, payment_id: str) -> PaymentAnswer:
        """Read the payment."""
        return _answer(self._read(payment_id))

    def _read(self, payment_id: str) -> Mapping[str, Any]:
        record = self._books.get({"PK": partition(payment_id)})
        if record is None:
            raise LookupError(f"the provider knows no payment `{payment_id}`")
        return record

    def _move(
        self,
        payment_id: str,
        to: PaymentStatus,
        before: set[PaymentStatus],
        reason: str | None = None,
        also: str | None = None,
    ) -> PaymentAnswer:
        """Change the status to `to` if it is one of `before`. Returns the status after that, either way."""
        statuses = {f":before{i}": status for i, status in enumerate(sorted(before))}
        sets = ["#status = :to"] + (["reason = :reason"] if reason else []) + ([also] if also else [])
        record: Mapping[str, Any]
        try:
            record = self._books.update(
                {"PK": partition(payment_id)},
                f"SET {', '.join(sets)}",
                names={"#status": "status"},
                values={":to": to, **statuses} | ({":reason": reason} if reason else {}),
                condition=f"#status IN ({', '.join(statuses)})",
            )
        except ConditionFailed as failure:
            if failure.item is None:
                raise LookupError(f"the provider knows no payment `{payment_id}`") from None
            record = failure.item
        return _answer(record)


def payment_id_of(key: str) -> str:
    """The id of the payment that is prepared with this key."""
    return f"pay_{sha256(key.encode()).hexdigest()[:24]}"


def partition(payment_id: str) -> str:
    """The key of a payment's item."""
    return f"PAYMENT#{payment_id}"


def _answer(record: Mapping[str, Any]) -> PaymentAnswer:
    return PaymentAnswer(status=PaymentStatus(record["status"]), reason=record.get("reason"))
