"""Calls `drive_order` with batches of messages. The state machine is a fake whose results a test sets."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.aws_calls import AwsCalls, Send
from tests.support.client_calls import Parameters
from tests.support.environment import MACHINE_ARN
from tests.support.recorded import queue_event
from tests.support.world import Context, invoke

Ending = Callable[[], dict[str, Any]]


def ends(status: str, **more: str) -> Ending:
    """Returns the response of StartSyncExecution, which is 200 whatever the status is."""
    return lambda: {"executionArn": f"{MACHINE_ARN}:execution", "status": status, **more}


def raises(error: Exception) -> Ending:
    """Returns a call of StartSyncExecution that raises an error."""

    def ending() -> dict[str, Any]:
        raise error

    return ending


@dataclass
class Machine:
    """A fake of StartSyncExecution, which moto lacks. `endings` has the results by order id."""

    endings: dict[str, Ending] = field(default_factory=dict)
    started: list[Parameters] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, parameters: Parameters, send: Send) -> Any:
        order_id = json.loads(parameters["input"])["orderId"]
        with self.lock:
            self.started.append(parameters)
        return self.endings.get(order_id, ends("SUCCEEDED"))()


def message(order_id: str) -> str:
    """Returns the body of an order's message."""
    return json.dumps({"orderId": order_id})


def drive(*bodies: str, receives: int = 1, context: Context | None = None) -> list[str]:
    """Drive a batch of messages. Returns the ids of those that failed."""
    return failures(queue_event(*bodies, receives=receives), context)


def failures(event: dict[str, Any], context: Context | None = None) -> list[str]:
    """Call drive_order with an event. Returns the ids of the messages that failed."""
    response = invoke("events.drive_order", event, context)
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def back_offs(calls: AwsCalls) -> list[tuple[str, int]]:
    """Returns (receipt handle, seconds) of each message that was delayed."""
    return [
        (entry["ReceiptHandle"], entry["VisibilityTimeout"])
        for call in calls.made("ChangeMessageVisibilityBatch")
        for entry in call["Entries"]
    ]
