"""Whether a change of a schema breaks clients, in requests and in responses."""

from typing import Any

import pytest

from tools.descriptions.schema_comparison import Change, SchemaComparison, Side

Schema = Any


def compared(side: Side, old: Schema, new: Schema, **components: tuple[Schema, Schema]) -> list[Change]:
    before, after = (
        {"components": {"schemas": {name: pair[index] for name, pair in components.items()}}}
        for index in (0, 1)
    )
    return list(SchemaComparison(before, after, side).changes("body", old, new))


def breaks(side: Side, old: Schema, new: Schema) -> bool:
    found = compared(side, old, new)
    assert found, "nothing was noticed"
    return any(change.breaking for change in found)


def an_object(required: list[str] | None = None, /, **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": required or []}


TEXT = {"type": "string"}
NUMBER = {"type": "integer"}

# Pairs of schemas. The second one allows fewer values than the first.
NARROWER = [
    ({"type": ["string", "integer"]}, {"type": "string"}),
    ({"type": "number"}, {"type": "integer"}),
    ({}, {"type": "string"}),
    ({"type": "string", "enum": ["A", "B"]}, {"type": "string", "enum": ["A"]}),
    ({"type": "string"}, {"type": "string", "enum": ["A"]}),
    ({"enum": ["A", "B"]}, {"const": "A"}),
    ({"type": "integer"}, {"type": "integer", "minimum": 1}),
    ({"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 2}),
    ({"type": "integer", "maximum": 9}, {"type": "integer", "maximum": 8}),
    ({"type": "integer"}, {"type": "integer", "multipleOf": 5}),
    ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "exclusiveMinimum": 1}),
    ({"type": "string", "maxLength": 120}, {"type": "string", "maxLength": 100}),
    ({"type": "string", "minLength": 1}, {"type": "string", "minLength": 2}),
    ({"type": "string"}, {"type": "string", "pattern": "^[A-Z]+$"}),
    ({"type": "string"}, {"type": "string", "format": "uuid"}),
    ({"type": "array", "maxItems": 50}, {"type": "array", "maxItems": 20}),
    ({"type": "array"}, {"type": "array", "uniqueItems": True}),
    ({"type": "array"}, {"type": "array", "items": TEXT}),
    ({"type": "array", "items": NUMBER}, {"type": "array", "items": NUMBER | {"minimum": 1}}),
    ({"anyOf": [TEXT, {"type": "null"}]}, TEXT),
    ({"anyOf": [TEXT, {"type": "null"}]}, {"anyOf": [TEXT]}),
    ({"oneOf": [TEXT, NUMBER]}, {"oneOf": [NUMBER]}),
    ({"type": "object", "additionalProperties": NUMBER | {"maximum": 2}},
     {"type": "object", "additionalProperties": NUMBER | {"maximum": 1}}),
    (True, False),
]  # fmt: skip


@pytest.mark.parametrize(("wide", "narrow"), NARROWER)
def test_a_request_may_be_widened_but_not_narrowed(wide: Schema, narrow: Schema) -> None:
    assert breaks(Side.REQUEST, wide, narrow)
    assert not breaks(Side.REQUEST, narrow, wide)


@pytest.mark.parametrize(("wide", "narrow"), NARROWER)
def test_an_answer_may_be_narrowed_but_not_widened(wide: Schema, narrow: Schema) -> None:
    assert breaks(Side.RESPONSE, narrow, wide)
    assert not breaks(Side.RESPONSE, wide, narrow)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TEXT, NUMBER),
        ({"type": ["string", "null"]}, {"type": ["string", "integer"]}),
        ({"type": "string", "pattern": "^a$"}, {"type": "string", "pattern": "^b$"}),
        ({"type": "string", "format": "uuid"}, {"type": "string", "format": "date-time"}),
        ({"enum": ["A", "B"]}, {"enum": ["A", "C"]}),
        (an_object(name=TEXT), an_object()),
        (an_object(inner=an_object(name=TEXT)), an_object(inner=an_object())),
        (an_object(name=TEXT), an_object(name=NUMBER)),
    ],
)
def test_a_schema_that_is_neither_wider_nor_narrower_breaks_clients(
    side: Side, old: Schema, new: Schema
) -> None:
    assert breaks(side, old, new)


def test_a_new_property_breaks_clients_only_if_requests_must_have_it() -> None:
    for side in Side:
        assert not breaks(side, an_object(), an_object(name=TEXT))
    assert breaks(Side.REQUEST, an_object(), an_object(["name"], name=TEXT))
    assert not breaks(Side.RESPONSE, an_object(), an_object(["name"], name=TEXT))


def test_only_requests_may_make_a_required_property_optional() -> None:
    optional, required = an_object(name=TEXT), an_object(["name"], name=TEXT)
    assert breaks(Side.REQUEST, optional, required)
    assert not breaks(Side.REQUEST, required, optional)
    assert breaks(Side.RESPONSE, required, optional)
    assert not breaks(Side.RESPONSE, optional, required)


def test_refusing_unknown_fields_of_a_request_breaks_clients() -> None:
    closed = {"type": "object", "additionalProperties": False}
    assert breaks(Side.REQUEST, {"type": "object"}, closed)
    assert not breaks(Side.REQUEST, closed, {"type": "object"})


def test_a_response_may_allow_unknown_properties() -> None:
    closed = {"type": "object", "additionalProperties": False}
    assert not breaks(Side.RESPONSE, closed, {"type": "object"})


def test_another_default_breaks_clients_that_leave_the_field_out() -> None:
    old, new = NUMBER | {"default": 20}, NUMBER | {"default": 50}
    assert breaks(Side.REQUEST, old, new)
    assert compared(Side.RESPONSE, old, new) == []


def test_titles_descriptions_and_examples_are_no_change_of_a_schema() -> None:
    old = TEXT | {"title": "A", "description": "Old.", "examples": ["a"]}
    new = TEXT | {"title": "B", "description": "New.", "examples": ["b"], "deprecated": True}
    assert compared(Side.REQUEST, old, new) == []


def test_a_new_enum_value_can_be_declared_harmless() -> None:
    old, new = {"enum": ["A"]}, {"enum": ["A", "B"]}
    (change,) = SchemaComparison({}, {}, Side.RESPONSE, new_values_break=False).changes("type", old, new)
    assert change == Change("type", 'is now "B", too', breaking=False)


REFERENCE = {"$ref": "#/components/schemas/Money"}


def test_a_component_is_compared_once_and_by_its_name() -> None:
    order = an_object(total=REFERENCE, tax=REFERENCE)
    money = (an_object(["amount"], amount=NUMBER), an_object(amount=NUMBER))
    assert compared(Side.RESPONSE, order, order, Money=money) == [
        Change("response Money.amount", "is no longer required", breaking=True)
    ]


def test_a_component_equals_the_same_schema_written_inline() -> None:
    money = an_object(amount=NUMBER)
    assert compared(Side.RESPONSE, REFERENCE, money, Money=(money, money)) == []
    assert compared(Side.RESPONSE, money, REFERENCE, Money=(money, money)) == []
    assert compared(Side.RESPONSE, {"allOf": [REFERENCE]}, money, Money=(money, money)) == []


def test_keywords_beside_a_reference_are_compared() -> None:
    old = REFERENCE | {"properties": {"amount": {"minimum": 0}}}
    new = REFERENCE | {"properties": {"amount": {"minimum": 1}}}
    money = an_object(amount=NUMBER)
    assert compared(Side.REQUEST, old, new, Money=(money, money)) == [
        Change("body.amount", "`minimum` 0 → 1", breaking=True)
    ]


def test_alternatives_are_compared_independently_of_their_order() -> None:
    old = {"anyOf": [REFERENCE, {"type": "null"}]}
    new = {"anyOf": [{"type": "null"}, REFERENCE]}
    money = (an_object(amount=NUMBER), an_object(amount=TEXT))
    assert [change.where for change in compared(Side.RESPONSE, old, new, Money=money)] == [
        "response Money.amount"
    ]


def test_a_recursive_component_is_compared() -> None:
    tree = an_object(left={"$ref": "#/components/schemas/Tree"}, name=TEXT)
    there = {"$ref": "#/components/schemas/Tree"}
    found = compared(Side.RESPONSE, there, there, Tree=(tree, tree | {"minProperties": 1}))
    assert found == [Change("response Tree", "`minProperties` none → 1", breaking=False)]


def test_an_equal_schema_has_no_changes() -> None:
    schema = an_object(["a"], a={"anyOf": [TEXT, {"type": "null"}]}, b={"type": "array", "items": NUMBER})
    assert compared(Side.REQUEST, schema, schema) == []
