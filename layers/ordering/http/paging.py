"""Pages, and the cursors between them.

Most cursors are signed, for one list and one set of filters. The signing key is a rotated secret: a cursor is
signed with its version AWSCURRENT and verified with AWSCURRENT and AWSPREVIOUS, so that clients can continue
paging while the key is rotated. The public catalogue's cursors are not signed: any SKU is a valid position in
any of its lists. They contain the list's filter, so that the cursor of one list is refused by another.
"""

import base64
import binascii
import hashlib
import os
import re
import time
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from botocore.exceptions import ClientError

from ordering.aws.clients import client
from ordering.domain.order import CustomerId, Status
from ordering.domain.product import SKU_PATTERN, Sku
from ordering.http.order_views import summary_view
from ordering.http.problems import Problem, ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.shapes.orders import OrderPage
from ordering.repositories.catalogue import ProductFilter
from ordering.repositories.customer_orders import CustomerOrders, OrderCursor, OrderFilter

if TYPE_CHECKING:
    from itsdangerous import Signer
    from types_boto3_secretsmanager import SecretsManagerClient

P = TypeVar("P")

_SKU = re.compile(SKU_PATTERN)
# Occurs neither in a SKU nor in a category.
_FILTER_SEPARATOR = "/"
# Each invalid cursor would otherwise cost two calls to Secrets Manager.
_SECONDS_BETWEEN_REFRESHES = 10.0


def order_page(listing: CustomerOrders, request: Request, customer_id: CustomerId) -> OrderPage:
    """Returns the page of a customer's orders that a request asks for.

    The cursor is signed for this customer and these filters.

    Raises:
        Problem: A parameter is invalid.
    """
    wanted = OrderFilter(
        status=request.enum_parameter("status", Status),
        created_after=request.time("createdAfter"),
        created_before=request.time("createdBefore", round_up=True),
    )
    limit = request.int_parameter("limit", default=20, least=1, most=100)
    purpose = f"orders {customer_id} {msgspec.json.encode(wanted).decode()}"
    after = position_of(request, purpose, OrderCursor)
    orders, unreadable, position = listing.orders(customer_id, wanted, limit, after)
    return OrderPage(
        orders=[summary_view(order) for order in orders],
        unreadable=tuple(unreadable),
        next=cursor_to(position, purpose) if position else None,
    )


def cursor_to(position: Any, purpose: str) -> str:
    """Returns the cursor of the page that begins at `position`; `purpose` names the list and its filters."""
    return sign(msgspec.json.encode(position), purpose)


def position_of(request: Request, purpose: str, shape: type[P]) -> P | None:
    """Returns the position in a request's `cursor`; None if the request has no cursor.

    Raises:
        Problem: The API did not issue the cursor, or issued it for another purpose.
    """
    cursor = request.query("cursor")
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(verify(cursor, purpose), type=shape)
    except (BadSignature, ValueError, RecursionError):
        raise _invalid_cursor() from None


def catalogue_cursor(sku: Sku, wanted: ProductFilter) -> str:
    """Returns the cursor of the catalogue page that begins after this product.

    The list of all active products has the cursors of earlier releases, which know no other list.
    """
    position = f"{sku}{_filter_text(wanted)}"
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def catalogue_position(cursor: str, wanted: ProductFilter) -> Sku:
    """Returns the SKU in a catalogue cursor.

    Raises:
        Problem: The API cannot have issued the cursor for the list that is wanted.
    """
    try:
        position = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        position = ""
    sku = Sku(position.partition(_FILTER_SEPARATOR)[0])
    if not _SKU.search(sku) or catalogue_cursor(sku, wanted) != cursor:
        raise _invalid_cursor()
    return sku


def _filter_text(wanted: ProductFilter) -> str:
    if wanted == ProductFilter():
        return ""
    return (
        f"{_FILTER_SEPARATOR}{wanted.category or ''}{_FILTER_SEPARATOR}{'' if wanted.active else 'inactive'}"
    )


class BadSignature(ValueError):
    """The text was not signed with a known key, or not for this purpose."""


def sign(content: bytes, purpose: str) -> str:
    """Returns URL-safe text that holds `content` and a signature for `purpose`."""
    from itsdangerous.encoding import base64_encode

    return _signer(purpose).sign(base64_encode(content)).decode()


def verify(text: str, purpose: str) -> bytes:
    """Returns the content of a text that `sign` returned for the same purpose.

    Raises:
        BadSignature: `sign` did not return it, it was for another purpose, or its key is no longer valid.
    """
    # A running function may not know the newest key yet, and reads AWSPREVIOUS only when it needs it.
    content = _unsigned(text, purpose)
    if content is None and signing_keys.refresh():
        content = _unsigned(text, purpose)
    if content is None:
        raise BadSignature("unknown key, other purpose, or altered")
    return content


class SigningKeys:
    """The versions of the secret that this process has read."""

    def __init__(self) -> None:
        self._known: list[str] = []
        self._next_refresh = 0.0

    def known(self) -> list[str]:
        """Returns the keys, oldest first; the last one signs."""
        if not self._known:
            self._known = _secret_version("AWSCURRENT")
        return self._known

    def refresh(self) -> bool:
        """Reads AWSCURRENT and AWSPREVIOUS; returns False if that was done less than ten seconds ago."""
        if time.monotonic() < self._next_refresh:
            return False
        current = _secret_version("AWSCURRENT")
        self._known = _secret_version("AWSPREVIOUS") + current
        self._next_refresh = time.monotonic() + _SECONDS_BETWEEN_REFRESHES
        return True


signing_keys = SigningKeys()


def _secret_version(stage: str) -> list[str]:
    """Returns the secret's value with this staging label; an empty list if no version has the label."""
    secrets: SecretsManagerClient = client("secretsmanager")
    try:
        found = secrets.get_secret_value(SecretId=os.environ["CURSOR_SECRET_ARN"], VersionStage=stage)
    except ClientError as error:
        # Before the first rotation there is no AWSPREVIOUS.
        if stage == "AWSPREVIOUS" and error.response["Error"]["Code"] == "ResourceNotFoundException":
            return []
        raise
    return [found["SecretString"]]


def _signer(purpose: str) -> "Signer":
    # Imported when needed: most requests neither make nor read a cursor.
    from itsdangerous import Signer

    return Signer(signing_keys.known(), salt=purpose, key_derivation="hmac", digest_method=hashlib.sha256)


def _unsigned(text: str, purpose: str) -> bytes | None:
    from itsdangerous import BadData
    from itsdangerous.encoding import base64_decode, base64_encode

    try:
        content = _signer(purpose).unsign(text)
        signature = text.rpartition(".")[2]
        # Only one text is accepted for each signature. The decoder would also accept texts that differ in the
        # unused bits of the last character, or that contain characters outside the alphabet of Base64.
        is_canonical = base64_encode(base64_decode(signature)).decode() == signature
        return base64_decode(content) if is_canonical else None
    except (BadData, UnicodeEncodeError):
        return None


def _invalid_cursor() -> Problem:
    message = "must be the `next` of the previous page, unchanged, and keep the other parameters"
    return invalid_field(ProblemType.INVALID_PARAMETER, "cursor", message)
