"""Starts the saga for one order, and waits for its end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.config import Config
from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

from ordering import guards
from ordering.aws import xray
from ordering.aws.clients import client
from ordering.domain.order import error_text
from ordering.domain.trace import Trace
from ordering.guards import Guard
from ordering.resilience.diagnosis import Diagnosis, of_exception, of_execution

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient
    from types_boto3_stepfunctions.type_defs import StartSyncExecutionInputTypeDef

# Longer than the time-out of the state machine (120 s): after a read time-out, the execution has ended.
# One attempt: a retry of a synchronous start by the SDK would run the saga a second time.
_PATIENT = Config(
    connect_timeout=1, read_timeout=130, retries={"total_max_attempts": 1}, max_pool_connections=10
)


class ExecutionFailed(Exception):
    """The execution did not succeed. Its order is driven again when the message is redelivered."""

    def __init__(self, status: str, error: str, cause: str) -> None:
        super().__init__(f"{status}: {error}: {cause[:500]}")
        self.status = status
        self.error = error
        self.cause = cause


def diagnose(error: Exception) -> Diagnosis:
    """Return the diagnosis of an exception that `SagaClient.drive` has raised."""
    if isinstance(error, ExecutionFailed):
        return of_execution(error.status, error.error, error.cause)
    return of_exception(error)


def describe(error: Exception) -> str:
    """Return an exception of `SagaClient.drive` as text of at most a thousand characters."""
    return error_text(error)


def may_still_run(error: Exception) -> bool:
    """Whether the execution may still be running after `SagaClient.drive` has raised this exception.

    It is no longer running if there was a response, if it was not started, or if the wait was longer than its
    time-out.
    """
    return isinstance(error, HTTPClientError) and not isinstance(
        error, (ReadTimeoutError, ConnectTimeoutError, EndpointConnectionError)
    )


class SagaClient:
    """The state machine, by its ARN."""

    def __init__(self, state_machine_arn: str) -> None:
        self._arn = state_machine_arn
        self._client: SFNClient = client("stepfunctions", _PATIENT)
        self._client.meta.events.register_first("before-call.sfn.StartSyncExecution", _send_trace_header)

    def drive(self, order_id: str, name: str, trace: Trace | None = None) -> None:
        """Run the saga for one order; `name` is the execution's name in the logs, `trace` the order's ids.

        Raises ExecutionFailed if the execution does not succeed (the API returns status 200 in that case
        too), and the exceptions of the call itself: if there is no response, the outcome of the execution is
        unknown.
        """
        request: StartSyncExecutionInputTypeDef = {
            "stateMachineArn": self._arn,
            "name": name,
            "input": json.dumps(
                {"orderId": order_id, **({"trace": msgspec.to_builtins(trace)} if trace else {})}
            ),
        }
        if header := xray.header_of(trace):
            request["traceHeader"] = header
        response = guards.value(Guard.DRIVE_ONCE, self._client).start_sync_execution(**request)
        if guards.applies(Guard.DRIVE_FAILED, response["status"] != "SUCCEEDED"):
            raise ExecutionFailed(
                response["status"], response.get("error", "no error"), response.get("cause", "no cause")
            )


def _send_trace_header(params: dict[str, Any], **_: object) -> None:
    """Send `traceHeader` as the HTTP header too.

    In a function, botocore sends the invocation's own trace as that header, and Step Functions prefers the
    header to the parameter (StartSyncExecution, AWS Step Functions API Reference).
    """
    if trace_header := json.loads(params["body"]).get("traceHeader"):
        params["headers"][xray.HEADER] = trace_header
