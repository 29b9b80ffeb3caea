"""How a stage logs, throttles and deploys, and what it may cost."""

from dataclasses import dataclass

# Lambda treats a log line without a level as INFO, and drops it if the function's log level is higher
# ("Log-level filtering", AWS Lambda). The metrics that the alarms watch are written as such lines.
LOG_LEVELS = ("DEBUG", "INFO")


# Of the levels of Step Functions, those that log every fault of an execution ("Log levels for Step Functions
# execution events").
EXECUTION_LOG_LEVELS = ("ALL", "ERROR")


# The values for which CodeDeploy has a configuration (LambdaCanary10Percent5Minutes).
GRADUAL_MINUTES = (5, 10, 15, 30)


# The functions that a caller waits for, for which `provisioned_concurrency` and `snap_start` may be set.
FAST_START_FUNCTIONS = ("place_order", "get_order", "cancel_order", "authorise_request")


@dataclass(frozen=True, slots=True)
class Throttle:
    """How many requests the API accepts before it returns 429: per second, and in a burst."""

    requests_per_second: int
    burst: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What a stage may cost in a calendar month, and who gets a mail if it costs more."""

    dollars_a_month: int
    receivers: tuple[str, ...]
    """One to ten e-mail addresses."""
