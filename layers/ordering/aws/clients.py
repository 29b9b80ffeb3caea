"""Clients of AWS: botocore's own, made once per process, with time-outs that fit inside the caller's."""

import os
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

# On a laptop the engine shares its cores with every function: a call that is given up is done all the
# same, and to ask again is to do it twice. So a stage may say how many seconds its calls may take.
_READ_SECONDS = os.environ.get("CALL_READ_SECONDS")


def patience(*, connect: float, read: float, tries: int) -> Config:
    """How long a call may take: seconds to connect and to be answered, and how many tries."""
    return Config(
        connect_timeout=float(_READ_SECONDS) if _READ_SECONDS else connect,
        read_timeout=float(_READ_SECONDS) if _READ_SECONDS else read,
        retries={"mode": "standard", "total_max_attempts": tries},
        tcp_keepalive=True,
    )


# A step function has 15 s. One call to a healthy service takes milliseconds; three tries of one that
# is not, at these time-outs, still leave room to answer.
QUICK = patience(connect=1, read=3, tries=3)

# Of `drive_order`, which waits 131 s for an execution and has 150 s: see `resilience.budget`.
BRISK = patience(connect=0.5, read=1, tries=2)
ONCE = patience(connect=0.5, read=1, tries=1)


# What AWS says of a call that it refuses for what was sent, and would every time: a key that is too long, a
# character that there is not, more than it takes. 413 is an answer that is not the service's own.
_INPUT_CODES = frozenset(
    {
        *("413", "RequestEntityTooLarge", "RequestEntityTooLargeException", "SerializationException"),
        *("ValidationError", "ValidationException"),
        *("InvalidMessageContents", "InvalidParameterValue", "InvalidParameterValueException"),
    }
)
# What data raises that is not as the code expects it.
_DATA_ERRORS = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    ParamValidationError,
)


def is_input_error(error: Exception) -> bool:
    """Whether something failed for what the one input at hand is, so that the next one may succeed.

    False for what concerns them all: AWS is away, or does not let us in.
    """
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] in _INPUT_CODES
    return isinstance(error, _DATA_ERRORS)


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def client(service: str, config: Config = QUICK) -> Any:
    """A client of `service` in the function's own region.

    boto3 would add its resource models to every cold start; the clients are the same.
    """
    return _session().create_client(service, config=config)
