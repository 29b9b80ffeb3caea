"""The caller's profile: GET, PUT and DELETE /customers/me."""

import time
from typing import Any

import pytest

from ordering.domain.languages import Language
from ordering.domain.order import OrderId
from ordering.repositories.keys import customer_keys, order_keys
from tests.support.aws_calls import AwsCalls, and_then
from tests.support.orders import an_order, cancel_to_the_end, follow, overwrite
from tests.support.refusals import fields_of, kind_of
from tests.support.world import ADDRESS, HandlerResponse, World

PROFILE = {"email": "ada@example.com", "address": ADDRESS}


def read(world: World, **headers: str) -> HandlerResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.api("get_profile", "GET /customers/me", headers=sent)


def enter(world: World, body: Any = PROFILE, **headers: str) -> HandlerResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.api("put_profile", "PUT /customers/me", body, headers=sent)


def forget(world: World) -> HandlerResponse:
    return world.api("delete_profile", "DELETE /customers/me")


def addresses(world: World) -> list[str]:
    """Returns the orders whose address is stored."""
    return [item["PK"].removeprefix("ORDER#") for item in world.items() if item["SK"] == "ADDRESS"]


def test_profile_reads_back_as_it_was_entered(world: World) -> None:
    entered = enter(world)
    assert entered.status == 201
    found = read(world)
    assert (found.status, found.body) == (200, entered.body)
    assert found.body["email"] == "ada@example.com"


def test_a_profile_needs_no_address(world: World) -> None:
    enter(world, {"email": "ada@example.com"})
    assert "address" not in read(world).body


@pytest.mark.parametrize("language", Language)
def test_profile_keeps_the_language_of_mail(world: World, language: Language) -> None:
    entered = enter(world, {**PROFILE, "language": language.value})
    assert (entered.status, entered.body["language"]) == (201, language.value)
    assert read(world).body == entered.body


def test_profile_that_is_replaced_without_a_language_has_none(world: World) -> None:
    tag = enter(world, {**PROFILE, "language": "de"}).headers["etag"]
    assert "language" not in enter(world, PROFILE, If_Match=tag).body
    assert "language" not in read(world).body


@pytest.mark.parametrize("language", ["it", "DE", "de-AT", "de\n", "", 7])
def test_language_that_is_not_supported_is_refused_with_those_that_are(world: World, language: Any) -> None:
    refused = enter(world, {**PROFILE, "language": language})
    assert (refused.status, fields_of(refused)) == (422, ["language"])
    if isinstance(language, str):
        assert "must be a supported language: `en`, `de`, `fr`" in refused.body["detail"]


def test_profile_does_not_exist_until_it_is_entered(world: World) -> None:
    assert (read(world).status, kind_of(read(world))) == (404, "profile-not-found")


def test_unchanged_profile_is_not_sent_again(world: World) -> None:
    tag = enter(world).headers["etag"]
    again = read(world, If_None_Match=tag)
    assert (again.status, again.body, again.headers["etag"]) == (304, None, tag)


def test_profile_change_needs_the_version_it_changes(world: World) -> None:
    tag = enter(world).headers["etag"]
    blind = enter(world, {"email": "else@example.com"})
    assert (blind.status, kind_of(blind)) == (428, "precondition-required")
    stale = enter(world, {"email": "else@example.com"}, If_Match='"of-another-time"')
    assert (stale.status, kind_of(stale)) == (412, "precondition-failed")
    changed = enter(world, {"email": "else@example.com"}, If_Match=tag)
    assert (changed.status, changed.headers["etag"] != tag) == (200, True)
    assert read(world).body["email"] == "else@example.com"


def test_profile_change_of_an_outdated_version_is_refused(world: World) -> None:
    tag = enter(world).headers["etag"]
    enter(world, {"email": "first@example.com"}, If_Match=tag)
    assert enter(world, {"email": "second@example.com"}, If_Match=tag).status == 412
    assert read(world).body["email"] == "first@example.com"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": 5}, "email"),
        ({"email": "ada@example.com\nBcc: all@example.com"}, "email"),
        ({"email": f"{'a' * 300}@example.com"}, "email"),
        (PROFILE | {"name": "Ada"}, "name"),
        (PROFILE | {"address": "here"}, "address"),
        (PROFILE | {"address": ADDRESS | {"country": "gb"}}, "address.country"),
        (PROFILE | {"address": ADDRESS | {"city": ""}}, "address.city"),
        (PROFILE | {"address": ADDRESS | {"city": "\u200b"}}, "address.city"),
        (PROFILE | {"address": ADDRESS | {"name": "Ada\u2028Total 0.00"}}, "address.name"),
        (PROFILE | {"address": ADDRESS | {"country": "UK"}}, "address.country"),
        (PROFILE | {"address": ADDRESS | {"postalCode": "0"}}, "address.postalCode"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_bad_profile_is_refused_by_field_and_writes_nothing(
    world: World, body: dict[str, Any], field: str
) -> None:
    answer = enter(world, body)
    assert (answer.status, fields_of(answer)) == (422, [field])
    assert world.items() == []


@pytest.mark.slow
def test_removing_a_profile_can_be_repeated_safely(world: World) -> None:
    enter(world)
    assert [forget(world).status for _ in range(2)] == [204, 204]
    assert read(world).status == 404
    # What is left is the note that the index is to be looked at once more.
    assert [item["SK"] for item in world.items()] == ["REMOVAL"]


def closed_and_open(world: World) -> tuple[OrderId, OrderId]:
    """Two orders of Alice's: one that has ended, and one that is still to be delivered."""
    closed = an_order(world)
    cancel_to_the_end(world, closed)
    return closed, world.place_order()


def test_removing_a_profile_removes_the_addresses_of_closed_orders(world: World) -> None:
    closed, still_open = closed_and_open(world)
    assert sorted(addresses(world)) == sorted([closed, still_open])
    forget(world)
    assert addresses(world) == [still_open]
    assert world.details(closed).order.status == "CANCELLED"


def test_address_of_an_open_order_expires_in_ninety_days(world: World) -> None:
    """The address is needed for the delivery. A second request does not extend the time that it is kept."""
    enter(world)
    _, still_open = closed_and_open(world)
    asked = time.time()
    forget(world)
    expires_at = expiry(world, still_open)
    assert 0 <= expires_at - int(asked) - 90 * 24 * 3600 <= 60
    overwrite(world, order_keys.address(still_open), expiresAt=expires_at - 1000)
    forget(world)
    assert expiry(world, still_open) == expires_at - 1000


def expiry(world: World, order_id: OrderId) -> int:
    address = world.table.get(order_keys.address(order_id))
    assert address
    return int(address["expiresAt"])


def test_order_whose_address_will_expire_is_delivered(world: World) -> None:
    order_id = an_order(world, "confirmed")
    forget(world)
    assert follow(world, order_id, "capture_payment", "book_shipment") == ["CAPTURED", "BOOKED"]


def test_address_removed_concurrently_is_not_created_again(world: World, calls: AwsCalls) -> None:
    """The order ends in between, and another such request removes its address."""
    enter(world)
    order_id = an_order(world)
    calls.next("Query", and_then(lambda: world.table.delete(order_keys.address(order_id))))
    assert forget(world).status == 204
    assert addresses(world) == []


def test_removing_a_profile_leaves_the_addresses_of_other_customers(world: World) -> None:
    closed, _ = closed_and_open(world)
    assert world.api("delete_profile", "DELETE /customers/me", subject="bob").status == 204
    assert closed in addresses(world)


def test_profile_is_in_no_index_and_no_event(world: World) -> None:
    enter(world)
    (item,) = world.items()
    assert not {name for name in item if name.startswith("GSI")}
    assert item["PK"].startswith("CUSTOMER#")
    assert customer_keys.profile(item["customerId"]) == {"PK": item["PK"], "SK": item["SK"]}
