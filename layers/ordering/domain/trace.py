"""The ids by which one order is followed: through items, events, executions, log lines and mails.

`correlation_id` is the id that API Gateway gave the request that placed the order; its access log contains it
too. `traceparent` is the order's position in a distributed trace (W3C Trace Context, Level 1). Both are
hints: nothing is decided by them, and an item without valid ids is processed like any other.
"""

import os
import re
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from ordering.domain.base import Record
from ordering.domain.clock import milliseconds
from ordering.domain.text import END

_TRACE_ID = "(?!0{32})[0-9a-f]{32}"
_PARENT_ID = "(?!0{16})[0-9a-f]{16}"

# Visible ASCII, so that it can be a header of a mail; ids of API Gateway are shorter.
_CorrelationId = Annotated[str, Meta(pattern=rf"^[!-~]{{1,128}}{END}")]
_Traceparent = Annotated[str, Meta(pattern=f"^00-{_TRACE_ID}-{_PARENT_ID}-[0-9a-f]{{2}}{END}")]

# "traceparent Header Field Values" and "Versioning of traceparent": version ff is invalid. Version 00 ends
# after the flags; a higher version may continue after a dash, and what follows is ignored.
_HEADER = re.compile(
    f"(?:00-({_TRACE_ID})-{_PARENT_ID}-[0-9a-f]{{2}}"
    f"|(?!00|ff)[0-9a-f]{{2}}-({_TRACE_ID})-{_PARENT_ID}-[0-9a-f]{{2}}(?:-.*)?)",
    re.DOTALL,
)


class Span(NamedTuple):
    """The part of a trace that this process records: its trace, its own id, and whether it is recorded."""

    trace_id: str
    span_id: str
    sampled: bool


class Trace(Record, frozen=True):
    """The ids of one order."""

    correlation_id: _CorrelationId
    traceparent: _Traceparent

    @property
    def trace_id(self) -> str:
        """The trace's id: 32 hexadecimal digits."""
        return self.traceparent[3:35]


def trace_id_of(header: str | None) -> str | None:
    """Return the trace id of a client's `traceparent` header; None if there is none, or it is invalid."""
    found = _HEADER.fullmatch(header) if header else None
    return found and (found[1] or found[2])


def begin_trace(correlation_id: str, header: str | None, span: Span | None) -> Trace | None:
    """Return the ids of a new order; None if the request's id cannot be one.

    The trace is the client's if its `traceparent` header is valid, or else that of `span`, or else a new one.
    Only the trace's id is taken from the client: its flags do not decide what is recorded here.
    """
    trace_id = trace_id_of(header) or (span.trace_id if span else _new_trace_id())
    span_id = span.span_id if span else _new_span_id()
    flags = "01" if span and span.sampled else "00"
    return read_trace({"correlationId": correlation_id, "traceparent": f"00-{trace_id}-{span_id}-{flags}"})


def read_trace(stored: object) -> Trace | None:
    """Return the ids that an item or an execution's input contains; None if there are none that are valid."""
    try:
        return msgspec.convert(stored, Trace)
    except msgspec.ValidationError:
        return None


def log_keys(trace: Trace | None) -> dict[str, str]:
    """Return the members of a log line by which the order is found."""
    return {"correlation_id": trace.correlation_id, "trace_id": trace.trace_id} if trace else {}


def _new_trace_id() -> str:
    # X-Ray's own ids begin with the time in seconds ("Trace ID format", AWS X-Ray).
    return f"{milliseconds() // 1000:08x}{os.urandom(12).hex()}"


def _new_span_id() -> str:
    # Only zeros would be invalid.
    return f"{int.from_bytes(os.urandom(8), 'big') or 1:016x}"
