"""What kind of fault kept an order from being driven: a provider's, the platform's, or the order's own.

Decided by the name of the error that the execution failed with. A name that is not listed counts as the
order's own; whether other orders come to their end meanwhile decides what follows from that
(`resilience.parking`).
"""

import re
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from ordering.resilience.circuit import PAYMENTS, PLATFORM, SHIPPING


class FaultKind(StrEnum):
    """Where a fault lies.

    - `PROVIDER`: the payment provider or the carrier gave no usable answer.
    - `PLATFORM`: AWS was slow, throttled or failed, or the deployment is broken. Every order may meet it.
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
        """The circuit that counts it."""
        return self.provider or PLATFORM


OWN = Diagnosis(FaultKind.ORDER)

PROVIDERS = (PAYMENTS, SHIPPING)

_OF_A_PROVIDER = frozenset({"GatewayFault", "GatewayTimeout", "GatewayUnavailable"})
# Of a call that had no answer, by botocore's names; a test holds them against botocore itself.
_UNANSWERED = frozenset(
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
_OF_THE_PLATFORM = _UNANSWERED | {
    "ClientError",
    "BotoCoreError",
    "BatchIncomplete",
    "TransactionCancelled",
    "InternalServerError",
    "RequestLimitExceeded",
    # The functions and the state machine are of different releases.
    "Unknown outcome",
}
# The prefixes of Step Functions and Lambda for their own errors ("Error names" in the Step Functions
# Developer Guide; "Runtime.ExitError", "Sandbox.Timedout" of Lambda).
_PREFIXES = ("States.", "Lambda.", "Runtime.", "Sandbox.", "Extension.", "StepFunctions.")
_CONGESTED = re.compile(r"time.?out|timed.?out|throttl|TooManyRequests|LimitExceeded|BatchIncomplete", re.I)
# botocore's words for an error that the service named: "An error occurred (Code) when calling ...".
_CODE = re.compile(r"\((?P<code>\w+)\) when calling the ")
# Close order says what a compensation failed with: "...; a compensation failed: GatewayTimeout: ...".
_COMPENSATION = re.compile(r"; a compensation failed: (?P<error>[\w.]+): (?P<said>.*)", re.S)
# AWS refuses what the order itself makes of the call.
_OWN_CODES = frozenset({"ValidationException", "ItemCollectionSizeLimitExceededException"})


def of_execution(status: str, error: str, cause: str) -> Diagnosis:
    """The diagnosis of an execution that did not succeed, by what StartSyncExecution answers of it."""
    if status in ("TIMED_OUT", "ABORTED"):
        return Diagnosis(FaultKind.PLATFORM, congested=status == "TIMED_OUT")
    return _named(*unwrapped(error, cause))


def of_exception(error: Exception) -> Diagnosis:
    """The diagnosis of a call that raised."""
    names = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ != "builtins"]
    found = (_named(name, str(error)) for name in names)
    return next((each for each in found if each.kind is not FaultKind.ORDER), OWN)


def _named(name: str, said: str) -> Diagnosis:
    if name in _OF_A_PROVIDER:
        provider, _, _ = said.partition(":")
        return Diagnosis(FaultKind.PROVIDER, provider=provider if provider in PROVIDERS else None)
    if name == "NotSettled" and (compensation := _COMPENSATION.search(said)):
        return _named(compensation["error"], compensation["said"])
    code = found["code"] if (found := _CODE.search(said)) else name
    if code in _OWN_CODES:
        return OWN
    # Python's own exceptions end in Error, those that AWS models in Exception.
    if name in _OF_THE_PLATFORM or name.startswith(_PREFIXES) or code.endswith("Exception"):
        return Diagnosis(FaultKind.PLATFORM, congested=bool(_CONGESTED.search(f"{name} {code} {said[:200]}")))
    return OWN


def unwrapped(error: str, cause: str) -> tuple[str, str]:
    """The exception's own name and message, where Lambda has put them into the cause as JSON.

    A cause may have been cut off, and then it is searched for what is left of it.
    """
    try:
        told: Any = msgspec.json.decode(cause)
    except msgspec.DecodeError:
        told = {name: found for name in ("errorType", "errorMessage") if (found := _field(cause, name))}
    if not isinstance(told, dict):
        return error, cause
    return str(told.get("errorType") or error), str(told.get("errorMessage") or cause)


def _field(cause: str, name: str) -> str | None:
    found = re.search(rf'"{name}"\s*:\s*"(?P<value>(?:[^"\\]|\\.)*)', cause)
    return found["value"] if found else None
