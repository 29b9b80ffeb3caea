"""Guarantee 4: each error of an execution is assigned to the order, a provider or the platform."""

import botocore.exceptions
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from ordering.aws.saga_client import ExecutionFailed, diagnose, may_still_run
from ordering.resilience.diagnosis import Diagnosis, FaultKind, of_execution


def lambda_cause(name: str, message: str) -> str:
    """Returns the cause of an execution that failed because a function raised an exception."""
    return f'{{"errorMessage": "{message}", "errorType": "{name}", "stackTrace": ["  File ..."]}}'


@pytest.mark.parametrize(
    ("error", "cause", "expected"),
    [
        ("GatewayTimeout", lambda_cause("GatewayTimeout", "payments: away"), ("PROVIDER", "payments")),
        (
            "GatewayUnavailable",
            lambda_cause("GatewayUnavailable", "shipping: away"),
            ("PROVIDER", "shipping"),
        ),
        ("GatewayFault", lambda_cause("GatewayFault", "no name"), ("PROVIDER", None)),
        # The local engine reports every exception under one name; the cause contains its own name.
        ("Runtime.HandlerError", lambda_cause("GatewayTimeout", "payments: away"), ("PROVIDER", "payments")),
        ("Runtime.HandlerError", lambda_cause("KeyError", "'lines'"), ("ORDER", None)),
        ("KeyError", lambda_cause("KeyError", "'lines'"), ("ORDER", None)),
        ("ValidationError", lambda_cause("ValidationError", "Expected `str`"), ("ORDER", None)),
        ("Order keeps moving", "The order changed under every attempt", ("ORDER", None)),
        ("NotSettled", lambda_cause("NotSettled", "but not: payment 1 is AUTHORISED"), ("ORDER", None)),
        (
            "NotSettled",
            lambda_cause(
                "NotSettled",
                "but not: payment 1 is AUTHORISED; a compensation failed: GatewayTimeout: payments: away",
            ),
            ("PROVIDER", "payments"),
        ),
        ("Unknown outcome", "A step answered an outcome that no row names", ("PLATFORM", None)),
        ("States.Timeout", "", ("PLATFORM", None)),
        ("Lambda.TooManyRequestsException", "Rate Exceeded.", ("PLATFORM", None)),
        ("Runtime.ImportModuleError", "Unable to import module", ("PLATFORM", None)),
        (
            "ClientError",
            lambda_cause(
                "ClientError", "An error occurred (ThrottlingException) when calling the Query operation"
            ),
            ("PLATFORM", None),
        ),
        (
            "ClientError",
            lambda_cause(
                "ClientError", "An error occurred (ValidationException) when calling the PutItem operation"
            ),
            ("ORDER", None),
        ),
        (
            "AccessDeniedException",
            lambda_cause(
                "AccessDeniedException", "An error occurred (AccessDeniedException) when calling the Query"
            ),
            ("PLATFORM", None),
        ),
        (
            "TransactionCancelled",
            lambda_cause("TransactionCancelled", "contention: stock"),
            ("PLATFORM", None),
        ),
        ("no error", "no cause", ("ORDER", None)),
        # A cause that was cut off.
        (
            "Runtime.HandlerError",
            '{"errorType": "GatewayTimeout", "errorMessage": "payments: aw',
            ("PROVIDER", "payments"),
        ),
    ],
)
def test_error_of_an_execution_is_assigned_to_a_fault_kind(
    error: str, cause: str, expected: tuple[str, str | None]
) -> None:
    found = of_execution("FAILED", error, cause)
    assert (found.kind, found.provider) == expected


@pytest.mark.parametrize(
    ("status", "error", "congested"),
    [
        ("TIMED_OUT", "no error", True),
        ("FAILED", "States.Timeout", True),
        ("FAILED", "Lambda.TooManyRequestsException", True),
        ("FAILED", "ReadTimeoutError", True),
        ("FAILED", "AccessDeniedException", False),
        ("FAILED", "GatewayTimeout", False),
        ("ABORTED", "no error", False),
    ],
)
def test_timeout_of_an_execution_is_diagnosed_as_congestion(status: str, error: str, congested: bool) -> None:
    assert of_execution(status, error, "").congested is congested


@given(st.text(max_size=50), st.text(max_size=200))
def test_arbitrary_error_of_an_execution_has_a_diagnosis(error: str, cause: str) -> None:
    assert of_execution("FAILED", error, cause).kind in FaultKind


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, each in vars(botocore.exceptions).items()
        if isinstance(each, type) and issubclass(each, HTTPClientError)
    ),
)
def test_every_botocore_http_error_is_a_fault_of_the_platform(name: str) -> None:
    assert of_execution("FAILED", name, "").kind is FaultKind.PLATFORM


def test_exceptions_of_the_start_call_have_a_diagnosis() -> None:
    throttled = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "StartSyncExecution")
    assert diagnose(throttled) == Diagnosis(FaultKind.PLATFORM, congested=True)
    assert diagnose(ReadTimeoutError(endpoint_url="")).congested
    assert diagnose(ZeroDivisionError()).kind is FaultKind.ORDER
    assert diagnose(ExecutionFailed("FAILED", "KeyError", "")).kind is FaultKind.ORDER


def test_execution_may_still_run_only_after_a_broken_connection() -> None:
    assert may_still_run(ConnectionClosedError(endpoint_url=""))
    for known in (ReadTimeoutError(endpoint_url=""), ExecutionFailed("FAILED", "", ""), ZeroDivisionError()):
        assert not may_still_run(known)
