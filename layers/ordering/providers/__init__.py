"""The outside world: the providers of payment and shipping, behind a small protocol each.

To use a provider of your own, write a module beside these with a function `connect(secret_arn)` that returns
an object which keeps the protocol's promises, and name the module and its secret in `stacks/settings.py`.
Read the secret at the first call, not at import. The sandboxes stand in for providers: they keep durable
books in a table of their own and behave by the token or the country they are given, never at random.
"""

import os
from importlib import import_module
from typing import cast

from ordering.providers.attributed import Attributed
from ordering.providers.payments import PaymentGateway
from ordering.providers.shipping import ShippingGateway
from ordering.resilience.circuit import PAYMENTS, SHIPPING

__all__ = ["PaymentGateway", "ShippingGateway", "payment_gateway", "shipping_gateway"]


def payment_gateway() -> PaymentGateway:
    """The provider that takes the money."""
    provider = import_module(os.environ["PAYMENTS_PROVIDER"])
    gateway: PaymentGateway = provider.connect(os.environ.get("PAYMENTS_SECRET_ARN"))
    return cast(PaymentGateway, Attributed(PAYMENTS, gateway))


def shipping_gateway() -> ShippingGateway:
    """The carrier that takes the goods."""
    carrier = import_module(os.environ["SHIPPING_PROVIDER"])
    gateway: ShippingGateway = carrier.connect(os.environ.get("SHIPPING_SECRET_ARN"))
    return cast(ShippingGateway, Attributed(SHIPPING, gateway))
