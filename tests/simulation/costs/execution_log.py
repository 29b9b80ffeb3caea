"""The lines that Step Functions writes about an Express execution to its log group.

Each event of the history is a line: its number, type and details, and the execution's ARN, as JSON in which
every value outside `details` is text ("Using CloudWatch Logs to log execution history in Step Functions").
"""

import json
from collections.abc import Mapping
from typing import Any

from tests.support.environment import ACCOUNT, REGION

# As CloudFormation and Step Functions name them: they are in every line.
_MACHINE = "MachineD5F0A3E2-AbCdEfGhIjKl"
_EXECUTION = "8c2f1d3e-6b7a-4c5d-9e8f-0a1b2c3d4e5f"

# Left out of the details unless the log contains execution data.
_DATA = frozenset({"input", "inputDetails", "output", "outputDetails", "parameters"})
_ERRORS = ("Failed", "TimedOut", "Aborted")


def is_error(event: Mapping[str, Any]) -> bool:
    """Whether the level ERROR includes the event ("Log levels for Step Functions execution events")."""
    return str(event["type"]).endswith(_ERRORS) or event["type"] == "FailStateEntered"


def log_line(event: Mapping[str, Any], execution: str, *, data: bool) -> str:
    """Returns the line of an event of the history; `data`: whether it has the input and output of states."""
    found = (value for name, value in event.items() if name.endswith("EventDetails"))
    details: Mapping[str, Any] = next(found, {})
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:express:{_MACHINE}:{execution}:{_EXECUTION}"
    line = {
        "details": {name: fact for name, fact in details.items() if data or name not in _DATA},
        "redrive_count": "0",
        "id": str(event["id"]),
        "type": event["type"],
        "previous_event_id": str(event.get("previousEventId", 0)),
        "event_timestamp": "1795262400000",
        "execution_arn": arn,
    }
    return json.dumps(line, separators=(",", ":"), default=str)
