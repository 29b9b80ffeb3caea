"""An export contains all data of a customer: the test finds kinds of items and attributes, without a list."""

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ordering.domain.customer_data import (
    KINDS,
    LEFT_OUT,
    Exported,
    sections,
)
from ordering.domain.order import CustomerId
from ordering.dynamodb.codec import UnreadableValue
from ordering.http.shapes import all_shapes
from ordering.repositories import keys
from ordering.repositories.keys import customer_keys, order_keys
from ordering.repositories.removals import LAG
from tests.handlers.exports.deletion import DELETED, Deleted
from tests.handlers.exports.exporting import EMAIL, deliver_jobs, exported, files, request, sweep
from tests.support.clock import MovableClock
from tests.support.orders import WAYS, cancel_to_the_end, follow
from tests.support.world import World


def block(world: World, customer_id: str) -> None:
    """Block a customer, as an operator does."""
    world.table.put_many([{**customer_keys.block(CustomerId(customer_id)), "schemaVersion": 1}])


_KEYS = ast.get_docstring(ast.parse(Path(keys.__file__).read_text())) or ""


def documented_kinds() -> dict[str, re.Pattern[str]]:
    """Returns the table of items in `ordering.repositories.keys`: kind → its partition and sort key."""
    table = _KEYS.partition("| index ")[0]
    rows = [[cell.strip() for cell in row.split("|")[1:4]] for row in table.splitlines() if "| `" in row]
    return {kind: re.compile(f"{_pattern(pk)}/{_pattern(sk)}") for kind, pk, sk in rows}


def _pattern(key: str) -> str:
    """`` `ORDER#<id>` `` → `ORDER\\#.+`: a name in angle brackets matches any text."""
    return ".+".join(re.escape(part) for part in re.split("<[^>]+>", key.strip("`")))


def test_every_kind_of_item_says_whether_it_is_exported() -> None:
    """`tests/project/test_keys.py` compares that table with the code."""
    assert set(documented_kinds()) == set(KINDS)


def test_every_kind_of_item_about_a_customer_says_whether_it_is_deleted() -> None:
    """Also kinds that are not exported, because they repeat other items or describe the job itself."""
    assert set(DELETED) == {kind for kind, each in KINDS.items() if each is not Exported.NOT_PERSONAL}


def kind_of(item: Mapping[str, Any]) -> str:
    """Returns the kind of an item, as the table of keys names it."""
    name = f"{item['PK']}/{item['SK']}"
    # The most specific one: a connection of an operator is also one of "anybody".
    found = [kind for kind, pattern in documented_kinds().items() if pattern.fullmatch(name)]
    assert found, name
    return found[-1]


def everything_of(world: World) -> None:
    """A customer with an order that has ended, an open one, a webhook endpoint, and a connection."""
    world.stocked().with_profile(EMAIL)
    follow(world, world.place_order(), *WAYS["fulfilled"])
    cancel_to_the_end(world, world.place_order())
    world.place_order()
    world.api("create_webhook", "POST /webhooks", {"url": "https://partner.example.com/webhooks"})


@pytest.mark.usefixtures("webhook_key")
def test_every_item_with_the_customer_or_their_data_in_it_is_exported(
    world: World, clock: MovableClock
) -> None:
    """Each item of a customer's partitions, and each that names the customer, is in the file, in full."""
    everything_of(world)
    (profile,) = (item for item in world.items() if item["SK"] == customer_keys.PROFILE)
    owner = profile["customerId"]
    order_ids = {item["orderId"] for item in world.items() if item["SK"] == order_keys.ORDER}
    kept = [
        item
        for item in world.items()
        # The test's customer has also entered the stock, and the stock entry names the person who entered it.
        if not item["PK"].startswith("PRODUCT#")
        if owner in json.dumps(item, default=str)
        or any(order_id in item["PK"] for order_id in order_ids)
        or EMAIL in json.dumps(item, default=str)
    ]
    assert len({item["SK"].partition("#")[0] for item in kept}) >= 8
    clock.move(1)
    request(world)
    clock.move(61)
    sweep()
    deliver_jobs()
    written = list(_objects(exported()))
    for item in kept:
        wanted = {name: value for name, value in item.items() if name not in LEFT_OUT}
        assert wanted in written, item["PK"] + item["SK"]


@pytest.mark.usefixtures("webhook_key")
def test_only_items_that_are_kept_remain_of_a_removed_customer(world: World, clock: MovableClock) -> None:
    """Each item that names the customer, or belongs to their order, is of a kind that says so."""
    everything_of(world)
    request(world)
    clock.move(61)
    sweep()
    deliver_jobs()
    (profile,) = (item for item in world.items() if item["SK"] == customer_keys.PROFILE)
    owner = profile["customerId"]
    block(world, owner)
    before = {kind_of(item) for item in world.items()}
    assert before >= {kind for kind, each in DELETED.items() if each is Deleted.NOW} - {"removal"}
    world.api("delete_profile", "DELETE /customers/me")
    clock.move(LAG.total_seconds() + 61)
    sweep()
    deliver_jobs()
    left = world.items()
    addresses = [item for item in left if item["SK"] == order_keys.ADDRESS]
    assert [keys.TIME_TO_LIVE in item for item in addresses] == [True], "that of the open order"
    for item in left:
        about_them = owner in json.dumps(item, default=str) or item["PK"].startswith("ORDER#")
        if about_them and item not in addresses and not item["PK"].startswith("PRODUCT#"):
            assert DELETED[kind_of(item)] is Deleted.KEPT, item
        assert EMAIL not in json.dumps(item, default=str)
    assert files() == {}


def _objects(value: Any) -> list[Any]:
    found = [value] if isinstance(value, dict) else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [*found, *(each for part in inner for each in _objects(part))]


def test_new_kinds_of_items_and_attributes_of_any_type_are_in_the_file() -> None:
    """A later release may write them while this one still runs."""
    odd = {"PK": "ORDER#1", "SK": "GIFT", "text": "For you", "number": UnreadableValue("N")}
    assert sections([odd]) == {"gift": {"text": "For you", "number": odd["number"]}}
    several = [{"PK": "ORDER#1", "SK": f"NOTE#{number}", "text": number} for number in range(2)]
    assert sections(several) == {"note": [{"text": 0}, {"text": 1}]}


def test_nothing_that_the_api_shows_of_customers_is_left_out() -> None:
    """No response to a customer contains an attribute that is left out."""
    shown = {
        field.encode_name
        for shape in vars(all_shapes).values()
        if isinstance(shape, type)
        and issubclass(shape, all_shapes.View)
        and shape.__module__.rpartition(".")[2] in ("addresses", "customers", "orders", "webhooks")
        for field in msgspec.structs.fields(shape)
    }
    assert shown & LEFT_OUT == set()


def test_partition_with_an_unreadable_value_is_exported(world: World, clock: MovableClock) -> None:
    world.stocked().with_profile(EMAIL)
    order_id = world.place_order()
    world.table.put_many([{**order_keys.order(order_id), **_changed(world, order_id), "total": "many"}])
    clock.move(1)
    request(world)
    clock.move(61)
    sweep()
    deliver_jobs()
    assert exported()["orders"][0]["order"]["total"] == "many"


def _changed(world: World, order_id: str) -> dict[str, Any]:
    item = world.table.get(order_keys.order(order_id))
    assert item
    return dict(item)
