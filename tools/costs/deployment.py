"""The parts of a stage's templates that affect the cost of an order: memory, and what is logged."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tools.costs.counts import Journey, Unit
from tools.costs.durations import DRIVER
from tools.costs.names import queue_of
from tools.costs.templates import Resource

# The steps of a journey that the stage pays for only if a setting adds their function: by the function.
_OPTIONAL_STEPS = {"fan_out_webhooks": ("fan_out_webhooks", queue_of("fan_out_webhooks"))}

# For each variable of the access log, a value of typical length ("Customize HTTP API logs").
_ACCESS_LOG_VALUES = {
    "requestId": "JKJaXmPLvHcESHA=",
    "requestTimeEpoch": "1795262400",
    "routeKey": "POST /orders",
    "status": "202",
    "responseLatency": "48",
    "integrationLatency": "45",
    "integration.integrationStatus": "200",
    "integration.requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    "responseLength": "700",
    "error.responseType": "-",
}
_VARIABLE = re.compile(r"\$context\.([A-Za-z.]+)")

# The lines that Lambda writes about each invocation, as they are with a log format of JSON and an active
# trace ("System log level event mapping", AWS Lambda).
_REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
_PLATFORM_LINES: tuple[Mapping[str, Any], ...] = (
    {
        "time": "2026-11-21T12:00:00.000Z",
        "type": "platform.start",
        "record": {
            "requestId": _REQUEST_ID,
            "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:"
            "orders-prod-saga-ReserveStock1A2B3C4D-AbCdEfGhIjKl:live",
            "version": "12",
        },
    },
    {
        "time": "2026-11-21T12:00:00.045Z",
        "type": "platform.report",
        "record": {
            "requestId": _REQUEST_ID,
            "metrics": {
                "durationMs": 44.281,
                "billedDurationMs": 45,
                "memorySizeMB": 512,
                "maxMemoryUsedMB": 94,
            },
            "tracing": {
                "spanId": "53995c3f42cd8ad8",
                "type": "X-Amzn-Trace-Id",
                "value": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;"
                "Lineage=1:a87bd80c:0",
            },
            "status": "success",
        },
    },
)

_EXECUTION_LOGS = {
    ("ALL", False): Unit.EXECUTION_LOG_ALL,
    ("ALL", True): Unit.EXECUTION_LOG_ALL_WITH_DATA,
    # Its lines are those of errors, which journeys without faults do not have.
    ("ERROR", False): Unit.EXECUTION_LOG_ERROR,
    ("ERROR", True): Unit.EXECUTION_LOG_ERROR,
}


@dataclass(frozen=True)
class Deployment:
    """The facts of a stage."""

    memory: Mapping[str, int]
    """Function → megabytes."""
    system_log_levels: Mapping[str, str]
    """Function → INFO or WARN: whether Lambda writes its own lines about each invocation."""
    execution_log: Unit
    """Which count is the log of the executions."""
    access_log_bytes: int
    """The length of a line of the access log."""

    @classmethod
    def of(cls, resources: Iterable[Resource]) -> "Deployment":
        """Returns the facts from the resources of a stage's templates.

        Raises LookupError if a part is missing, or its setting is not known here.
        """
        memory: dict[str, int] = {}
        levels: dict[str, str] = {}
        execution_log, access_log = None, None
        for resource in resources:
            properties = resource.get("Properties", {})
            match resource["Type"]:
                case "AWS::Lambda::Function" if "MemorySize" in properties:
                    name = str(properties["Handler"]).removesuffix(".handler")
                    memory[name] = properties["MemorySize"]
                    levels[name] = properties.get("LoggingConfig", {}).get("SystemLogLevel", "INFO")
                case "AWS::StepFunctions::StateMachine":
                    logging = properties["LoggingConfiguration"]
                    execution_log = _EXECUTION_LOGS[logging["Level"], bool(logging["IncludeExecutionData"])]
                # The WebSocket API has no access log.
                case "AWS::ApiGatewayV2::Stage" if "AccessLogSettings" in properties:
                    access_log = properties["AccessLogSettings"]["Format"]
        if execution_log is None or access_log is None:
            raise LookupError("the templates have no state machine, or no stage of the API")
        line = _VARIABLE.sub(lambda variable: _ACCESS_LOG_VALUES[variable[1]], access_log)
        return cls(memory, levels, execution_log, len(line.encode()))

    def journeys(self, counted: Mapping[str, Journey]) -> dict[str, Journey]:
        """Returns counted journeys without the steps that the stage leaves out."""
        left_out = {
            step for name, steps in _OPTIONAL_STEPS.items() if name not in self.memory for step in steps
        }
        return {
            name: replace(
                journey, steps={step: uses for step, uses in journey.steps.items() if step not in left_out}
            )
            for name, journey in counted.items()
        }

    def memory_of(self, function: str) -> int:
        """Returns a function's megabytes. One that the stage leaves out, of mail, has those of most."""
        most: int = Counter(self.memory.values()).most_common(1)[0][0]
        return self.memory.get(function, most)

    def platform_bytes(self, function: str) -> int:
        """Returns the bytes of Lambda's own lines about one invocation."""
        # One that the stage leaves out is a function of events, like the driver.
        driver = self.system_log_levels.get(DRIVER, "INFO")
        if self.system_log_levels.get(function, driver) == "WARN":
            return 0
        return sum(len(json.dumps(line, separators=(",", ":")).encode()) for line in _PLATFORM_LINES)
