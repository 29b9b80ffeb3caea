"""The cause of a failed execution: a provider, the platform, or the order itself.

The name of the execution's error decides. A name that is not listed counts as a fault of the order itself;
whether the order is then parked depends on whether other orders end meanwhile (`resilience.parking`).
"""

import re
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from ordering.resilience.circuit import PAYMENTS, PLATFORM, SHIPPING


class FaultKind(StrEnum):
    """What has caused a fault.

    - `PROVIDER`: the payment provider or the carrier returned no usable response.
    - `PLATFORM`: AWS was slow, throttled or failed, or the deployment is broken. Every order may be affected.
    - `ORDER`: anything else, such as an item that a step cannot read.
    """

    PROVIDER = "PROVIDER"
    PLATFORM = "PLATFORM"
    ORDER = "ORDER"


class Diagnosis(Struct, frozen=True):
    """The kind of a fault, and the provider that failed, if any.

    `congested` is True if a call timed out or was throttled, so that less concurrent work would help.
    """

    kind: FaultKind
    provider: str | None = None
    congested: bool = False

    @property
    def circuit(self) -> str:
        """The name of the circuit that counts the fault."""
        return self.provider or PLATFORM


OWN = Diagnosis(FaultKind.ORDER)

PROVIDERS = (PAYMENTS, SHIPPING)

_PROVIDER_ERRORS = frozenset({"GatewayFault", "GatewayTimeout", "GatewayUnavailable"})
# botocore's exceptions for calls without a response. A test compares them with botocore itself.
_NO_RESPONSE = frozenset(
    {
        "HTTPClientError",
        "ConnectionError",
        "EndpointConnectionError",
        "SSLError",
        "ConnectionClosedError",
        "ReadTimeoutError",
        "ConnectTimeoutError",
        "ProxyConnectionError",
        "ResponseStreamingError",
        "InvalidProxiesConfigError",
        "NoCredentialsError",
        "CredentialRetrievalError",
    }
)
_PLATFORM_ERRORS = _NO_RESPONSE | {
    "ClientError",
    "BotoCoreError",
    "BatchIncomplete",
    "TransactionCancelled",
    "InternalServerError",
    "RequestLimitExceeded",
    # The state machine's error for an outcome that only another release of a function returns.
    "Unknown outcome",
}
# The prefixes of Step Functions and Lambda for their own errors ("Error names" in the Step Functions
# Developer Guide; "Runtime.ExitError", "Sandbox.Timedout" of Lambda).
_PREFIXES = ("States.", "Lambda.", "Runtime.", "Sandbox.", "Extension.", "StepFunctions.")
_CONGESTED = re.compile(r"time.?out|timed.?out|throttl|TooManyRequests|LimitExceeded|BatchIncomplete", re.I)
# botocore's message for an error that the service returned: "An error occurred (Code) when calling ...".
_CODE = re.compile(r"\((?P<code>\w+)\) when calling the ")
# The message of Close order after a failed compensation: "...; a compensation failed: GatewayTimeout: ...".
_COMPENSATION = re.compile(r"; a compensation failed: (?P<error>[\w.]+): (?P<message>.*)", re.S)
# AWS refuses the call because of the order's own data.
_OWN_CODES = frozenset({"ValidationException", "ItemCollectionSizeLimitExceededException"})


def of_execution(status: str, error: str, cause: str) -> Diagnosis:
    """Return the diagnosis of an execution that failed, from the response of StartSyncExecution."""
    if status in ("TIMED_OUT", "ABORTED"):
        return Diagnosis(FaultKind.PLATFORM, congested=status == "TIMED_OUT")
    return _named(*unwrapped(error, cause))


def of_exception(error: Exception) -> Diagnosis:
    """Return the diagnosis of an exception."""
    names = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ != "builtins"]
    found = (_named(name, str(error)) for name in names)
    return next((each for each in found if each.kind is not FaultKind.ORDER), OWN)


def _named(name: str, message: str) -> Diagnosis:
    if name in _PROVIDER_ERRORS:
        provider, _, _ = message.partition(":")
        return Diagnosis(FaultKind.PROVIDER, provider=provider if provider in PROVIDERS else None)
    if name == "NotSettled" and (compensation := _COMPENSATION.search(message)):
        return _named(compensation["error"], compensation["message"])
    code = found["code"] if (found := _CODE.search(message)) else name
    if code in _OWN_CODES:
        return OWN
    # Python's own exceptions end in Error, those that AWS models in Exception.
    if name in _PLATFORM_ERRORS or name.startswith(_PREFIXES) or code.endswith("Exception"):
        congested = bool(_CONGESTED.search(f"{name} {code} {message[:200]}"))
        return Diagnosis(FaultKind.PLATFORM, congested=congested)
    return OWN


def unwrapped(error: str, cause: str) -> tuple[str, str]:
    """Return the name and message of the exception that Lambda has written into the cause as JSON.

    If the cause is truncated and therefore not valid JSON, the two fields are searched in its text. Without
    them, `error` and `cause` are returned.
    """
    try:
        fields: Any = msgspec.json.decode(cause)
    except msgspec.DecodeError:
        fields = {name: found for name in ("errorType", "errorMessage") if (found := _field(cause, name))}
    if not isinstance(fields, dict):
        return error, cause
    return str(fields.get("errorType") or error), str(fields.get("errorMessage") or cause)


def _field(cause: str, name: str) -> str | None:
    found = re.search(rf'"{name}"\s*:\s*"(?P<value>(?:[^"\\]|\\.)*)', cause)
    return found["value"] if found else None
