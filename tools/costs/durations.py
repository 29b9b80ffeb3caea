"""The durations of functions and executions: the only part of the cost that is modelled and not counted.

Durations depend on AWS and on the provider of payment. So these are typical times of warm functions, and the
number of calls and invocations is counted. A stage's own figures are on its dashboard.
"""

from collections.abc import Mapping
from pathlib import Path

from tools.costs.counts import MACHINE, Journey, Step, Unit

_SAGA = Path(__file__).resolve().parent.parent.parent / "lambdas" / "saga"
DRIVER = "drive_order"
_START = "sfn.StartSyncExecution"

_MILLISECONDS: Mapping[str, float] = {
    "dynamodb.BatchGetItem": 5,
    "dynamodb.BatchWriteItem": 20,
    "dynamodb.DeleteItem": 6,
    "dynamodb.GetItem": 4,
    "dynamodb.PutItem": 6,
    "dynamodb.Query": 5,
    "dynamodb.TransactWriteItems": 15,
    "dynamodb.UpdateItem": 6,
    "eventbridge.PutEvents": 20,
    "s3.CompleteMultipartUpload": 100,
    "s3.CreateMultipartUpload": 30,
    "s3.DeleteObjects": 50,
    "s3.ListObjectsV2": 30,
    "s3.PutObject": 50,
    "s3.UploadPart": 150,
    "sesv2.SendEmail": 100,
    "sqs.ChangeMessageVisibilityBatch": 8,
    "sqs.DeleteMessageBatch": 8,
    "sqs.SendMessage": 8,
    # Of a provider over the internet.
    "payments.authorise": 150,
    "payments.capture": 150,
    "payments.find": 100,
    "payments.prepare": 150,
    "payments.refund": 150,
    "payments.void": 150,
    "shipping.book": 150,
    "shipping.cancel": 150,
    "shipping.find": 100,
}
# Six to eleven million instructions (docs/performance.md) on the share of a processor that 512 MB get.
OWN_MILLISECONDS = 12
_OWN_AT_MEGABYTES = 512
# What Step Functions takes to enter a state and to invoke its function.
TASK_MILLISECONDS = 20


def milliseconds(journey: Journey, function: str, memory: int) -> float:
    """Returns the milliseconds of all invocations of a function in a journey, with that memory.

    The driver waits for the executions of its batch, which run at the same time. Raises KeyError for a call
    whose duration is not known here.
    """
    step = journey.steps[function]
    waits = 0.0
    if function == DRIVER:
        executions = journey.steps[MACHINE].counts[Unit.EXECUTIONS]
        waits = execution_milliseconds(journey) / executions * step.counts[Unit.INVOCATIONS]
    own = OWN_MILLISECONDS * _OWN_AT_MEGABYTES / memory * step.counts[Unit.INVOCATIONS]
    return waits + own + _of_calls(step)


def execution_milliseconds(journey: Journey) -> float:
    """Returns the milliseconds of all executions of a journey.

    The durations of the two branches of the state "Fulfil" are added, although they run in parallel.
    """
    tasks = journey.steps[MACHINE].counts[Unit.TASKS]
    steps = [journey.steps[name] for name in journey.steps if is_step_of_saga(name)]
    own = sum(OWN_MILLISECONDS * step.counts[Unit.INVOCATIONS] for step in steps)
    return tasks * TASK_MILLISECONDS + own + sum(map(_of_calls, steps))


def is_step_of_saga(function: str) -> bool:
    """Whether the state machine calls this function."""
    return (_SAGA / f"{function}.py").is_file()


def milliseconds_of_call(call: str) -> float:
    """Returns how long a call takes (`dynamodb.GetItem`). Raises KeyError for one that is not known here."""
    return _MILLISECONDS[call]


def _of_calls(step: Step) -> float:
    return sum(_MILLISECONDS[call] * times for call, times in step.calls.items() if call != _START)
