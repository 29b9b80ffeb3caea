"""A sample of every response body of the API, with a value in every field."""

from collections.abc import Mapping

from msgspec import Struct

from ordering.domain.exports import ExportStatus
from ordering.domain.images import ImageRefusal, ImageStatus, Size
from ordering.domain.languages import Language
from ordering.domain.metric_graphs import MetricsDashboard, MetricUnit
from ordering.domain.money import Money
from ordering.domain.order import Reason, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.refund import RefundStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus
from ordering.domain.webhooks.delivery import DeliveryStatus
from ordering.domain.webhooks.endpoint import DisabledReason, EndpointStatus
from ordering.http.problems import (
    FieldError,
    NotEnoughStockBody,
    PriceChangedBody,
    ProblemBody,
    ProblemType,
)
from ordering.http.shapes import all_shapes as shapes

# With microseconds, so that encoding returns the same text.
AT, LATER = "2026-11-21T12:00:00.123456Z", "2026-11-21T12:00:01.234567Z"
ORDER_ID = "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"


def euros(cents: int) -> Money:
    """An amount in EUR."""
    return Money(amount=cents, currency="EUR")


ORDER = shapes.OrderView(
    order_id=ORDER_ID,
    status=Status.CANCELLED,
    lines=[
        shapes.LineView(
            sku="MUG-RED", name="Enamel mug, red", quantity=2, unit_price=euros(1250), total=euros(2500)
        )
    ],
    subtotal=euros(2500),
    tax=euros(475),
    shipping=euros(490),
    discount=euros(100),
    total=euros(3365),
    created_at=AT,
    updated_at=LATER,
    version=3,
    history=[
        shapes.TransitionView(status=Status.CANCELLING, at=AT, reason=Reason.CAPTURE_REFUSED),
        shapes.TransitionView(status=Status.CANCELLED, at=LATER, reason=Reason.CAPTURE_REFUSED),
    ],
    reason=Reason.CAPTURE_REFUSED,
    payment=shapes.PaymentView(
        status=PaymentStatus.VOIDED,
        attempt=2,
        amount=euros(3365),
        updated_at=LATER,
        reason="authorisation_expired",
    ),
    shipment=shapes.ShipmentView(
        status=ShipmentStatus.CANCELLED,
        updated_at=LATER,
        tracking_number="SBX1",
        reason="address_not_served",
    ),
    waiting_for=shapes.WaitingFor.CARRIER,
)
SUMMARY = shapes.OrderSummaryView(
    order_id=ORDER_ID,
    status=Status.REJECTED,
    total=euros(2500),
    created_at=AT,
    updated_at=LATER,
    version=3,
    reason=Reason.OUT_OF_STOCK,
)
IMAGE = shapes.ImageView(
    image_id="0f8b1c5e7a9d4e6fb3c2a1d0e9f87654",
    status=ImageStatus.READY,
    created_at=AT,
    reason=ImageRefusal.DAMAGED,
    thumbnails=[
        shapes.ThumbnailView(
            size=Size.SMALL,
            url="/images/MUG-RED/0f8b1c5e7a9d4e6fb3c2a1d0e9f87654/5e0c7a1b9d3f4826-small.webp",
            width=320,
            height=240,
        )
    ],
)
PRODUCT = shapes.ProductView(
    sku="MUG-RED",
    name="Enamel mug, red",
    price=euros(1250),
    available=10,
    created_at=AT,
    updated_at=LATER,
    version=2,
    active=False,
    description="Holds 350 ml, and is not damaged by a fall.",
    low_stock_at=5,
    stock_shards=8,
    category="coffee-mugs",
    attributes={"colour": "red", "litres": 0.35, "pieces": 1, "dishwasherSafe": True},
    images=[IMAGE],
)
EXPORT = shapes.ExportView(
    export_id="3f2c9a7e5b1d4086a1c7e9d2b4f60813",
    status=ExportStatus.SENT,
    requested_at=AT,
    finished_at=LATER,
    url="https://exports.s3.eu-west-1.amazonaws.com/exports/customer-data.json",
    url_expires_at=LATER,
)
PROFILE = shapes.ProfileView(
    email="ada@example.com",
    created_at=AT,
    updated_at=LATER,
    version=2,
    address=shapes.AddressView(
        name="Ada Lovelace",
        line1="12 St James's Square",
        line2="Second floor",
        city="London",
        region="London",
        postal_code="SW1Y 4JH",
        country="GB",
    ),
    language=Language.DE,
)
PROBLEM = ProblemBody(
    type=ProblemType.UNKNOWN_SKU.uri,
    title=ProblemType.UNKNOWN_SKU.title,
    status=ProblemType.UNKNOWN_SKU.status,
    detail="lines[0].sku: the catalogue has no product `X`",
    instance="urn:request:Rq1=",
    errors=[FieldError("lines[0].sku", "the catalogue has no product `X`")],
)
STOCK = shapes.StockView(sku="MUG-RED", received=12, adjusted=-2, available=5, held=2, shipped=3)
WEBHOOK = shapes.WebhookView(
    webhook_id="3f2c9a7e5b1d4086a1c7e9d2b4f60813",
    url="https://partner.example.com/webhooks",
    types=["OrderFulfilled"],
    status=EndpointStatus.DISABLED,
    created_at=AT,
    updated_at=LATER,
    version=2,
    disabled_reason=DisabledReason.NOT_ACKNOWLEDGED,
    failing_since=AT,
)
_COMMON = {name: getattr(PROBLEM, name) for name in PROBLEM.__struct_fields__}
MEMBERS: Mapping[ProblemType, ProblemBody] = {
    ProblemType.PRICE_CHANGED: PriceChangedBody(**_COMMON, lines=ORDER.lines, total=euros(2500)),
    ProblemType.NOT_ENOUGH_STOCK: NotEnoughStockBody(**_COMMON, available=3, held=2),
}
"""The problems with additional members."""

SAMPLES: tuple[Struct, ...] = (
    ORDER,
    shapes.AnyOrderView(
        customer_id="c0ffee",
        attempts=3,
        parked_at=LATER,
        fault=shapes.FaultView(at=LATER, cause="ExecutionFailed: States.Timeout"),
        reservation=shapes.ReservationView(
            status=ReservationStatus.RELEASED,
            lines=[shapes.HeldUnitsView(sku="MUG-RED", quantity=2)],
            created_at=AT,
            updated_at=LATER,
        ),
        payments=[ORDER.payment] if ORDER.payment else [],
        refund=shapes.RefundView(
            status=RefundStatus.REFUNDED, amount=euros(3365), created_at=AT, updated_at=LATER
        ),
        events=[
            shapes.OrderEventView(id="Zk3pQ0yE2mJw8r1tX5vL9A", type="OrderCancelled", sequence=3, at=LATER)
        ],
        mails=[
            shapes.MailView(
                event_id="Zk3pQ0yE2mJw8r1tX5vL9A", event_type="OrderCancelled", outcome="SENT", at=LATER
            )
        ],
        **{name: getattr(ORDER, name) for name in ORDER.__struct_fields__},
    ),
    shapes.OrderPage(orders=[SUMMARY], next="abc", unreadable=["odd"]),
    shapes.OpenOrders(
        orders=[
            shapes.OpenOrderView(order_id=ORDER_ID, status=Status.CONFIRMED, created_at=AT, updated_at=LATER)
        ],
        next="abc",
        unreadable=["odd"],
    ),
    shapes.Metrics(
        start=AT,
        end=LATER,
        step_seconds=600,
        graphs=[
            shapes.MetricGraph(
                name="ordersPlaced",
                title="Orders placed",
                dashboard=MetricsDashboard.BUSINESS,
                unit=MetricUnit.COUNT,
                stacked=True,
                summed=True,
                complete=True,
                lines=[shapes.MetricLine(label="placed", steps=[0, 2], values=[3, 0.5])],
            )
        ],
    ),
    shapes.QueueList(
        queues=[
            shapes.QueueView(
                name="notifications",
                holds="events that notify_customer could not handle",
                dead_letters=2,
                queue=shapes.WorkQueueView(waiting=3, in_flight=1, delayed=1),
                refusal="it is not redriven",
            )
        ],
        unreadable=[shapes.UnreadableQueueView(name="parcels", problem="deploy orders-dev-admin again")],
    ),
    shapes.DeadLetterList(
        letters=[
            shapes.DeadLetterView(
                id="0d5c9a50-5a3f-4c7e-9d0e-2f6f3a1b8c44",
                about="order 1",
                cause="the order is PENDING",
                sent_at=AT,
                receives=9,
                redrivable=True,
                plan="sends it to the order queue (PENDING)",
                order_id=ORDER_ID,
            )
        ],
        more=True,
    ),
    shapes.RedriveView(
        redriven=2,
        kept=[
            shapes.KeptLetter(
                id="0d5c9a50-5a3f-4c7e-9d0e-2f6f3a1b8c44", about="order 2", reason="the order does not exist"
            )
        ],
        left=1,
    ),
    shapes.SalesPage(
        totals=[
            shapes.SalesTotal(
                day="2026-11-21",
                sku="MUG-RED",
                category="coffee-mugs",
                currency="EUR",
                orders=12,
                units=30,
                revenue=euros(37500),
                refunds=1,
                refunded=euros(2500),
                cancellations=2,
                cancelled=euros(5000),
            )
        ],
        next="abc",
    ),
    PRODUCT,
    shapes.ProductPage(products=[PRODUCT], next="abc", unreadable=["odd"]),
    STOCK,
    shapes.StockPage(
        stock=STOCK,
        entries=[
            shapes.StockEntryView(
                key="stocktaking", created_at=AT, received=12, adjusted=-2, reason="lost", by="c0ffee"
            )
        ],
        next="abc",
        unreadable=["odd"],
    ),
    shapes.UploadForm(
        image=IMAGE, url="https://images.s3.eu-west-1.amazonaws.com/", fields={"key": "x"}, expires_at=LATER
    ),
    shapes.ImagesView(images=[IMAGE]),
    EXPORT,
    PROFILE,
    shapes.HealthView(status="ok", stage="local"),
    shapes.WebhookWithSecret(
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        **{name: getattr(WEBHOOK, name) for name in WEBHOOK.__struct_fields__},
    ),
    shapes.WebhookList(webhooks=[WEBHOOK]),
    shapes.WebhookDeliveryPage(
        deliveries=[
            shapes.WebhookDeliveryView(
                event_id="0d1f8f9a6c1e4b2f9a5d3c7e8b6a4f21",
                type="OrderFulfilled",
                order_id=ORDER_ID,
                status=DeliveryStatus.PENDING,
                attempts=1,
                created_at=AT,
                updated_at=LATER,
                last_result="503",
                due_at=LATER,
            )
        ],
        next="abc",
        unreadable=["odd"],
    ),
)
