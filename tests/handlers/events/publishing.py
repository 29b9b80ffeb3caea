"""Publishing changes of the table, and what was then published and parked."""

import json
from typing import Any

from ordering.dynamodb.codec import encode_item
from tests.support.aws_calls import AwsCalls, Replacement, Send
from tests.support.builders import image, product
from tests.support.client_calls import Parameters
from tests.support.recorded import stream_event
from tests.support.world import invoke

Attributes = dict[str, Any]

Change = tuple[Attributes | None, Attributes | None]


def publish(*changes: Change) -> list[str]:
    """Publish changes; returns the sequence numbers of those to be retried."""
    return failures(stream_event(*changes))


def failures(event: dict[str, Any]) -> list[str]:
    """Let publish_changes handle a batch; returns the sequence numbers of its failures."""
    answer = invoke("events.publish_changes", event)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def published(outbox: AwsCalls) -> list[dict[str, Any]]:
    """Returns the entries of all calls to the bus."""
    return [entry for call in outbox.made("PutEvents") for entry in call["Entries"]]


def details(outbox: AwsCalls) -> list[dict[str, Any]]:
    """Returns the details of the published events."""
    return [json.loads(entry["Detail"]) for entry in published(outbox)]


def parked(outbox: AwsCalls) -> list[dict[str, Any]]:
    """Returns the messages to the queue of parked changes."""
    return [json.loads(call["MessageBody"]) for call in outbox.made("SendMessage")]


def changed(number: int) -> Change:
    """Returns the change by which one of many products was added."""
    return None, encode_item(image(product(f"S{number}")))


def changes(count: int) -> list[Change]:
    return [changed(number) for number in range(count)]


def without(attributes: Attributes, name: str) -> Attributes:
    return {key: value for key, value in attributes.items() if key != name}


def refuses(*positions: int, code: str = "ThrottlingException") -> Replacement:
    """A bus that refuses the entries at these positions of a call, and accepts the others."""

    def replacement(parameters: Parameters, send: Send) -> Any:
        entries: list[dict[str, str]] = [
            {"EventId": str(number)} for number in range(len(parameters["Entries"]))
        ]
        for position in positions:
            entries[position] = {"ErrorCode": code, "ErrorMessage": "made by hand"}
        return {"FailedEntryCount": len(positions), "Entries": entries}

    return replacement
