"""A record of any kind with an attribute of a wrong type is reported as unreadable, without its values."""

from collections.abc import Mapping

import msgspec
import pytest

from ordering import unreadable
from ordering.domain.audit import AuditRecord, RedriveRecord
from ordering.domain.customer import Profile
from ordering.domain.exports import DataExport
from ordering.domain.images import Gallery
from ordering.domain.order import Order
from ordering.domain.payment import Payment
from ordering.domain.product import Product
from ordering.domain.realtime import Connection
from ordering.domain.refund import Refund
from ordering.domain.reports.figures import DailyReport
from ordering.domain.sales import Counts, Totals
from ordering.domain.shipment import Shipment
from ordering.domain.stock import Reservation, Stock, StockEntry
from ordering.domain.webhooks.delivery import WebhookDelivery
from ordering.domain.webhooks.endpoint import Endpoint
from ordering.dynamodb.codec import decode
from ordering.repositories import orders
from ordering.repositories.health import CircuitRecord, ProgressRecord
from ordering.repositories.items import UnreadableRecord, record_of
from ordering.repositories.leases import LeaseRecord
from ordering.repositories.processed_events import ProcessedEvent
from ordering.repositories.removals import Removal
from tests.handlers.unreadable import EACH_TYPE, counted
from tests.support.attributes import Attribute
from tests.support.item_kinds import kinds
from tests.support.logs import Logs

pytestmark = pytest.mark.usefixtures("cursor_secret")

# Kind of item → its record; None for one without, of which only conditions and single attributes are read.
RECORDS: Mapping[str, type[msgspec.Struct] | None] = {
    "order": Order,
    "reservation": Reservation,
    "payment": Payment,
    "shipment": Shipment,
    "refund": Refund,
    "address": orders._AddressItem,
    "audit record": AuditRecord,
    "product": Product,
    "stock": Stock,
    "shard of a stock": Stock,
    "stock entry": StockEntry,
    "images": Gallery,
    "profile": Profile,
    "block": None,
    "removal": Removal,
    "export": DataExport,
    "record of an event": ProcessedEvent,
    "lease of an order": LeaseRecord,
    "circuit": CircuitRecord,
    "last failure, end": ProgressRecord,
    "webhook endpoint": Endpoint,
    "their number": None,
    "webhook delivery": WebhookDelivery,
    "slot of an endpoint": None,
    "connection": Connection,
    "the same, of an operator": Connection,
    "last announcement of an order": None,
    "sweep of images": None,
    "total of a product": Counts,
    "total of a category": Counts,
    "state of the totals": Totals,
    "report of a day": DailyReport,
    "mail about a report": None,
    "redrive of a queue": RedriveRecord,
}
KINDS = list(dict.fromkeys(filter(None, RECORDS.values())))


def test_every_kind_of_item_is_listed_with_its_record() -> None:
    assert RECORDS.keys() == kinds().keys()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("attribute", EACH_TYPE, ids=lambda each: next(iter(each)))
def test_record_with_one_wrong_type_is_read_or_reported_as_unreadable(
    kind: type[msgspec.Struct], attribute: Attribute
) -> None:
    refused = set()
    for field in msgspec.structs.fields(kind):
        try:
            record_of({"PK": "A", "SK": "B", field.encode_name: decode(attribute)}, kind)
        except UnreadableRecord as error:
            refused.add(error.item)
    assert refused <= {"A/B"}


def test_report_of_an_unreadable_record_quotes_no_value(
    logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnreadableRecord) as raised:
        record_of({"PK": "A", "SK": "B", "orderId": "1", "status": "tok_secret"}, Payment)
    assert "secret" not in f"{raised.value}{raised.value.__cause__}{raised.value.__context__}" + logs.text
    assert [line["item"] for line in logs.lines] == ["A/B"]
    assert counted(capsys) == 1


def test_unreadable_record_emits_no_metric_on_an_operator_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE")
    unreadable.report("A/B", "Product", "Expected `int`")
    assert counted(capsys) == 0
