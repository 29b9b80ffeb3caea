"""Formats the log lines of the functions for people; `make logs` and `orders-ops` use it."""

from __future__ import annotations

import json
import re

# The lines that Lambda itself writes around every invocation.
_LAMBDA_LINE = re.compile(r"^(START|END|REPORT) RequestId")
# Members of a structured line that are shown elsewhere, or matter to AWS only.
_HIDDEN_MEMBERS = frozenset(
    {
        *("level", "message", "timestamp", "location", "service", "stage", "cold_start", "xray_trace_id"),
        *("function_name", "function_arn", "function_memory_size", "function_request_id"),
    }
)


def readable(message: str) -> str | None:
    """Returns a structured log line as ``LEVEL message name=value``, and any other line unchanged.

    Returns None for Lambda's own lines and for metrics.
    """
    text = message.rstrip()
    if not text or _LAMBDA_LINE.match(text):
        return None
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(line, dict) or "message" not in line:
        return None if isinstance(line, dict) and "_aws" in line else text
    members = [f"{name}={_plain(value)}" for name, value in line.items() if name not in _HIDDEN_MEMBERS]
    return " ".join([str(line.get("level", "")), _plain(line["message"]), *members]).strip()


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
