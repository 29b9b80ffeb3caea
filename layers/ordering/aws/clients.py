"""AWS clients of botocore, with time-outs that are shorter than those of their callers."""

import os
from functools import cache
from typing import Any

from botocore import __version__
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST
from botocore.session import Session

# On a laptop the local engine shares its cores with every function. If a call times out there, the engine
# still executes it, and a retry executes it a second time. A stage can therefore set a longer time-out, in
# seconds.
_READ_SECONDS = os.environ.get("CALL_READ_SECONDS")


def patience(*, connect: float, read: float, tries: int) -> Config:
    """The time-outs of a call to connect and to get a response (seconds), and its number of attempts."""
    return Config(
        connect_timeout=float(_READ_SECONDS) if _READ_SECONDS else connect,
        read_timeout=float(_READ_SECONDS) if _READ_SECONDS else read,
        retries={"mode": "standard", "total_max_attempts": tries},
        tcp_keepalive=True,
        # The code is type-checked, and AWS validates every request: a seventh of a request's processor time.
        parameter_validation=False,
        # botocore would otherwise put the header together from a dozen parts, twice for each call.
        user_agent=f"Botocore/{__version__}",
    )


# A step's function has 15 s. A call to a healthy service takes milliseconds; three attempts that each time
# out still leave the function time to respond.
QUICK = patience(connect=1, read=3, tries=3)

# For `drive_order`, which waits 131 s for an execution and has 150 s: see `resilience.budget`.
BRISK = patience(connect=0.5, read=1, tries=2)
ONCE = patience(connect=0.3, read=0.7, tries=1)


# The error codes of a call that AWS refuses because of its input, and would refuse every time: a key that is
# too long, an invalid character, too much data. 413 comes from a proxy in front of the service.
_INPUT_CODES = frozenset(
    {
        *("413", "RequestEntityTooLarge", "RequestEntityTooLargeException", "SerializationException"),
        *("ValidationError", "ValidationException"),
        *("InvalidMessageContents", "InvalidParameterValue", "InvalidParameterValueException"),
    }
)
# The exceptions that unexpected data raises.
_DATA_ERRORS = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    ParamValidationError,
)


def is_input_error(error: Exception) -> bool:
    """Whether a failure was caused by the input, so that another input may succeed.

    False for a failure that would affect every input: AWS is unavailable, or denies access.
    """
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] in _INPUT_CODES
    return isinstance(error, _DATA_ERRORS)


@cache
def _session() -> Session:
    """Return a session with botocore's own event handlers that do not concern a single service."""
    session = Session(include_builtin_handlers=False)
    _register(session, "")
    return session


@cache
def _session_of(service: str) -> Session:
    """Return the session, which now has botocore's own event handlers of `service` too."""
    session = _session()
    _register(session, service)
    return session


def _register(session: Session, service: str) -> None:
    """Register botocore's own event handlers whose event names this service; "": that name none.

    By default botocore registers all of them, most for other services and for the documentation of clients
    (`docs.*`): a tenth of what it takes to make a client.
    """
    events = session.get_component("event_emitter")
    for event, handler, *order in BUILTIN_HANDLERS:
        kind, _, rest = event.partition(".")
        if kind == "docs" or rest.partition(".")[0] != service:
            continue
        if REGISTER_FIRST in order:
            events.register_first(event, handler)
        elif REGISTER_LAST in order:
            events.register_last(event, handler)
        else:
            events.register(event, handler)


def client(service: str, config: Config = QUICK) -> Any:
    """Return a client of `service` in the function's own region.

    The client is botocore's: boto3 has the same clients, but also loads its resource models at every cold
    start.
    """
    return _session_of(service).create_client(service, config=config)
