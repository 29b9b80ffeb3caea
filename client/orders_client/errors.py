"""Everything that can go wrong, as one family. No error shows a token, a payment token or an address."""

import httpx
import msgspec
from msgspec import Struct

from orders_client.answers import HttpInfo, Order
from orders_client.responses import http_info
from orders_client.words import ProblemType


class OrdersError(Exception):
    """The parent of all. `idempotency_key` is the key the request carried: repeat it with the same one."""

    def __init__(self, message: str, idempotency_key: str | None = None) -> None:
        # Each class hands Exception all of its arguments, which is what lets errors be pickled.
        super().__init__(message, idempotency_key)
        self.message = message
        self.idempotency_key = idempotency_key

    def __str__(self) -> str:
        return self.message


class NoAnswer(OrdersError):
    """No answer came, however often it was tried; `__cause__` is what httpx said last."""


class UnexpectedAnswer(OrdersError):
    """An answer came that is not of the API's form: is `base_url` the API's?"""


class OrderStillOpen(OrdersError):
    """The order did not come to its end in time. `order` is how it stood last."""

    def __init__(self, message: str, order: Order) -> None:
        super(OrdersError, self).__init__(message, order)
        self.message = message
        self.idempotency_key = None
        self.order = order


class RefusedError(OrdersError):
    """The request was refused, with an HTTP status of 400 or above."""

    def __init__(self, message: str, idempotency_key: str | None, http: HttpInfo) -> None:
        super(OrdersError, self).__init__(message, idempotency_key, http)
        self.message = message
        self.idempotency_key = idempotency_key
        self.http = http
