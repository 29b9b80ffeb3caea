"""The outbox. Guarantee 5: every committed change is published at least once; a bad one blocks no other."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from ordering.aws.clients import client
from ordering.domain.order import MAX_LINES, Status
from ordering.domain.product import Sku
from ordering.domain.text import one_line
from ordering.dynamodb.codec import encode_item
from ordering.http.shapes import MAX_PAYMENT_TOKEN
from ordering.repositories import keys
from ordering.repositories.catalogue import Catalogue
from tests.support import event_schemas
from tests.support.aws_calls import AwsCalls, Parameters, Send, Turn, fails
from tests.support.builders import MUG, image, line, order, payment, product, reservation, shipment
from tests.support.environment import BUS, PARKED_QUEUE_URL
from tests.support.logs import Logs
from tests.support.recorded import placed_order_image, recorded, stream_event
from tests.support.world import World, invoke

Attributes = dict[str, Any]
Change = tuple[Attributes | None, Attributes | None]


@pytest.fixture
def outbox(world: World, calls: AwsCalls) -> AwsCalls:
    """A bus to publish on, and a queue to park on."""
    client("events").create_event_bus(Name=BUS)
    client("sqs").create_queue(QueueName="parked")
    return calls


def publish(*changes: Change) -> list[str]:
    """Publish changes; answers the numbers of those to begin again with."""
    return failures(stream_event(*changes))


def failures(event: dict[str, Any]) -> list[str]:
    answer = invoke("events.publish_changes", event)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def published(outbox: AwsCalls) -> list[dict[str, Any]]:
    """The entries of every call of the bus."""
    return [entry for call in outbox.made("PutEvents") for entry in call["Entries"]]


def details(outbox: AwsCalls) -> list[dict[str, Any]]:
    return [json.loads(entry["Detail"]) for entry in published(outbox)]


def parked(outbox: AwsCalls) -> list[dict[str, Any]]:
    return [json.loads(call["MessageBody"]) for call in outbox.made("SendMessage")]


def changed(number: int) -> Change:
    """One of many products, entered."""
    return None, encode_item(image(product(f"S{number}")))


def changes(count: int) -> list[Change]:
    return [changed(number) for number in range(count)]


def new(record: Any) -> Change:
    return None, encode_item(image(record))


def without(attributes: Attributes, name: str) -> Attributes:
    return {key: value for key, value in attributes.items() if key != name}


def refuses(*places: int) -> Turn:
    """A bus that refuses the entries at these places of its call, and takes the others."""

    def turn(parameters: Parameters, send: Send) -> Any:
        entries: list[dict[str, str]] = [
            {"EventId": str(place)} for place in range(len(parameters["Entries"]))
        ]
        for place in places:
            entries[place] = {"ErrorCode": "ThrottlingException", "ErrorMessage": "made by hand"}
        return {"FailedEntryCount": len(places), "Entries": entries}

    return turn


# -- what is published ---------------------------------------------------------------------------------


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
    """Ten of the largest orders there can be are more than that: they go in several calls, none lost."""
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
    """Into an item (400 KB), into an event (256 KB), and, parked with both images, into a message (1 MiB)."""
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
    told = json.dumps(details(outbox))
    inside = [image[name]["S"] for name in ("paymentToken", "fingerprint", "nonce")]
    assert [secret for secret in inside if secret in told] == []


def comes_back(world: World) -> list[Change]:
    """A product that is entered, removed, and entered again."""
    first = product_entered(world)
    Catalogue(world.table).remove(MUG, first["tag"]["S"])
    return [(None, first), (first, None), (None, product_entered(world))]


def product_entered(world: World) -> Attributes:
    world.stocked(units=0)
    found = world.table.get(keys.product(MUG))
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


# -- what is not ---------------------------------------------------------------------------------------


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


# -- a bus that refuses --------------------------------------------------------------------------------


@pytest.mark.parametrize(("places", "first"), [((0,), "1"), ((3,), "4"), ((9,), "10"), ((2, 5, 7), "3")])
def test_stream_resumes_at_the_first_refused_event(
    outbox: AwsCalls, places: tuple[int, ...], first: str
) -> None:
    outbox.next("PutEvents", refuses(*places))
    assert publish(*changes(10)) == [first]


def test_event_refused_in_a_later_call_is_found_by_its_record(outbox: AwsCalls) -> None:
    outbox.next("PutEvents", lambda parameters, send: send())
    outbox.next("PutEvents", refuses(4))
    assert publish(*changes(25)) == ["15"]


def test_nothing_is_published_after_a_refusal_so_that_item_order_is_kept(outbox: AwsCalls) -> None:
    outbox.next("PutEvents", refuses(9))
    publish(*changes(25))
    assert len(outbox.made("PutEvents")) == 1


def test_records_without_an_event_do_not_shift_the_resume_position(outbox: AwsCalls) -> None:
    image = placed_order_image()
    outbox.next("PutEvents", refuses(1))
    assert publish((image, image), changed(1), (image, image), changed(2)) == ["4"]


def test_parked_records_do_not_shift_the_resume_position(outbox: AwsCalls) -> None:
    outbox.next("PutEvents", refuses(1))
    assert publish((None, without(placed_order_image(), "version")), changed(1), changed(2)) == ["3"]


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalException"])
def test_call_that_fails_as_a_whole_fails_the_batch(outbox: AwsCalls, code: str) -> None:
    outbox.next("PutEvents", fails(code))
    with pytest.raises(ClientError, match=code):
        publish(*changes(3))


def test_refused_event_is_published_on_redelivery(outbox: AwsCalls) -> None:
    outbox.next("PutEvents", refuses(0))
    assert [publish(changed(1)) for _ in range(2)] == [["1"], []]


# -- malformed records ---------------------------------------------------------------------------------

Break = Callable[[Attributes], Attributes]

MALFORMED: dict[str, Break] = {
    "no version": lambda attributes: without(attributes, "version"),
    "no status": lambda attributes: without(attributes, "status"),
    "no time": lambda attributes: without(attributes, "updatedAt"),
    "a status that is a number": lambda attributes: attributes | {"status": {"N": "5"}},
    "a status that is nothing": lambda attributes: attributes | {"status": {"NULL": True}},
    "a time that is no time": lambda attributes: attributes | {"updatedAt": {"S": "yesterday"}},
    "a version that is half": lambda attributes: attributes | {"version": {"N": "1.5"}},
    "a version that is text": lambda attributes: attributes | {"version": {"S": "new"}},
    "a total of bytes": lambda attributes: attributes | {"total": {"B": "AA=="}},
    "a total that is no integer": lambda attributes: attributes | {"total": {"N": "0.35"}},
    "lines that are a set": lambda attributes: attributes | {"lines": {"SS": ["x"]}},
}
malformed = pytest.mark.parametrize("breaking", MALFORMED.values(), ids=MALFORMED)


@pytest.mark.parametrize(
    "extra", [{"B": "AA=="}, {"SS": ["x"]}, {"N": "0.35"}, {"L": [{"BS": ["AA=="]}]}], ids=str
)
def test_unknown_attribute_is_ignored(outbox: AwsCalls, extra: Attributes) -> None:
    """The stream writes octets as Base64, and not as the API does."""
    assert publish((None, placed_order_image() | {"extra": extra})) == []
    assert [entry["DetailType"] for entry in published(outbox)] == ["OrderPlaced"]
    assert parked(outbox) == []


@malformed
def test_malformed_record_is_parked_and_its_batch_continues(outbox: AwsCalls, breaking: Break) -> None:
    assert publish(changed(1), (None, breaking(placed_order_image())), changed(2)) == []
    assert [detail["sku"] for detail in details(outbox)] == ["S1", "S2"]


@malformed
def test_malformed_record_is_parked_alone_with_its_cause(outbox: AwsCalls, breaking: Break) -> None:
    publish(changed(1), (None, breaking(placed_order_image())), changed(2))
    (message,) = parked(outbox)
    assert (message["record"]["dynamodb"]["SequenceNumber"], bool(message["cause"])) == ("2", True)


def test_malformed_record_is_parked_on_its_own_queue(outbox: AwsCalls) -> None:
    publish((None, without(placed_order_image(), "version")))
    assert [call["QueueUrl"] for call in outbox.made("SendMessage")] == [PARKED_QUEUE_URL]


def test_record_with_a_malformed_old_image_is_parked(outbox: AwsCalls) -> None:
    image = placed_order_image()
    assert publish((without(image, "version"), image)) == []
    assert (published(outbox), len(parked(outbox))) == ([], 1)


def test_each_malformed_record_is_parked_in_a_message_of_its_own(outbox: AwsCalls) -> None:
    broken = without(placed_order_image(), "version")
    publish((None, broken), (None, broken))
    assert len(parked(outbox)) == 2


def test_a_record_that_cannot_be_parked_fails_the_batch(outbox: AwsCalls) -> None:
    outbox.next("SendMessage", fails("ServiceUnavailable"))
    with pytest.raises(ClientError):
        publish((None, without(placed_order_image(), "version")))


def test_log_of_a_malformed_record_holds_only_its_keys(outbox: AwsCalls, logs: Logs) -> None:
    publish((None, without(placed_order_image(), "version")))
    assert ("67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc" in logs.text, "tok_ok" in logs.text) == (True, False)


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
