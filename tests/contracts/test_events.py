"""The description of the events: AsyncAPI 3, its schemas, and what a change of it does to consumers."""

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from ordering.domain.events.reading import event_of_detail
from ordering.domain.events.types import EventType
from tests.support import event_schemas
from tests.support.event_schemas import NotAsDescribed
from tools.asyncapi import changes as event_changes
from tools.asyncapi.describe import EXAMPLES, document
from tools.asyncapi.page import page

PROJECT = Path(__file__).parents[2]
# Published by the AsyncAPI initiative on npm.
SPECIFICATION = PROJECT / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0-without-$id.json"

Json = dict[str, Any]


@pytest.fixture
def described() -> Json:
    document: Json = json.loads(event_changes.EVENTS.copy.read_text())
    return document


@pytest.fixture
def examples() -> Json:
    found: Json = json.loads(EXAMPLES.read_text())
    return found


# -- the document ------------------------------------------------------------------------------------------


def specification() -> Draft7Validator:
    return Draft7Validator(json.loads(SPECIFICATION.read_text()))


@pytest.mark.slow
def test_description_is_asyncapi_3(described: Json) -> None:
    assert [error.message for error in specification().iter_errors(described)] == []


@pytest.mark.slow
def test_specification_finds_a_mistake(described: Json) -> None:
    """Otherwise the test above could not fail."""
    del described["operations"]["publish"]["action"]
    assert [error.message for error in specification().iter_errors(described)]


def test_every_type_has_a_message_in_the_channel_and_the_operation(described: Json) -> None:
    names = [type.value for type in EventType]
    assert list(described["components"]["messages"]) == names
    assert list(described["channels"]["orders"]["messages"]) == names
    assert [
        each["$ref"].rpartition("/")[2] for each in described["operations"]["publish"]["messages"]
    ] == names


def test_every_schema_is_valid_and_every_reference_resolves(described: Json) -> None:
    text = json.dumps(described)
    for name, schema in described["components"]["schemas"].items():
        Draft7Validator.check_schema(schema)
        assert f'"#/components/schemas/{name}"' in text, f"{name} is not used"
    for reference in {part.partition('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]}:
        assert reference in described["components"]["schemas"]


def test_every_field_of_an_event_is_described(described: Json) -> None:
    """Its own text, or the text of the schema that it refers to."""
    schemas = described["components"]["schemas"]
    bare = [
        f"{name}.{field}"
        for name in described["components"]["messages"]
        for field, schema in schemas[name]["properties"].items()
        if not ({"description", "$ref"} & schema.keys() or field in ("type", "newStatus"))
    ]
    assert bare == []


def test_no_field_could_hold_an_address_or_a_token(described: Json) -> None:
    """Guarantee 6: ids and amounts are published, and nothing about a person."""
    fields = {
        field
        for schema in described["components"]["schemas"].values()
        for field in schema.get("properties", ())
    }
    assert not fields & {"email", "address", "line1", "city", "postalCode", "paymentToken", "token", "phone"}


def test_each_example_is_an_event_of_its_type_and_matches_the_schema(examples: Json) -> None:
    assert list(examples) == [type.value for type in EventType]
    for name, example in examples.items():
        event_schemas.check(name, example)
        assert event_of_detail(example).type == name


def test_committed_copies_are_up_to_date() -> None:
    assert event_changes.EVENTS.differences(document()) == []


# -- events that do not match --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "ORDER#1"),
        ("total", 12.5),
        ("newStatus", "PENDING"),
        ("customerEmail", "a@example.com"),
        ("time", "now"),
    ],
)
def test_event_that_is_not_as_described_is_noticed(examples: Json, field: str, value: Any) -> None:
    with pytest.raises(NotAsDescribed):
        event_schemas.check("OrderConfirmed", examples["OrderConfirmed"] | {field: value})


def test_event_of_no_described_type_is_noticed(examples: Json) -> None:
    with pytest.raises(NotAsDescribed):
        event_schemas.check("OrderPraised", examples["OrderPlaced"] | {"type": "OrderPraised"})


# -- the gate ---------------------------------------------------------------------------------------


def field(document: Json, schema: str, name: str) -> Json:
    found: Json = document["components"]["schemas"][schema]["properties"][name]
    return found


def remove_type(document: Json) -> None:
    del document["components"]["messages"]["PaymentRefunded"]


def remove_field(document: Json) -> None:
    del document["components"]["schemas"]["OrderPlaced"]["properties"]["placedAt"]


def make_optional(document: Json) -> None:
    document["components"]["schemas"]["OrderPlaced"]["required"].remove("total")


def other_type(document: Json) -> None:
    field(document, "Amount", "amount")["type"] = "string"


def wider_type(document: Json) -> None:
    field(document, "Amount", "amount")["type"] = "number"


def new_value(document: Json) -> None:
    document["components"]["schemas"]["Status"]["enum"].append("ON_HOLD")


def newer_version(document: Json) -> None:
    field(document, "OrderPlaced", "schemaVersion")["enum"] = [2]


def add_type(document: Json) -> None:
    messages = document["components"]["messages"]
    messages["StockCounted"] = messages["StockReserved"]


def add_optional_field(document: Json) -> None:
    document["components"]["schemas"]["OrderPlaced"]["properties"]["giftWrap"] = {"type": "boolean"}


def add_required_field(document: Json) -> None:
    add_optional_field(document)
    document["components"]["schemas"]["OrderPlaced"]["required"].append("giftWrap")


def make_required(document: Json) -> None:
    document["components"]["schemas"]["ShipmentDispatched"]["required"].append("trackingNumber")


def fewer_values(document: Json) -> None:
    document["components"]["schemas"]["Status"]["enum"].remove("PENDING")


BREAKING = [remove_type, remove_field, make_optional, other_type, wider_type, new_value, newer_version]
HARMLESS = [add_type, add_optional_field, add_required_field, make_required, fewer_values]


class Project:
    """A project with committed copies, and a description that its code generates (`generated`)."""

    def __init__(self, folder: Path, generated: Json) -> None:
        self.copy, self.page = folder / "asyncapi.json", folder / "events.html"
        self.acknowledged = folder / "event-changes.md"
        self.generated = generated


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, described: Json) -> Project:
    project = Project(tmp_path, deepcopy(described))
    ours = replace(
        event_changes.EVENTS,
        copy=project.copy,
        acknowledged=project.acknowledged,
        pages={project.page: page},
    )
    monkeypatch.setattr(event_changes, "EVENTS", ours)
    monkeypatch.setattr(event_changes, "document", lambda: project.generated)
    assert event_changes.main(["accept"]) == 0
    assert event_changes.main(["check"]) == 0
    return project


@pytest.mark.parametrize("change", BREAKING, ids=lambda change: change.__name__)
def test_breaking_change_of_an_event_is_refused_until_it_is_acknowledged(
    project: Project, capsys: pytest.CaptureFixture[str], change: Any
) -> None:
    before = project.copy.read_text()
    change(project.generated)
    assert event_changes.main(["check"]) == 1
    assert "BREAKING" in capsys.readouterr().out
    assert event_changes.main(["accept"]) == 1
    assert (project.copy.read_text(), project.acknowledged.exists()) == (before, False)
    assert event_changes.main(["accept", "--acknowledge", "agreed with every consumer"]) == 0
    assert "agreed with every consumer" in project.acknowledged.read_text()
    assert event_changes.main(["check"]) == 0


@pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.__name__)
def test_harmless_change_of_an_event_needs_a_new_copy_but_no_reason(
    project: Project, capsys: pytest.CaptureFixture[str], change: Any
) -> None:
    change(project.generated)
    assert event_changes.main(["check"]) == 1
    assert "BREAKING" not in capsys.readouterr().out
    assert event_changes.main(["accept"]) == 0
    assert not project.acknowledged.exists()
    assert event_changes.main(["check"]) == 0


def test_changed_words_need_a_new_copy(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.generated["info"]["description"] += "More."
    assert event_changes.main(["check"]) == 1
    assert "is worded differently" in capsys.readouterr().out


def test_page_that_was_edited_by_hand_is_noticed(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.page.write_text(project.page.read_text() + "<p>")
    assert event_changes.main(["check"]) == 1
    assert "events.html: is not the page of the description" in capsys.readouterr().out
