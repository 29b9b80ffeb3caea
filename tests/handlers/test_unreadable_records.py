"""A record of any kind with an attribute of a wrong type is reported as unreadable, without its values."""

import msgspec
import pytest

from ordering import unreadable
from ordering.domain.audit import AuditRecord
from ordering.domain.customer import Profile
from ordering.domain.order import Order
from ordering.domain.payment import Payment
from ordering.domain.product import Product
from ordering.domain.shipment import Shipment
from ordering.domain.stock import Reservation, Stock, StockEntry
from ordering.dynamodb.codec import decode
from ordering.repositories.health import CircuitRecord, ProgressRecord
from ordering.repositories.items import UnreadableRecord, record_of
from ordering.repositories.leases import LeaseRecord
from ordering.repositories.processed_events import ProcessedEvent
from ordering.repositories.removals import Removal
from tests.handlers.unreadable import EACH_TYPE, counted
from tests.support.attributes import Attribute
from tests.support.logs import Logs

pytestmark = pytest.mark.usefixtures("cursor_secret")

# Every kind of record that the table stores.
KINDS: list[type[msgspec.Struct]] = [
    *(Order, Payment, Shipment, Reservation, Product, Stock, StockEntry, Profile, Removal),
    *(ProcessedEvent, LeaseRecord, CircuitRecord, ProgressRecord, AuditRecord),
]


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
