"""Starting the saga for one order, and waiting for its end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

from ordering.aws.clients import client
from ordering.domain.order import error_text
from ordering.resilience.diagnosis import Diagnosis, of_exception, of_execution

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

# Longer than the machine's own time-out (120 s): when no answer comes, the execution has ended.
# One attempt: the SDK's own retry of a synchronous start would run the saga a second time.
_PATIENT = Config(
    connect_timeout=1, read_timeout=130, retries={"total_max_attempts": 1}, max_pool_connections=10
)


class ExecutionFailed(Exception):
    """The execution did not succeed. Its order is driven again when the message comes back."""

    def __init__(self, status: str, error: str, cause: str) -> None:
        super().__init__(f"{status}: {error}: {cause[:500]}")
        self.status = status
        self.error = error
        self.cause = cause


def diagnose(error: Exception) -> Diagnosis:
    """What kind of fault `SagaClient.drive` has raised."""
    if isinstance(error, ExecutionFailed):
        return of_execution(error.status, error.error, error.cause)
    return of_exception(error)


def describe(error: Exception) -> str:
    """What `SagaClient.drive` has raised, for people: a line of a thousand characters at most."""
    return error_text(error)


def may_still_run(error: Exception) -> bool:
    """Whether the execution may go on after `SagaClient.drive` has raised this.

    Not after an answer, nor when nothing was started, nor when it was waited for longer than it may take.
    """
    return isinstance(error, HTTPClientError) and not isinstance(
        error, (ReadTimeoutError, ConnectTimeoutError, EndpointConnectionError)
    )


class SagaClient:
    """The state machine, by its ARN."""

    def __init__(self, state_machine_arn: str) -> None:
        self._arn = state_machine_arn
        self._client: SFNClient = client("stepfunctions", _PATIENT)

    def drive(self, order_id: str, name: str) -> None:
        """Drive one order as far as it goes; `name` names the execution in its logs.

        Raises ExecutionFailed for any end but success (the API answers 200 for those too), and whatever
        the call itself raises: a missing answer says nothing about the execution.
        """
        answer = self._client.start_sync_execution(
            stateMachineArn=self._arn, name=name, input=json.dumps({"orderId": order_id})
        )
        if answer["status"] != "SUCCEEDED":
            raise ExecutionFailed(
                answer["status"], answer.get("error", "no error"), answer.get("cause", "no cause")
            )
