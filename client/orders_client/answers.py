"""What the API answers, as frozen values. Fields that this release does not know are ignored."""

from datetime import datetime

from msgspec import Struct, field

from orders_client.enums import OrderStatus, PaymentStatus, Reason, ShipmentStatus, WaitingFor
from orders_client.values import Address, Money


class HttpInfo(Struct, frozen=True, kw_only=True):
    """What came with an answer beside its body.

    `request_id` is the id by which the API's logs know the request (None where no gateway gave one),
    `etag` the version for `if_match`, `replayed` whether the idempotency key came before.
    """

    status: int = 200
    request_id: str | None = None
    etag: str | None = None
    replayed: bool = False


class Part(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Part of an answer. Written back as JSON it is as the API wrote it: absent rather than null."""


class Answer(Part, frozen=True):
    """An answer; `http` tells what came with it."""

    # The name is none that a field of the API can have, so that no body is ever read into it.
    http: HttpInfo = field(name="$http", default=HttpInfo())


class OrderLine(Part, frozen=True):
    """Units of one product, at the price taken when the order was placed."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    total: Money


class Payment(Part, frozen=True):
    """The payment as it stands; `reason` is the provider's word for a refusal."""

    status: PaymentStatus
    attempt: int
    amount: Money
    updated_at: datetime
    reason: str | None = None


class Shipment(Part, frozen=True):
    """The shipment as it stands; `reason` is the carrier's word for a refusal."""

    status: ShipmentStatus
    updated_at: datetime
    tracking_number: str | None = None
    reason: str | None = None


class Transition(Part, frozen=True):
    """One change of an order's status."""

    status: OrderStatus
    at: datetime
    reason: Reason | None = None


class Order(Answer, frozen=True, kw_only=True):
    """An order, with its payment, its shipment and its history."""

    order_id: str
    status: OrderStatus
    lines: tuple[OrderLine, ...]
    subtotal: Money
    tax: Money
    shipping: Money
    discount: Money
    total: Money
    created_at: datetime
    updated_at: datetime
    version: int
    history: tuple[Transition, ...]
    reason: Reason | None = None
    payment: Payment | None = None
    shipment: Shipment | None = None
    waiting_for: WaitingFor | None = None
    """The provider that is unavailable and that the order waits for. Processing continues when it is back."""


class Fault(Part, frozen=True):
    """Why an order could not be driven on, in the words of the execution that failed last."""

    at: datetime
    cause: str


class AnyOrder(Order, frozen=True, kw_only=True):
    """An order as an administrator sees it: whose it is, and why it stands still if it does.

    `attempts` counts how often the sweep drove it on; `parked_at` says that it no longer does.
    """

    customer_id: str
    attempts: int = 0
    parked_at: datetime | None = None
    fault: Fault | None = None


class OrderSummary(Answer, frozen=True, kw_only=True):
    """An order in a list: what it costs and where it stands. `http` is that of its page."""

    order_id: str
    status: OrderStatus
    total: Money
    created_at: datetime
    updated_at: datetime
    version: int
    reason: Reason | None = None


class OpenOrder(Answer, frozen=True, kw_only=True):
    """An order that has not come to its end. `http` is that of its page."""

    order_id: str
    status: OrderStatus
    created_at: datetime
    updated_at: datetime


class Product(Answer, frozen=True, kw_only=True):
    """A product, and how many units of it can be ordered now. In a list, `http` is that of its page."""

    sku: str
    name: str
    price: Money
    available: int
    created_at: datetime
    updated_at: datetime
    version: int
    description: str | None = None


class Stock(Answer, frozen=True, kw_only=True):
    """The units of a SKU: received + adjusted = available + held + shipped."""

    sku: str
    received: int
    available: int
    held: int
    shipped: int
    adjusted: int = 0


class StockEntry(Answer, frozen=True, kw_only=True):
    """An entry of a product's stock ledger: units `received`, or by how many they were `adjusted`, and why.

    `key` is the idempotency key it was entered with, `by` whoever entered it. `http` is that of its page.
    """

    key: str
    created_at: datetime
    received: int | None = None
    adjusted: int | None = None
    reason: str | None = None
    by: str | None = None


class Profile(Answer, frozen=True, kw_only=True):
    """The caller's own profile."""

    email: str
    created_at: datetime
    updated_at: datetime
    version: int
    address: Address | None = None


class Health(Answer, frozen=True, kw_only=True):
    """Whether the API can do its work: then `status` is `ok`."""

    status: str
    stage: str
