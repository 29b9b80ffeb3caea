"""What can go wrong at a moment of an execution, and the form in which the code under test meets it."""

import json
from collections.abc import Callable
from typing import Any, NoReturn

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError

from ordering.providers.faults import GatewayFault, GatewayTimeout, GatewayUnavailable
from tests.support.answers import answered, refused


class ExecutionLost(BaseException):
    """Nobody goes on with the execution: its time is up. No handler can catch this."""


class ProcessLost(BaseException):
    """The step's process is gone; the state machine sees a fault, and retries. No handler can catch this."""


class Fault(Exception):
    """A technical trouble. At a call it arrives in the form that AWS or the provider would give it."""


class Unavailable(Fault):
    """The call was not taken."""


class Throttled(Fault):
    """The call was refused for now."""


class Conflict(Fault):
    """A rival transaction was in the way of a write to the table."""


class LeftUndone(Fault):
    """A batch was answered with all of it left to do again."""


class AnswerLost(Fault):
    """No answer came in time. After a call, it has taken effect all the same."""


def die() -> NoReturn:
    """Abandon the execution, as its time-out does."""
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
    """The fault as a provider's client raises it."""
    if isinstance(fault, AnswerLost):
        return GatewayTimeout("injected: the answer was lost")
    return GatewayUnavailable(f"injected: {type(fault).__name__}")


def as_aws(fault: Fault, target: str, request: AWSPreparedRequest) -> AWSResponse:
    """The fault as AWS answers it. Raises ReadTimeoutError where it does not answer."""
    match fault:
        case AnswerLost():
            raise ReadTimeoutError(endpoint_url=request.url)
        case Throttled() if target.startswith("sesv2."):
            return refused(request, 429, "TooManyRequestsException")
        case Throttled():
            return refused(request, 400, "ThrottlingException")
        case LeftUndone():
            batch: Any = request.body
            left = json.loads(batch)["RequestItems"]
            return answered(request, {"Responses": {}, "UnprocessedKeys": left, "UnprocessedItems": left})
        case Conflict() if target.endswith(".TransactWriteItems"):
            # One reason for each action, in their order; the first met the rival.
            body: Any = request.body
            others = [{"Code": "None"}] * (len(json.loads(body)["TransactItems"]) - 1)
            reasons = [{"Code": "TransactionConflict", "Message": "injected"}, *others]
            return refused(request, 400, "TransactionCanceledException", CancellationReasons=reasons)
        case Conflict():
            return refused(request, 400, "TransactionConflictException")
    return refused(request, 500, "InternalServerError")
