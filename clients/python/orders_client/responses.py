"""The responses of the API, as frozen values. Fields that this release does not know are ignored."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct, field

from orders_client.enums import (
    ExportStatus,
    ImageRefusal,
    ImageStatus,
    Language,
    MetricsDashboard,
    MetricUnit,
    OrderStatus,
    PaymentStatus,
    Reason,
    RefundStatus,
    ReservationStatus,
    ShipmentStatus,
    ThumbnailSize,
    WaitingFor,
    WebhookDeliveryStatus,
    WebhookDisabledReason,
    WebhookStatus,
)
from orders_client.values import Address, Money


class HttpInfo(Struct, frozen=True, kw_only=True):
    """The status and the headers of a response.

    Attributes:
        request_id: The id of the request in the API's logs; None if there is no gateway.
        etag: The version, to be passed as `if_match`.
        replayed: Whether an earlier request with the same idempotency key had this effect.
    """

    status: int = 200
    request_id: str | None = None
    etag: str | None = None
    replayed: bool = False


class Part(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Part of a response. Encoded as JSON, it equals what the API sent: fields without a value are absent."""


class ApiResponse(Part, frozen=True):
    """A response; `http` has its status and headers."""

    # No field of the API can have this name, so no body can set it.
    http: HttpInfo = field(name="$http", default=HttpInfo())


class OrderLine(Part, frozen=True):
    """Units of one product, at the price when the order was placed."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    total: Money


class Payment(Part, frozen=True):
    """The current state of the payment. If it was refused, `reason` is the provider's code."""

    status: PaymentStatus
    attempt: int
    amount: Money
    updated_at: datetime
    reason: str | None = None


class Shipment(Part, frozen=True):
    """The current state of the shipment. If it was refused, `reason` is the carrier's code."""

    status: ShipmentStatus
    updated_at: datetime
    tracking_number: str | None = None
    reason: str | None = None


class Transition(Part, frozen=True):
    """One change of an order's status."""

    status: OrderStatus
    at: datetime
    reason: Reason | None = None


class Order(ApiResponse, frozen=True, kw_only=True):
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
    """The unavailable provider that the order waits for. Processing continues when it is available again."""


class Fault(Part, frozen=True):
    """Why an order makes no progress: the error of the last failed execution."""

    at: datetime
    cause: str


class HeldUnits(Part, frozen=True):
    """Units of one product that a reservation holds, or held."""

    sku: str
    quantity: int


class Reservation(Part, frozen=True):
    """The stock that is reserved for an order."""

    status: ReservationStatus
    lines: tuple[HeldUnits, ...]
    created_at: datetime
    updated_at: datetime


class Refund(Part, frozen=True):
    """The refund of a fulfilled order, which an operator has requested."""

    status: RefundStatus
    amount: Money
    created_at: datetime
    updated_at: datetime


class OrderEvent(Part, frozen=True):
    """An event that follows from an order's stored items."""

    id: str
    type: str
    sequence: int
    at: datetime


class Mail(Part, frozen=True):
    """How the customer was notified of an event, or why not. `at` is None if the time is unknown."""

    event_id: str
    event_type: str
    outcome: str
    at: datetime | None = None


class AnyOrder(Order, frozen=True, kw_only=True):
    """An order as an administrator sees it: with its customer, and with the reason if it makes no progress.

    `attempts` counts how often the sweep has restarted its processing. After `parked_at`, it no longer does.
    `events` has every published change of the order's status, and the last one of its other items.
    """

    customer_id: str
    attempts: int = 0
    parked_at: datetime | None = None
    fault: Fault | None = None
    reservation: Reservation | None = None
    payments: tuple[Payment, ...] = ()
    """Every payment attempt, oldest first."""
    refund: Refund | None = None
    events: tuple[OrderEvent, ...] = ()
    mails: tuple[Mail, ...] = ()


class OrderSummary(ApiResponse, frozen=True, kw_only=True):
    """An order in a list, with its total and its status. `http` is that of its page."""

    order_id: str
    status: OrderStatus
    total: Money
    created_at: datetime
    updated_at: datetime
    version: int
    reason: Reason | None = None


class OpenOrder(ApiResponse, frozen=True, kw_only=True):
    """An order that has not ended. `http` is that of its page."""

    order_id: str
    status: OrderStatus
    created_at: datetime
    updated_at: datetime


class SalesTotal(ApiResponse, frozen=True, kw_only=True):
    """The sales of a day, a product or a category, in one currency. `http` is that of its page.

    Which of `day`, `sku` and `category` it has depends on `by`. Products without a category have none.
    """

    currency: str
    orders: int
    units: int
    revenue: Money
    refunds: int
    refunded: Money
    cancellations: int
    cancelled: Money
    day: date | None = None
    sku: str | None = None
    category: str | None = None


class WorkQueue(Part, frozen=True):
    """How many messages a queue holds, approximately: those that wait, are being handled, or are delayed."""

    waiting: int
    in_flight: int
    delayed: int


class Queue(Part, frozen=True):
    """A dead-letter queue, and the queue that it belongs to, if there is one.

    `refusal` says why its letters are never redriven, if so.
    """

    name: str
    holds: str
    dead_letters: int
    queue: WorkQueue | None = None
    refusal: str | None = None


class UnreadableQueue(Part, frozen=True):
    """A queue of the stage that could not be read. `problem` says why, and what to do."""

    name: str
    problem: str


class Queues(ApiResponse, frozen=True, kw_only=True):
    """The dead-letter queues of the stage. Those that could not be read are in `unreadable`."""

    queues: tuple[Queue, ...]
    unreadable: tuple[UnreadableQueue, ...] = ()


class MetricLine(Part, frozen=True):
    """A line of a graph. `values` has one value for each of the `steps` that have data, counted from 0."""

    label: str
    steps: tuple[int, ...]
    values: tuple[float, ...]


class MetricGraph(Part, frozen=True):
    """A graph of a dashboard.

    `stacked`: its lines are parts of a whole. `summed`: each value is a sum over its step. `complete` is
    False if CloudWatch has not returned all that was asked for.
    """

    name: str
    title: str
    dashboard: MetricsDashboard
    unit: MetricUnit
    stacked: bool
    summed: bool
    complete: bool
    lines: tuple[MetricLine, ...]


class Metrics(ApiResponse, frozen=True, kw_only=True):
    """Graphs of the dashboards, from `start` to `end`, with a value for each step of `step_seconds`."""

    start: datetime
    end: datetime
    step_seconds: int
    graphs: tuple[MetricGraph, ...]


class DeadLetter(Part, frozen=True):
    """A dead letter. `plan` is what a redrive does with it, or why it stays."""

    id: str
    about: str
    cause: str
    sent_at: datetime
    receives: int
    redrivable: bool
    plan: str
    order_id: str | None = None


class DeadLetters(ApiResponse, frozen=True, kw_only=True):
    """Some dead letters of a queue, the oldest first. `more`: the queue holds more."""

    letters: tuple[DeadLetter, ...]
    more: bool


class KeptLetter(Part, frozen=True):
    """A dead letter that was not redriven, and why."""

    id: str
    about: str
    reason: str


class Redrive(ApiResponse, frozen=True, kw_only=True):
    """What became of the letters that one request has handled. `left` counts approximately."""

    redriven: int
    kept: tuple[KeptLetter, ...]
    left: int


class Thumbnail(Part, frozen=True):
    """A WebP file of an image. `url` is a path of the API; the file never changes."""

    size: ThumbnailSize
    url: str
    width: int
    height: int


class Image(Part, frozen=True):
    """An image of a product. It has thumbnails once it is READY, and a `reason` if it is REFUSED."""

    image_id: str
    status: ImageStatus
    created_at: datetime
    thumbnails: tuple[Thumbnail, ...] = ()
    reason: ImageRefusal | None = None


class Images(ApiResponse, frozen=True, kw_only=True):
    """The images of a product, in the order in which they are shown."""

    images: tuple[Image, ...]


class UploadForm(ApiResponse, frozen=True, kw_only=True):
    """A form that accepts one file until `expires_at`.

    Send it to `url` as `multipart/form-data`: all `fields`, and the file as the last field, named `file`.
    """

    image: Image
    url: str
    fields: Mapping[str, str]
    expires_at: datetime


class Product(ApiResponse, frozen=True, kw_only=True):
    """A product, with the number of units that can be ordered now. In a list, `http` is that of its page.

    If it is not `active`, it cannot be ordered, and `available` is 0.
    """

    sku: str
    name: str
    price: Money
    available: int
    created_at: datetime
    updated_at: datetime
    version: int
    description: str | None = None
    low_stock_at: int | None = None
    category: str | None = None
    attributes: Mapping[str, str | int | float | bool] = {}
    active: bool = True
    stock_shards: int = 1
    images: tuple[Image, ...] = ()


class Stock(ApiResponse, frozen=True, kw_only=True):
    """The units of a SKU: received + adjusted = available + held + shipped."""

    sku: str
    received: int
    available: int
    held: int
    shipped: int
    adjusted: int = 0


class StockEntry(ApiResponse, frozen=True, kw_only=True):
    """An entry of a product's stock ledger: `received` units, or a correction by `adjusted` units.

    `key` is the idempotency key of the request, `by` the id of the user who sent it. `http` is that of its
    page.
    """

    key: str
    created_at: datetime
    received: int | None = None
    adjusted: int | None = None
    reason: str | None = None
    by: str | None = None


class Profile(ApiResponse, frozen=True, kw_only=True):
    """The caller's own profile. `language` is the language of mail; None means the shop's language."""

    email: str
    created_at: datetime
    updated_at: datetime
    version: int
    address: Address | None = None
    language: Language | None = None


class Export(ApiResponse, frozen=True, kw_only=True):
    """A copy of the caller's data. Until `url_expires_at`, `url` downloads the file, without a token."""

    export_id: str
    status: ExportStatus
    requested_at: datetime
    finished_at: datetime | None = None
    url: str | None = None
    url_expires_at: datetime | None = None


class Health(ApiResponse, frozen=True, kw_only=True):
    """The health of the API. `status` is `ok` if it is healthy."""

    status: str
    stage: str


class Webhook(ApiResponse, frozen=True, kw_only=True):
    """A webhook endpoint of yours, without its secret. In a list, `http` is empty."""

    webhook_id: str
    url: str
    types: tuple[str, ...]
    status: WebhookStatus
    created_at: datetime
    updated_at: datetime
    version: int
    disabled_reason: WebhookDisabledReason | None = None
    failing_since: datetime | None = None


class WebhookWithSecret(Webhook, frozen=True, kw_only=True):
    """A webhook endpoint with its secret, which no other response contains."""

    secret: str

    def __repr__(self) -> str:
        """Return it without the secret, so that a log does not contain it."""
        return f"WebhookWithSecret(webhook_id={self.webhook_id!r})"


class Webhooks(ApiResponse, frozen=True, kw_only=True):
    """Your webhook endpoints."""

    webhooks: tuple[Webhook, ...]


class WebhookDelivery(ApiResponse, frozen=True, kw_only=True):
    """One event for one of your endpoints. `event_id` is its `webhook-id`. `http` is that of its page."""

    event_id: str
    type: str
    order_id: str
    status: WebhookDeliveryStatus
    attempts: int
    created_at: datetime
    updated_at: datetime
    last_result: str | None = None
    due_at: datetime | None = None
