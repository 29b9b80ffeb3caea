"""The payment provider and the carrier, each behind a small protocol.

To use your own provider, write a module in this folder with a function `connect(secret_arn)` that returns an
object with the protocol's guarantees, and set the module and its secret in `stacks/settings/stages.py`. Read
the secret at the first call, not at import. The sandboxes simulate providers: they store their records in a
table of their own, and their behaviour depends only on the token or the country they are given.
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
    """Returns the payment provider of the environment."""
    provider = import_module(os.environ["PAYMENTS_PROVIDER"])
    gateway: PaymentGateway = provider.connect(os.environ.get("PAYMENTS_SECRET_ARN"))
    return cast(PaymentGateway, Attributed(PAYMENTS, gateway))


def shipping_gateway() -> ShippingGateway:
    """Returns the carrier of the environment."""
    carrier = import_module(os.environ["SHIPPING_PROVIDER"])
    gateway: ShippingGateway = carrier.connect(os.environ.get("SHIPPING_SECRET_ARN"))
    return cast(ShippingGateway, Attributed(SHIPPING, gateway))
