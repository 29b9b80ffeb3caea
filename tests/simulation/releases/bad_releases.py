"""Releases that break one rule each, made of this one by altering what it writes and reads.

Each works on its own, because it reads what it writes. It breaks something only beside another release.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, ClassVar

import msgspec

from tests.simulation.releases.alteration import Alteration, Json, Replacement
from tests.simulation.releases.facts import Facts
from tests.simulation.releases.rules import Rule

_STOCK_STEP = "reserve_stock"


class BadRelease(Alteration):
    """An alteration that breaks a rule."""

    breaks: ClassVar[Rule]
    journeys: ClassVar[tuple[str, ...]] = ("fulfilled",)
    """Journeys in which it shows."""


# -- items -------------------------------------------------------------------------------------------


class _ItemsAltered(BadRelease):
    """Items with this sort key are written in another way, and read back."""

    sort: ClassVar[str]
    altered_sort: ClassVar[str] = ""
    """The sort key as this release writes it, if it differs."""

    def write(self, item: Json) -> None:
        """Alter a whole item, or the key of one."""

    def values(self, values: Json) -> None:
        """Alter the values of an expression."""

    def read(self, item: Json) -> None:
        """Undo `write` and `values`."""

    def event(self, handler: str, event: Any) -> Any:
        """Read the images of a record of the stream."""
        if handler != "publish_changes":
            return event
        read = deepcopy(event)
        for record in read["Records"]:
            for name in ("Keys", "OldImage", "NewImage"):
                if self._is_ours(image := record["dynamodb"].get(name, {})):
                    self.read(image)
        return read

    def request(self, operation: str, parameters: Any) -> Any:
        """Alter each write of such an item."""
        altered = deepcopy(parameters)
        for action in _actions(operation, altered):
            for name in ("Item", "Key"):
                if self._is_ours(action.get(name, {})):
                    self.values(action.get("ExpressionAttributeValues", {}))
                    self.write(action[name])
        return altered

    def response(self, operation: str, response: Any) -> Any:
        """Read each such item."""
        for item in _items(response):
            if self._is_ours(item):
                self.read(item)
        return response

    def _is_ours(self, item: Json) -> bool:
        return item.get("SK", {}).get("S") in (self.sort, self.altered_sort)


class KeyChanged(_ItemsAltered):
    """A shipment has another sort key."""

    breaks = Rule.ITEM_1
    sort = "SHIPMENT"
    altered_sort = "DELIVERY"

    def write(self, item: Json) -> None:
        """Use the new key."""
        item["SK"] = {"S": self.altered_sort}

    def read(self, item: Json) -> None:
        """Use the old key."""
        item["SK"] = {"S": self.sort}


class AttributeRenamed(_ItemsAltered):
    """The lines of a reservation are called holds."""

    breaks = Rule.ITEM_2
    sort = "RESERVATION"

    def write(self, item: Json) -> None:
        """Use the new name."""
        _rename(item, "lines", "holds")

    def read(self, item: Json) -> None:
        """Use the old name."""
        _rename(item, "holds", "lines")


class TypeChanged(_ItemsAltered):
    """The total of an order is a string."""

    breaks = Rule.ITEM_3
    sort = "ORDER"

    def write(self, item: Json) -> None:
        """Write a string."""
        _retype(item, "total", "N", "S")

    def read(self, item: Json) -> None:
        """Read a number."""
        _retype(item, "total", "S", "N")


class StatusAdded(_ItemsAltered):
    """A reservation has a status that the earlier release does not know."""

    breaks = Rule.ITEM_4
    sort = "RESERVATION"

    def write(self, item: Json) -> None:
        """Write the new status."""
        _replace_text(item, "HELD", "SET_ASIDE")

    def values(self, values: Json) -> None:
        """Compare with the new status."""
        _replace_text(values, "HELD", "SET_ASIDE")

    def read(self, item: Json) -> None:
        """Read the new status."""
        _replace_text(item, "SET_ASIDE", "HELD")


class AttributeRequired(_ItemsAltered):
    """An order must have a channel."""

    breaks = Rule.ITEM_5
    sort = "ORDER"

    def write(self, item: Json) -> None:
        """Write the channel of a whole order."""
        if "total" in item:
            item["channel"] = {"S": "web"}

    def read(self, item: Json) -> None:
        """Require the channel."""
        if "total" in item and "channel" not in item:
            raise LookupError("an order without a channel")


# -- events and messages -------------------------------------------------------------------------------


class _EventsAltered(BadRelease):
    """Events are published in another way, and read back by this release's consumer."""

    journeys: ClassVar = ("notified-of-an-order-fulfilled",)

    def write(self, detail: Json) -> None:
        """Alter an event."""

    def read(self, detail: Json) -> None:
        """Undo `write`."""

    def request(self, operation: str, parameters: Any) -> Any:
        """Alter the events that are published."""
        if operation != "PutEvents":
            return parameters
        altered = deepcopy(parameters)
        for entry in altered["Entries"]:
            entry["Detail"] = _edited(entry["Detail"], self.write)
        return altered

    def event(self, handler: str, event: Any) -> Any:
        """Read the event in a message of the consumer."""
        if handler != "notify_customer":
            return event
        read = deepcopy(event)
        for record in read["Records"]:
            record["body"] = _edited(record["body"], lambda body: self.read(body["detail"]))
        return read


class EventIdChanged(_EventsAltered):
    """The ids of events are computed in another way."""

    breaks = Rule.EVENT_1

    def write(self, detail: Json) -> None:
        """Use the new id."""
        detail["id"] = detail["id"][::-1]

    def read(self, detail: Json) -> None:
        """Use the old id."""
        detail["id"] = detail["id"][::-1]


class EventFieldRenamed(_EventsAltered):
    """The time at which an order was placed is in another field."""

    breaks = Rule.EVENT_2

    def write(self, detail: Json) -> None:
        """Use the new name."""
        _rename(detail, "placedAt", "orderedAt")

    def read(self, detail: Json) -> None:
        """Use the old name."""
        _rename(detail, "orderedAt", "placedAt")


class EventFieldRetyped(_EventsAltered):
    """The sequence of an event is a string."""

    breaks = Rule.EVENT_3

    def write(self, detail: Json) -> None:
        """Write a string."""
        detail["sequence"] = str(detail["sequence"])

    def read(self, detail: Json) -> None:
        """Read a number."""
        detail["sequence"] = int(detail["sequence"])


class EventFieldRequired(_EventsAltered):
    """The consumer needs a field that the earlier release does not publish."""

    breaks = Rule.MESSAGE_2

    def write(self, detail: Json) -> None:
        """Add the field."""
        detail["channel"] = "web"

    def read(self, detail: Json) -> None:
        """Require the field."""
        detail.pop("channel")


class MessageChanged(BadRelease):
    """An order's message has another form."""

    breaks = Rule.MESSAGE_1
    # The sweep sends a message too.
    journeys = ("fulfilled", "message-lost")

    def facts(self, facts: Facts) -> Facts:
        """The rule of the order queue makes the new message."""
        orders = facts.wiring.queues["drive_order"]
        assert orders.message
        message = orders.message | {
            "InputTemplate": orders.message["InputTemplate"].replace('"orderId":', '"order":')
        }
        wiring = replace(
            facts.wiring, queues={**facts.wiring.queues, "drive_order": replace(orders, message=message)}
        )
        return msgspec.structs.replace(facts, wiring=wiring)

    def request(self, operation: str, parameters: Any) -> Any:
        """The sweep sends the new message."""
        if operation != "SendMessageBatch":
            return parameters
        altered = deepcopy(parameters)
        for entry in altered["Entries"]:
            entry["MessageBody"] = _edited(
                entry["MessageBody"], lambda body: _rename(body, "orderId", "order")
            )
        return altered

    def event(self, handler: str, event: Any) -> Any:
        """The driver reads both."""
        if handler != "drive_order":
            return event
        read = deepcopy(event)
        for record in read["Records"]:
            record["body"] = _edited(record["body"], lambda body: _rename(body, "order", "orderId"))
        return read


# -- what clients bring ----------------------------------------------------------------------------------


class CursorChanged(BadRelease):
    """Cursors have a prefix; those without it are still accepted."""

    breaks = Rule.CURSOR_1

    def answer(self, handler: str, answer: Any) -> Any:
        """Add the prefix."""
        if not isinstance(answer, dict) or "body" not in answer or "list_" not in handler:
            return answer

        def prefixed(body: Json) -> None:
            if body.get("next"):
                body["next"] = f"v2.{body['next']}"

        return answer | {"body": _edited(answer["body"], prefixed)}

    def event(self, handler: str, event: Any) -> Any:
        """Remove the prefix."""
        query = event.get("queryStringParameters") or {}
        if "cursor" not in query:
            return event
        return event | {"queryStringParameters": query | {"cursor": query["cursor"].removeprefix("v2.")}}


class KeyHashedOtherwise(BadRelease):
    """An idempotency key identifies another order."""

    breaks = Rule.KEY_1
    replaced: ClassVar[Mapping[str, Replacement]] = {
        "lambdas.api.place_order:keyed_order_id": lambda original: (
            lambda issuer, subject, key: original(issuer, subject, f"{key} v2")
        )
    }


class BodyHashedOtherwise(BadRelease):
    """The fingerprint of a body is computed in another way."""

    breaks = Rule.KEY_2
    replaced: ClassVar[Mapping[str, Replacement]] = {
        "lambdas.api.place_order:fingerprint": lambda original: lambda body: original(body + b" ")
    }


# -- the state machine, and settings --------------------------------------------------------------------


class FunctionRenamed(BadRelease):
    """A step's function has another name. The earlier one is deleted when the deployment ends."""

    breaks = Rule.MACHINE_1

    def facts(self, facts: Facts) -> Facts:
        """The machine calls the new function."""
        variables = {
            "hold_stock" if name == _STOCK_STEP else name: each for name, each in facts.variables.items()
        }
        definition = _edited_definition(facts, f":{_STOCK_STEP}", ":hold_stock")
        return msgspec.structs.replace(facts, variables=variables, definition=definition)


class StepInputChanged(BadRelease):
    """A step gets its input in another form."""

    breaks = Rule.MACHINE_2

    def facts(self, facts: Facts) -> Facts:
        """The machine passes the new input."""
        definition = deepcopy(facts.definition)
        parameters = definition["States"]["Reserve stock"]["Parameters"]
        parameters["Payload"] = {"state.$": parameters.pop("Payload.$")}
        return msgspec.structs.replace(facts, definition=definition)

    def event(self, handler: str, event: Any) -> Any:
        """The step accepts both."""
        return event.get("state", event) if handler == _STOCK_STEP else event


class OutcomeRenamed(BadRelease):
    """A step returns an outcome that the earlier machine does not know."""

    breaks = Rule.MACHINE_3

    def facts(self, facts: Facts) -> Facts:
        """The machine has a branch for the new outcome."""
        definition = _edited_definition(facts, '"RESERVED"', '"STOCK_HELD"')
        return msgspec.structs.replace(facts, definition=definition)

    def answer(self, handler: str, answer: Any) -> Any:
        """The step returns the new outcome."""
        if handler == _STOCK_STEP and answer["outcome"] == "RESERVED":
            return answer | {"outcome": "STOCK_HELD"}
        return answer


class VariableRemoved(BadRelease):
    """A function lacks an environment variable that the earlier code reads."""

    breaks = Rule.SETTING_1

    def facts(self, facts: Facts) -> Facts:
        """The driver lacks the address of its queue."""
        kept = tuple(name for name in facts.variables["drive_order"] if name != "ORDER_QUEUE_URL")
        return msgspec.structs.replace(facts, variables={**facts.variables, "drive_order": kept})


def bad_releases() -> list[type[BadRelease]]:
    """Returns every bad release: those that name the rule they break."""

    def below(kind: type[BadRelease]) -> Iterator[type[BadRelease]]:
        for each in kind.__subclasses__():
            if "breaks" in vars(each):
                yield each
            yield from below(each)

    return list(below(BadRelease))


# -- helpers -----------------------------------------------------------------------------------------------


def _actions(operation: str, parameters: Json) -> Iterator[Json]:
    """Yields the parts of a request to DynamoDB that name one item each."""
    yield parameters
    for member in parameters.get("TransactItems", ()):
        yield from member.values()
    if operation == "BatchGetItem":
        for asked in parameters["RequestItems"].values():
            yield from ({"Key": key} for key in asked["Keys"])


def _items(response: Json) -> Iterator[Json]:
    """Yields the items in a response of DynamoDB."""
    for name in ("Item", "Attributes"):
        if response.get(name):
            yield response[name]
    yield from response.get("Items", ())
    for reason in response.get("CancellationReasons", ()):
        if "Item" in reason:
            yield reason["Item"]
    match response.get("Responses"):
        case dict() as tables:
            for items in tables.values():
                yield from items
        case list() as found:
            yield from (each["Item"] for each in found if "Item" in each)


def _edited(text: str, edit: Any) -> str:
    value = json.loads(text)
    edit(value)
    return json.dumps(value)


def _edited_definition(facts: Facts, old: str, new: str) -> Json:
    text = json.dumps(facts.definition)
    assert old in text, f"the state machine does not contain {old}"
    definition: Json = json.loads(text.replace(old, new))
    return definition


def _rename(part: Json, old: str, new: str) -> None:
    if old in part:
        part[new] = part.pop(old)


def _retype(item: Json, name: str, old: str, new: str) -> None:
    if old in item.get(name, {}):
        item[name] = {new: item[name][old]}


def _replace_text(part: Json, old: str, new: str) -> None:
    for name, attribute in part.items():
        if attribute == {"S": old}:
            part[name] = {"S": new}
