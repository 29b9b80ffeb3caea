"""The outside world: the providers of payment and shipping, behind a small protocol each.

To use a provider of your own, write a class that keeps the protocol's promises and return it from
`payment_gateway()` or `shipping_gateway()`. The sandboxes stand in for them: they keep durable books
in a table of their own and behave by the token or the country they are given, never at random.
"""

import os
from typing import cast

from ordering.gateway.attributed import Attributed
from ordering.gateway.payments import PaymentGateway
from ordering.gateway.sandbox_payments import SandboxPayments
from ordering.gateway.sandbox_shipping import SandboxShipping
from ordering.gateway.shipping import ShippingGateway
from ordering.resilience.circuit import PAYMENTS, SHIPPING
from ordering.table.client import Table

__all__ = ["PaymentGateway", "ShippingGateway", "payment_gateway", "shipping_gateway"]


def payment_gateway() -> PaymentGateway:
    """The provider that takes the money."""
    gateway: PaymentGateway = SandboxPayments(Table(os.environ["SANDBOX_TABLE_NAME"]))
    return cast(PaymentGateway, Attributed(PAYMENTS, gateway))


def shipping_gateway() -> ShippingGateway:
    """The carrier that takes the goods."""
    gateway: ShippingGateway = SandboxShipping(Table(os.environ["SANDBOX_TABLE_NAME"]))
    return cast(ShippingGateway, Attributed(SHIPPING, gateway))
