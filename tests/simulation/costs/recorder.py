"""Counts what a run of the backend uses: every invocation, call, event, message and line of the log."""

import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from functools import partial
from math import ceil
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

import lambdas.events.drive_order
from ordering.aws.logging import logger
from ordering.http.routes import ROUTES
from ordering.resilience import parallel
from tests.simulation.costs.execution_log import is_error, log_line
from tests.support import world
from tests.support.backend import Backend
from tests.support.deployed import matches
from tests.support.environment import ACCOUNT, REGION, TABLE
from tests.support.injection_points import Step
from tests.support.machine import Execution
from tests.support.tables import INDEXES, PROJECTIONS
from tests.support.world import Context
from tests.synth import synthesised_state_machine
from tools.costs.capacity import Attributes, Index, index_write_units, read_units, size, write_units
from tools.costs.counts import MACHINE, Journey, Unit
from tools.costs.counts import Step as Used
from tools.costs.names import queue_of

TABLE_STEP = "table"
"""The step that has what an order leaves in the table."""

# Events, and requests to a queue, are billed in units of up to 64 KB.
_CHUNK = 64 * 1024
# "DynamoDB item sizes and formats": storage has 100 bytes more for each item, and for each entry of an index.
_STORED_MORE = 100
# The time of an event counts 14 bytes ("Calculating PutEvents event entry size", Amazon EventBridge).
_TIME_BYTES = 14

# The variables that Lambda sets: without them, log lines and items are shorter than on AWS.
_TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a87bd80c:0"
_DEPLOYED = {"_X_AMZN_TRACE_ID": _TRACE, "POWERTOOLS_METRICS_NAMESPACE": "Orders/prod"}
# SQS's ids of messages are UUIDs; those of the backend are this and a number.
_MESSAGE_ID = "5fea7756-0ea4-451a-a703-a558b933e2"

_API = frozenset(route.handler for route in ROUTES)
_EVENTS = frozenset({"publish_changes", "notify_customer"})
# S3 bills requests that write or list, and those that read ("Amazon S3 pricing"). Deleting is free.
_FILE_UNITS = {
    **dict.fromkeys(
        (*("CompleteMultipartUpload", "CreateMultipartUpload", "ListObjectsV2", "PutObject", "UploadPart"),),
        Unit.FILE_WRITES,
    ),
    **dict.fromkeys(("GetObject", "HeadObject"), Unit.FILE_READS),
}


def _index(name: str) -> Index:
    partition, sort = INDEXES[name]
    attributes = PROJECTIONS[name].get("NonKeyAttributes")
    return Index(partition, sort, None if attributes is None else frozenset(attributes))


_INDEXES = {name: _index(name) for name in INDEXES}


class Recorder(io.TextIOBase):
    """Counts what a backend does while it is `recording`, for a journey. It is also the log's stream."""

    def __init__(self, shop: Backend, orders: int) -> None:
        self._shop = shop
        self._handlers = synthesised_state_machine().handlers
        self.journey = Journey(orders)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Count in the block."""
        calls, executions = len(self._shop.calls.made), len(self._shop.saga.executions)
        stored = _stored_bytes()
        handler: Any = logger.registered_handler
        stream = handler.setStream(self)
        messages = self._shop.queues.values()
        names = [queue.of for queue in messages]
        try:
            with ExitStack() as stack:
                stack.enter_context(self._shop.calls.observed_by(self))
                stack.enter_context(redirect_stdout(self))
                stack.enter_context(patch.dict(os.environ, _DEPLOYED))
                stack.enter_context(patch.object(world, "Context", self._context))
                # On a slow machine, a driver would log that an execution is slow.
                still = SimpleNamespace(monotonic=lambda: 0.0)
                until = partial(parallel.until, clock=still.monotonic)
                stack.enter_context(patch.object(lambdas.events.drive_order, "time", still))
                stack.enter_context(patch.object(parallel, "until", until))
                for queue in messages:
                    queue.of = _MESSAGE_ID
                yield
        finally:
            handler.setStream(stream)
            for queue, name in zip(messages, names, strict=True):
                queue.of = name
        for call in self._shop.calls.made[calls:]:
            if call.step.state != "customer":
                self._step(call.step).calls[call.target] += 1
        for execution in self._shop.saga.executions[executions:]:
            self._count_execution(execution)
        if kept := _stored_bytes() - stored:
            self.journey.step(TABLE_STEP).counts[Unit.STORED_BYTES] += kept

    # -- as the observer of the calls ----------------------------------------------------------------

    def invoked(self, step: Step) -> None:
        """A function is invoked; if it is a route's, by a request to the API."""
        used = self._step(step)
        used.counts[Unit.INVOCATIONS] += 1
        if step.state in _API:
            used.counts[Unit.API_REQUESTS] += 1
        if step.state in self._shop.queues:
            # Lambda receives a batch by one request, and deletes it by another.
            self.journey.step(queue_of(step.state)).counts[Unit.QUEUE_REQUESTS] += 2

    def sent(
        self, step: Step, target: str, request: AWSPreparedRequest, send: Callable[[], AWSResponse | None]
    ) -> AWSResponse | None:
        """Send a call, and count what it consumes."""
        used = self._step(step)
        service, operation = target.split(".")
        match service:
            case "dynamodb":
                return _send_to_table(used, operation, _parameters(request), send)
            case "eventbridge":
                self._count_events(used, _parameters(request)["Entries"])
            case "s3" if operation == "DeleteObjects":
                pass
            case "s3":
                used.counts[_FILE_UNITS[operation]] += 1
            case "sqs":
                used.counts[Unit.QUEUE_REQUESTS] += 1
            case "sesv2":
                used.counts[Unit.MAILS] += 1
            case "sfn":
                pass
            case _:
                raise AssertionError(f"{target} is not counted: add it here, with its price")
        return send()

    # -- as the stream of the log --------------------------------------------------------------------

    def write(self, text: str) -> int:
        """Count the bytes of a line, without the line break, which is not part of a log event."""
        step = self._shop.calls.current_step
        if step is None:
            raise AssertionError(f"logged outside any function: {text}")
        self._step(step).counts[Unit.LOG_BYTES] += len(text.rstrip("\n").encode())
        return len(text)

    # -- helpers -------------------------------------------------------------------------------------

    def _step(self, step: Step) -> Used:
        return self.journey.step(self._handlers.get(step.state, step.state))

    def _context(self) -> Context:
        """Returns the context of an invocation, with names as long as those of deployed functions."""
        step = self._shop.calls.current_step
        handler = self._handlers.get(step.state, step.state) if step else ""
        stack = "api" if handler in _API else "events" if handler in _EVENTS else "saga"
        name = f"orders-prod-{stack}-{handler.title().replace('_', '')}1A2B3C4D-AbCdEfGhIjKl"[:64]
        return Context(
            function_name=name,
            invoked_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:live",
        )

    def _count_events(self, used: Used, entries: Sequence[Mapping[str, Any]]) -> None:
        targets = {name: self._shop.queues[name] for name in ("drive_order", *sorted(self._shop.consumers))}
        for entry in entries:
            length = _TIME_BYTES + sum(len(str(entry[name])) for name in ("Source", "DetailType", "Detail"))
            used.counts[Unit.EVENTS] += ceil(length / _CHUNK)
            used.counts[Unit.EVENT_BYTES] += length
            event = {
                "source": entry["Source"],
                "detail-type": entry["DetailType"],
                "detail": json.loads(entry["Detail"]),
            }
            for handler, queue in targets.items():
                if matches(queue.consumed.rule, event):
                    self.journey.step(queue_of(handler)).counts[Unit.QUEUE_REQUESTS] += 1

    def _count_execution(self, execution: Execution) -> None:
        counts = self.journey.step(MACHINE).counts
        counts[Unit.EXECUTIONS] += 1
        counts[Unit.TRANSITIONS] += len(execution.states)
        counts[Unit.TASKS] += len(execution.trail)
        for event in execution.history:
            line = len(log_line(event, execution.name, data=False).encode())
            counts[Unit.EXECUTION_LOG_ALL] += line
            counts[Unit.EXECUTION_LOG_ALL_WITH_DATA] += len(log_line(event, execution.name, data=True))
            if is_error(event):
                counts[Unit.EXECUTION_LOG_ERROR] += line


def _parameters(request: AWSPreparedRequest) -> Any:
    body: Any = request.body
    return json.loads(body)


def _send_to_table(
    used: Used, operation: str, parameters: Mapping[str, Any], send: Callable[[], AWSResponse | None]
) -> AWSResponse | None:
    counts = used.counts
    match operation:
        case "GetItem":
            counts[Unit.READ_UNITS] += _reads([parameters["Key"]], parameters)
            return send()
        case "BatchGetItem":
            for wanted in parameters["RequestItems"].values():
                counts[Unit.READ_UNITS] += _reads(wanted["Keys"], wanted)
            return send()
        case "Query":
            response = send()
            assert response is not None
            items = json.loads(response.content)["Items"]
            counts[Unit.READ_UNITS] += read_units(items, consistent=_is_consistent(parameters))
            return response
        case "BatchWriteItem":
            batch = [write for some in parameters["RequestItems"].values() for write in some]
            return _send_writes(used, [each for write in batch for each in write.values()], send)
        case "TransactWriteItems":
            writes = [write for action in parameters["TransactItems"] for write in action.values()]
            return _send_writes(used, writes, send, transactional=True)
        case "PutItem" | "UpdateItem" | "DeleteItem":
            return _send_writes(used, [parameters], send)
    raise AssertionError(f"dynamodb.{operation} is not counted: add it here")


def _send_writes(
    used: Used,
    writes: Sequence[Mapping[str, Any]],
    send: Callable[[], AWSResponse | None],
    *,
    transactional: bool = False,
) -> AWSResponse | None:
    keys = [write.get("Key") or write["Item"] for write in writes]
    before = [_image(key) for key in keys]
    response = send()
    for key, old in zip(keys, before, strict=True):
        new = _image(key)
        used.counts[Unit.WRITE_UNITS] += write_units(old, new, transactional=transactional)
        for name, index in _INDEXES.items():
            if units := index_write_units(old, new, [index]):
                used.counts[Unit.INDEX_WRITE_UNITS] += units
                used.index_writes[f"{name}, {key['SK']['S']}"] += units
    return response


def _reads(keys: Sequence[Attributes], request: Mapping[str, Any]) -> float:
    """Returns the units of the reads of single items; one that does not exist is read as well."""
    consistent = _is_consistent(request)
    return sum(read_units([image] if (image := _image(key)) else [], consistent=consistent) for key in keys)


def _is_consistent(request: Mapping[str, Any]) -> bool:
    return bool(request.get("ConsistentRead", False))


def _table() -> Any:
    return dynamodb_backends[ACCOUNT][REGION].tables[TABLE]


def _image(key: Attributes) -> Attributes | None:
    """Returns an item as it is now: moto changes its items in place."""
    item = _table().get_item(DynamoType(dict(key["PK"])), DynamoType(dict(key["SK"])))
    return _copied(item) if item else None


def _copied(item: Any) -> Attributes:
    copy: Attributes = json.loads(json.dumps(item.to_json()["Attributes"]))
    return copy


def stored_items() -> list[Attributes]:
    """Returns the items of the table."""
    return [_copied(item) for item in _table().all_items()]


def _stored_bytes() -> int:
    """Returns the bytes that the table and its indexes store, without items that expire."""
    kept = [item for item in stored_items() if "expiresAt" not in item]
    entries = [entry for item in kept for index in _INDEXES.values() if (entry := index.entry(item))]
    return sum(size(each) + _STORED_MORE for each in (*kept, *entries))
