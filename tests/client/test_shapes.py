"""What the API encodes, the client decodes: every field, every word, whether all are there or few."""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

import httpx
import msgspec
import pytest
from msgspec import NODEFAULT, Struct

import ordering.domain.order
import ordering.domain.payment
import ordering.domain.shipment
import orders_client
from ordering.http import problems, shapes
from ordering.http.routes import ROUTES
from orders_client import _errors, listing
from tests.client.samples import ANSWERS, MEMBERS, PROBLEM
from tests.client.test_contract import NOT_CALLED

OURS: dict[type[Struct], type[Struct]] = {
    shapes.OrderView: orders_client.Order,
    shapes.AnyOrderView: orders_client.AnyOrder,
    shapes.OrderPage: listing.OrderPage,
    shapes.OpenOrders: listing.OpenOrderPage,
    shapes.ProductView: orders_client.Product,
    shapes.ProductPage: listing.ProductPage,
    shapes.StockView: orders_client.Stock,
    shapes.StockPage: listing.StockPage,
    shapes.ProfileView: orders_client.Profile,
    shapes.HealthView: orders_client.Health,
}
WORDS: dict[type[Enum], type[Enum]] = {
    ordering.domain.order.Status: orders_client.OrderStatus,
    ordering.domain.order.Reason: orders_client.Reason,
    ordering.domain.payment.PaymentStatus: orders_client.PaymentStatus,
    ordering.domain.shipment.ShipmentStatus: orders_client.ShipmentStatus,
    shapes.WaitingFor: orders_client.WaitingFor,
}

answers = pytest.mark.parametrize("theirs", ANSWERS, ids=lambda each: type(each).__name__)


def structs(value: Any) -> Iterator[Struct]:
    """A value's structs, itself among them."""
    if isinstance(value, Struct):
        yield value
        for name in value.__struct_fields__:
            yield from structs(getattr(value, name))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from structs(each)


def bare(value: Any) -> Any:
    """A value with nothing in it but what must be there."""
    if isinstance(value, Struct):
        kept = {each.name for each in msgspec.structs.fields(value) if each.default is NODEFAULT}
        return type(value)(**{name: bare(getattr(value, name)) for name in kept})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [bare(each) for each in value]
    return value


def written(value: Struct) -> Any:
    """A value as JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(value))


def arrived(theirs: Struct) -> Struct:
    """What the client reads of it."""
    return msgspec.json.decode(msgspec.json.encode(theirs), type=OURS[type(theirs)])


def test_everything_the_routes_answer_is_here() -> None:
    answered = {
        shape
        for route in ROUTES
        if route.handler not in NOT_CALLED
        for shape in route.answers.values()
        if shape is not None
    }
    assert answered == set(OURS) == {type(each) for each in ANSWERS}


@answers
def test_the_samples_leave_no_field_out(theirs: Struct) -> None:
    for struct in structs(theirs):
        for each in msgspec.structs.fields(struct):
            assert getattr(struct, each.name) != each.default, f"{type(struct).__name__}.{each.name}"


@answers
def test_every_field_arrives(theirs: Struct) -> None:
    assert written(arrived(theirs)) == written(theirs)


@answers
def test_smallest_possible_response_is_decoded(theirs: Struct) -> None:
    least = bare(theirs)
    assert written(arrived(least)) == written(least)


@pytest.mark.parametrize("theirs", WORDS, ids=lambda each: each.__name__)
def test_every_word_is_known_and_no_other(theirs: type[Enum]) -> None:
    assert [each.value for each in WORDS[theirs]] == [each.value for each in theirs]


def test_the_same_statuses_are_ends() -> None:
    for theirs in ordering.domain.order.Status:
        assert orders_client.OrderStatus(theirs.value).is_terminal == theirs.is_terminal


def test_every_problem_is_known_and_no_other() -> None:
    theirs = {each.name: (each.uri, each.slug) for each in problems.ProblemType}
    assert {each.name: (each.value, each.slug) for each in orders_client.ProblemType} == theirs


@pytest.mark.parametrize("theirs", problems.ProblemType, ids=lambda each: each.slug)
def test_every_problem_is_told_as_it_is_meant(theirs: problems.ProblemType) -> None:
    members = {name: getattr(MEMBERS[theirs], name) for name in own(theirs)} if theirs in MEMBERS else None
    refused = problems.Problem(theirs, "Because.", [problems.FieldError("name", "is wrong")], members)
    error = _errors.refusal(
        httpx.Response(
            theirs.status,
            headers={"content-type": "application/problem+json"},
            content=msgspec.json.encode(refused.body("Rq1=")),
        ),
        None,
    )
    assert isinstance(error, orders_client.ProblemError)
    assert (error.type.name, error.title, error.status) == (theirs.name, theirs.title, theirs.status)
    assert (error.detail, error.request_id) == ("Because.", "Rq1=")
    assert error.errors == (orders_client.FieldError("name", "is wrong"),)


def own(kind: problems.ProblemType) -> list[str]:
    """The members that a kind of problem has and others have not."""
    common = problems.ProblemBody.__struct_fields__
    return [name for name in problems.BODIES[kind].__struct_fields__ if name not in common]


def test_every_member_of_a_kinds_own_arrives() -> None:
    assert MEMBERS.keys() == problems.BODIES.keys()
    for kind, sample in MEMBERS.items():
        body = problems.Problem(kind, "Because.", members={name: getattr(sample, name) for name in own(kind)})
        headers = {"content-type": "application/problem+json"}
        content = msgspec.json.encode(body.body("Rq1="))
        error = _errors.refusal(httpx.Response(kind.status, headers=headers, content=content), None)
        for name in own(kind):
            assert msgspec.json.encode(getattr(error, name)) == msgspec.json.encode(getattr(sample, name))


def test_a_problem_has_every_member_of_the_apis() -> None:
    # The status is taken from HTTP, which cannot be another.
    ours = {each.encode_name for each in msgspec.structs.fields(_errors.Problem)} | {"status"}
    assert ours == {each.encode_name for each in msgspec.structs.fields(PROBLEM)}
