"""The outbox. Guarantee 5: every committed change is published at least once, without private fields."""

import json
from typing import Any

from msgspec.structs import replace

from ordering.aws.clients import client
from ordering.domain.order import MAX_LINES, Status
from ordering.domain.product import Sku
from ordering.domain.text import one_line
from ordering.dynamodb.codec import encode_item
from ordering.http.shapes.placing import MAX_PAYMENT_TOKEN
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.keys import product_keys
from tests.handlers.events.publishing import (
    Attributes,
    Change,
    changes,
    details,
    failures,
    parked,
    publish,
    published,
)
from tests.support import event_schemas, published_events
from tests.support.aws_calls import AwsCalls
from tests.support.builders import MUG, image, line, order, payment, product, reservation, shipment
from tests.support.environment import BUS
from tests.support.logs import Logs
from tests.support.recorded import placed_order_image, recorded
from tests.support.world import World


def new(record: Any) -> Change:
    return None, encode_item(image(record))


def test_placed_order_is_published_on_the_bus(outbox: AwsCalls) -> None:
    failures(recorded("dynamodb_stream_order_placed"))
    (entry,) = published(outbox)
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == (BUS, "orders", "OrderPlaced")


def test_event_detail_names_the_order_for_its_driver(outbox: AwsCalls) -> None:
    failures(recorded("dynamodb_stream_order_placed"))
    (detail,) = details(outbox)
    assert detail["orderId"] == "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"


def test_event_time_is_the_time_of_the_change(outbox: AwsCalls) -> None:
    failures(recorded("dynamodb_stream_order_placed"))
    (entry,) = published(outbox)
    assert entry["Time"].isoformat() == "2024-11-22T18:00:11.401000+00:00"


def test_stock_figures_are_neither_published_nor_parked(outbox: AwsCalls) -> None:
    assert failures(recorded("dynamodb_stream_stock_held")) == []
    assert (published(outbox), parked(outbox)) == ([], [])


def test_published_event_matches_its_schema(outbox: AwsCalls) -> None:
    failures(recorded("dynamodb_stream_order_placed"))
    (entry,) = published(outbox)
    event_schemas.check(entry["DetailType"], json.loads(entry["Detail"]))


def test_redelivered_change_carries_the_same_event_id(outbox: AwsCalls) -> None:
    failures(recorded("dynamodb_stream_order_placed"))
    failures(recorded("dynamodb_stream_order_placed"))
    first, second = details(outbox)
    assert first["id"] == second["id"]


def test_changes_are_published_in_the_order_they_were_made(outbox: AwsCalls) -> None:
    publish(*changes(25))
    assert [detail["sku"] for detail in details(outbox)] == [f"S{number}" for number in range(25)]


def test_bus_call_holds_at_most_ten_events(outbox: AwsCalls) -> None:
    publish(*changes(25))
    assert [len(call["Entries"]) for call in outbox.made("PutEvents")] == [10, 10, 5]


def test_bus_call_holds_at_most_a_quarter_of_a_megabyte(outbox: AwsCalls) -> None:
    """Ten orders of the largest possible size need several calls; none is lost."""
    largest = [replace(line(), sku=Sku("S" * 64), name=one_line("\U0001d160" * 120))] * MAX_LINES
    before, after = order(Status.PENDING, *largest), order(Status.CONFIRMED, *largest, version=2)
    changed_orders = [(encode_item(image(before)), encode_item(image(after)))] * 10
    assert publish(*changed_orders) == []
    sizes = [
        sum(len(entry["Detail"].encode()) for entry in call["Entries"]) for call in outbox.made("PutEvents")
    ]
    assert len(details(outbox)) == 10
    assert sum(sizes) > 256 * 1024 > max(sizes)
    assert len(sizes) < 10


def test_largest_order_with_a_wallet_token_fits_item_event_and_message(outbox: AwsCalls) -> None:
    """Limits: an item 400 KB, an event 256 KB, and a message, which contains both images, 1 MiB."""
    # In normal form C it is three times as long as it was sent.
    name = one_line("\U0001d160" * 120)
    lines = [replace(line(), sku=Sku("S" * 64), name=name)] * MAX_LINES
    token = "t" * MAX_PAYMENT_TOKEN
    before, after = (
        replace(order(status, *lines, version=version), payment_token=token)
        for version, status in enumerate((Status.PENDING, Status.CONFIRMED), start=1)
    )
    assert len(json.dumps(encode_item(image(after)), ensure_ascii=False).encode()) < 400 * 1024
    publish((encode_item(image(before)), encode_item(image(after))))
    (entry,) = published(outbox)
    assert len(entry["Detail"].encode()) < 256 * 1024
    assert token[:40] not in entry["Detail"]
    publish((encode_item(image(before)), encode_item(image(after)) | {"status": {"S": "LOST"}}))
    (call,) = outbox.made("SendMessage")
    assert len(call["MessageBody"].encode()) < 1024 * 1024


def test_full_stream_batch_is_published_whole(outbox: AwsCalls) -> None:
    assert publish(*changes(100)) == []
    assert len(published(outbox)) == 100


def test_every_kind_of_item_is_published(outbox: AwsCalls) -> None:
    publish(*[new(each) for each in (order(), reservation(), payment(), shipment(), product())])
    assert [entry["DetailType"] for entry in published(outbox)] == [
        "OrderPlaced",
        "StockReserved",
        "PaymentAuthorised",
        "ShipmentBooked",
        "ProductAdded",
    ]


def test_product_removal_is_published(outbox: AwsCalls) -> None:
    publish((encode_item(image(product())), None))
    assert [entry["DetailType"] for entry in published(outbox)] == ["ProductRemoved"]


def test_private_fields_are_not_published(outbox: AwsCalls) -> None:
    image = placed_order_image()
    publish((None, image))
    published_text = json.dumps(details(outbox))
    inside = [image[name]["S"] for name in ("paymentToken", "fingerprint", "nonce")]
    assert [secret for secret in inside if secret in published_text] == []


def comes_back(world: World) -> list[Change]:
    """Returns the changes of a product that is created, deleted, and created again."""
    first = product_entered(world)
    Catalogue(world.table).remove(MUG, first["tag"]["S"])
    return [(None, first), (first, None), (None, product_entered(world))]


def product_entered(world: World) -> Attributes:
    world.stocked(units=0)
    found = world.table.get(product_keys.product(MUG))
    assert found
    return encode_item(found)


def test_product_created_again_is_published_under_its_own_id(world: World, outbox: AwsCalls) -> None:
    publish(*comes_back(world))
    assert len({detail["id"] for detail in details(outbox)}) == 3


def test_product_created_again_has_a_higher_sequence_than_the_removed_one(
    world: World, outbox: AwsCalls
) -> None:
    publish(*comes_back(world))
    versions = [detail["sequence"] for detail in details(outbox)]
    assert versions == sorted(set(versions))


def test_an_empty_batch_publishes_nothing(outbox: AwsCalls) -> None:
    assert (publish(), outbox.made("PutEvents")) == ([], [])


def test_note_without_a_new_version_is_not_published(outbox: AwsCalls) -> None:
    image = placed_order_image()
    assert publish((image, image | {"nudgedAt": {"S": "2024-11-22T18:05:00.000Z"}})) == []
    assert published(outbox) == []


def test_expired_record_is_neither_published_nor_parked(outbox: AwsCalls) -> None:
    assert failures(recorded("dynamodb_stream_ttl_removal")) == []
    assert (published(outbox), parked(outbox)) == ([], [])


def test_consumer_record_does_not_feed_its_consumer(outbox: AwsCalls) -> None:
    (record,) = recorded("dynamodb_stream_ttl_removal")["Records"]
    assert publish((None, record["dynamodb"]["OldImage"])) == []
    assert (published(outbox), parked(outbox)) == ([], [])


def test_address_is_neither_published_nor_parked(outbox: AwsCalls) -> None:
    address = {"PK": "ORDER#1", "SK": "ADDRESS", "version": 1, "address": {"name": "Ada Lovelace"}}
    assert publish((None, encode_item(address))) == []
    assert (published(outbox), parked(outbox)) == ([], [])


def test_manually_deleted_order_is_not_published_as_placed(outbox: AwsCalls) -> None:
    assert publish((placed_order_image(), None)) == []
    assert published(outbox) == []


def test_log_names_the_published_events(outbox: AwsCalls, logs: Logs) -> None:
    failures(recorded("dynamodb_stream_order_placed"))
    (line,) = [line for line in logs.lines if line["message"] == "published"]
    assert line["events"] == [
        {
            "id": "fe4c5cd3e34751bc6418c414cfe5f064",
            "type": "OrderPlaced",
            "subject": "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc",
            "sequence": 1,
        }
    ]


def test_event_that_no_schema_allows_would_fail_its_test(outbox: AwsCalls) -> None:
    entry = {"EventBusName": BUS, "Source": "orders", "DetailType": "OrderPlaced", "Detail": "{}"}
    client("events").put_events(Entries=[entry])
    assert published_events.found
    published_events.found.clear()
