"""The client: one method for each route."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from math import inf
from typing import Any, Self, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec

from orders_client import reading
from orders_client.answers import (
    Answer,
    AnyOrder,
    Health,
    HttpInfo,
    OpenOrders,
    Order,
    OrderSummary,
    Product,
    Profile,
    Stock,
)
from orders_client.listing import Listing, OrderPage, Page, ProductPage
from orders_client.retrying import Clock, Repeat, RetryPolicy
from orders_client.sending import Call, Sender, Token
from orders_client.values import Address, Line, Money
from orders_client.version import VERSION
from orders_client.waiting import until_ended
from orders_client.words import OrderStatus

A = TypeVar("A", bound=Answer)

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
