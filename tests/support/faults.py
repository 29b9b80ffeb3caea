"""The faults that can be injected, and the error or response that the code under test gets for each."""

import json
from collections.abc import Callable
from typing import Any, NoReturn

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError

from ordering.providers.faults import GatewayFault, GatewayTimeout, GatewayUnavailable
from tests.support.aws_responses import error_response, json_response


class ExecutionLost(BaseException):
    """The execution has timed out. No handler can catch this."""


class ProcessLost(BaseException):
    """The step's process is lost; the state machine sees a fault and retries. No handler can catch this."""


class Fault(Exception):
    """A technical fault. A call gets it as the error of AWS or of the provider."""


class Unavailable(Fault):
    """The call was not accepted."""


class Throttled(Fault):
    """The call was throttled."""


class Conflict(Fault):
    """A competing transaction conflicted with a write to the table."""


class NotProcessed(Fault):
    """Nothing of a batch was processed."""


class ResponseLost(Fault):
    """There was no response in time. The call may still have taken effect."""


def die() -> NoReturn:
    """Abandon the execution, as its timeout does."""
    raise ExecutionLost


def crash() -> NoReturn:
    """End the step's process."""
    raise ProcessLost


def fail(fault: type[Fault]) -> Callable[[], NoReturn]:
    """Raise a fault."""

    def action() -> NoReturn:
        raise fault

    return action


def as_provider(fault: Fault) -> GatewayFault:
    """Returns the fault as a provider's client raises it."""
    if isinstance(fault, ResponseLost):
        return GatewayTimeout("injected: the response was lost")
    return GatewayUnavailable(f"injected: {type(fault).__name__}")


def as_aws(fault: Fault, target: str, request: AWSPreparedRequest) -> AWSResponse:
    """Returns the fault as a response of AWS. Raises ReadTimeoutError if there is no response."""
    match fault:
        case ResponseLost():
            raise ReadTimeoutError(endpoint_url=request.url)
        case Throttled() if target.startswith("sesv2."):
            return error_response(request, 429, "TooManyRequestsException")
        case Throttled():
            return error_response(request, 400, "ThrottlingException")
        case NotProcessed():
            batch: Any = request.body
            left = json.loads(batch)["RequestItems"]
            return json_response(
                request, {"Responses": {}, "UnprocessedKeys": left, "UnprocessedItems": left}
            )
        case Conflict() if target.endswith(".TransactWriteItems"):
            # One reason for each action, in their order; the first had the conflict.
            transaction: Any = request.body
            others = [{"Code": "None"}] * (len(json.loads(transaction)["TransactItems"]) - 1)
            reasons = [{"Code": "TransactionConflict", "Message": "injected"}, *others]
            return error_response(request, 400, "TransactionCanceledException", CancellationReasons=reasons)
        case Conflict():
            return error_response(request, 400, "TransactionConflictException")
    return error_response(request, 500, "InternalServerError")
