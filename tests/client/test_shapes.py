"""The client decodes every field, optional or not, and every enum value that the API encodes."""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

import httpx
import msgspec
import pytest
from msgspec import NODEFAULT, Struct

import ordering.domain.exports
import ordering.domain.images
import ordering.domain.languages
import ordering.domain.order
import ordering.domain.payment
import ordering.domain.sales_groups
import ordering.domain.shipment
import ordering.domain.webhooks.delivery
import ordering.domain.webhooks.endpoint
import orders_client
from ordering.http import problems
from ordering.http.routes import ROUTES
from ordering.http.shapes import all_shapes as shapes
from orders_client import _errors, listing
from tests.client.samples import MEMBERS, PROBLEM, SAMPLES
from tests.client.test_contract import NOT_CALLED

CLIENT_CLASSES: dict[type[Struct], type[Struct]] = {
    shapes.OrderView: orders_client.Order,
    shapes.AnyOrderView: orders_client.AnyOrder,
    shapes.OrderPage: listing.OrderPage,
    shapes.OpenOrders: listing.OpenOrderPage,
    shapes.SalesPage: listing.SalesPage,
    shapes.Metrics: orders_client.Metrics,
    shapes.QueueList: orders_client.Queues,
    shapes.DeadLetterList: orders_client.DeadLetters,
    shapes.RedriveView: orders_client.Redrive,
    shapes.ProductView: orders_client.Product,
    shapes.ProductPage: listing.ProductPage,
    shapes.StockView: orders_client.Stock,
    shapes.StockPage: listing.StockPage,
    shapes.UploadForm: orders_client.UploadForm,
    shapes.ImagesView: orders_client.Images,
    shapes.ExportView: orders_client.Export,
    shapes.ProfileView: orders_client.Profile,
    shapes.HealthView: orders_client.Health,
    shapes.WebhookWithSecret: orders_client.WebhookWithSecret,
    shapes.WebhookList: orders_client.Webhooks,
    shapes.WebhookDeliveryPage: listing.WebhookDeliveryPage,
}
ENUMS: dict[type[Enum], type[Enum]] = {
    ordering.domain.order.Status: orders_client.OrderStatus,
    ordering.domain.order.Reason: orders_client.Reason,
    ordering.domain.payment.PaymentStatus: orders_client.PaymentStatus,
    ordering.domain.shipment.ShipmentStatus: orders_client.ShipmentStatus,
    ordering.domain.stock.ReservationStatus: orders_client.ReservationStatus,
    ordering.domain.refund.RefundStatus: orders_client.RefundStatus,
    shapes.WaitingFor: orders_client.WaitingFor,
    ordering.domain.metric_graphs.MetricPeriod: orders_client.MetricPeriod,
    ordering.domain.metric_graphs.MetricUnit: orders_client.MetricUnit,
    ordering.domain.metric_graphs.MetricsDashboard: orders_client.MetricsDashboard,
    ordering.domain.sales_groups.By: orders_client.SalesBy,
    ordering.domain.images.ImageStatus: orders_client.ImageStatus,
    ordering.domain.images.ImageType: orders_client.ImageType,
    ordering.domain.images.ImageRefusal: orders_client.ImageRefusal,
    ordering.domain.images.Size: orders_client.ThumbnailSize,
    ordering.domain.languages.Language: orders_client.Language,
    ordering.domain.exports.ExportStatus: orders_client.ExportStatus,
    ordering.domain.webhooks.delivery.DeliveryStatus: orders_client.WebhookDeliveryStatus,
    ordering.domain.webhooks.endpoint.EndpointStatus: orders_client.WebhookStatus,
    ordering.domain.webhooks.endpoint.DisabledReason: orders_client.WebhookDisabledReason,
}

responses = pytest.mark.parametrize("theirs", SAMPLES, ids=lambda each: type(each).__name__)


def structs(value: Any) -> Iterator[Struct]:
    """All structs in a value, including the value itself."""
    if isinstance(value, Struct):
        yield value
        for name in value.__struct_fields__:
            yield from structs(getattr(value, name))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from structs(each)


def required_only(value: Any) -> Any:
    """The value with only its required fields."""
    if isinstance(value, Struct):
        kept = {each.name for each in msgspec.structs.fields(value) if each.default is NODEFAULT}
        return type(value)(**{name: required_only(getattr(value, name)) for name in kept})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [required_only(each) for each in value]
    return value


def as_json(value: Struct) -> Any:
    """The value as decoded JSON."""
    return msgspec.json.decode(msgspec.json.encode(value))


def decoded_by_client(theirs: Struct) -> Struct:
    """The API's value, encoded and then decoded by the client."""
    return msgspec.json.decode(msgspec.json.encode(theirs), type=CLIENT_CLASSES[type(theirs)])


def test_every_response_shape_has_a_client_class_and_a_sample() -> None:
    returned = {
        shape
        for route in ROUTES
        if route.handler not in NOT_CALLED
        for shape in route.responses.values()
        if shape is not None
    }
    assert returned == set(CLIENT_CLASSES) == {type(each) for each in SAMPLES}


@responses
def test_the_samples_have_a_value_in_every_field(theirs: Struct) -> None:
    for struct in structs(theirs):
        for each in msgspec.structs.fields(struct):
            assert getattr(struct, each.name) != each.default, f"{type(struct).__name__}.{each.name}"


@responses
def test_every_field_is_decoded(theirs: Struct) -> None:
    assert as_json(decoded_by_client(theirs)) == as_json(theirs)


@responses
def test_a_response_with_only_required_fields_is_decoded(theirs: Struct) -> None:
    least = required_only(theirs)
    assert as_json(decoded_by_client(least)) == as_json(least)


@pytest.mark.parametrize("theirs", ENUMS, ids=lambda each: each.__name__)
def test_the_client_has_exactly_the_enum_values_of_the_api(theirs: type[Enum]) -> None:
    assert [each.value for each in ENUMS[theirs]] == [each.value for each in theirs]


def test_the_client_has_the_same_final_statuses() -> None:
    for theirs in ordering.domain.order.Status:
        assert orders_client.OrderStatus(theirs.value).is_terminal == theirs.is_terminal


def test_the_client_has_exactly_the_problem_types_of_the_api() -> None:
    theirs = {each.name: (each.uri, each.slug) for each in problems.ProblemType}
    assert {each.name: (each.value, each.slug) for each in orders_client.ProblemType} == theirs


@pytest.mark.parametrize("theirs", problems.ProblemType, ids=lambda each: each.slug)
def test_every_problem_is_converted_into_its_error(theirs: problems.ProblemType) -> None:
    members = (
        {name: getattr(MEMBERS[theirs], name) for name in additional_members(theirs)}
        if theirs in MEMBERS
        else None
    )
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


def additional_members(kind: problems.ProblemType) -> list[str]:
    """The additional members of a kind of problem."""
    common = problems.ProblemBody.__struct_fields__
    return [name for name in problems.BODIES[kind].__struct_fields__ if name not in common]


def test_every_additional_member_is_decoded() -> None:
    assert MEMBERS.keys() == problems.BODIES.keys()
    for kind, sample in MEMBERS.items():
        body = problems.Problem(
            kind, "Because.", members={name: getattr(sample, name) for name in additional_members(kind)}
        )
        headers = {"content-type": "application/problem+json"}
        content = msgspec.json.encode(body.body("Rq1="))
        error = _errors.refusal(httpx.Response(kind.status, headers=headers, content=content), None)
        for name in additional_members(kind):
            assert msgspec.json.encode(getattr(error, name)) == msgspec.json.encode(getattr(sample, name))


def test_the_clients_problem_has_every_member_of_the_apis() -> None:
    # The status comes from the response itself.
    ours = {each.encode_name for each in msgspec.structs.fields(_errors.Problem)} | {"status"}
    assert ours == {each.encode_name for each in msgspec.structs.fields(PROBLEM)}
