"""Nothing that is kept of a customer is forgotten: kinds of items and attributes are found, not listed."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ordering.domain.customer_data import JOB_KINDS, KINDS, LEFT_OUT, Exported, sections
from ordering.dynamodb.codec import UnreadableValue
from ordering.http.shapes import all_shapes
from ordering.repositories import keys
from ordering.repositories.customer_items import CustomerItems
from tests.handlers.exports.exporting import EMAIL, deliver_jobs, exported, request, sweep
from tests.support.clock import MovableClock
from tests.support.orders import WAYS, cancel_to_the_end, follow
from tests.support.world import World

_KEYS = ast.get_docstring(ast.parse(Path(keys.__file__).read_text())) or ""


def documented_kinds() -> set[str]:
    """Returns the first column of the table of items in `ordering.repositories.keys`."""
    table = _KEYS.partition("| index ")[0]
    rows = [row.split("|")[1].strip() for row in table.splitlines() if row.startswith("| ")]
    return set(rows) - {"item"}


def test_every_kind_of_item_says_whether_it_is_exported() -> None:
    """`tests/project/test_keys.py` compares that table with the code."""
    assert documented_kinds() == set(KINDS)
    assert {kind for kind, exported in KINDS.items() if exported is Exported.JOB} == set(JOB_KINDS)


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
    (profile,) = (item for item in world.items() if item["SK"] == keys.PROFILE)
    owner = profile["customerId"]
    order_ids = {item["orderId"] for item in world.items() if item["SK"] == keys.ORDER}
    kept = [
        item
        for item in world.items()
        # The test's customer has also entered the stock: its ledger names who of the staff has.
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
    """The attributes that are left out are those which no response to a customer contains."""
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
    world.table.put_many([{**keys.order(order_id), **_changed(world, order_id), "total": "many"}])
    clock.move(1)
    request(world)
    clock.move(61)
    sweep()
    deliver_jobs()
    assert exported()["orders"][0]["order"]["total"] == "many"
    assert CustomerItems(world.table).of_order(order_id)
    assert re.search("ORDER#<id>", _KEYS)


def _changed(world: World, order_id: str) -> dict[str, Any]:
    item = world.table.get(keys.order(order_id))
    assert item
    return dict(item)
