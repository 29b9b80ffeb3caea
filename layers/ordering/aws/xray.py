"""X-Ray's trace header: this invocation's own, and the one that continues an order's trace.

Lambda sets `_X_AMZN_TRACE_ID` for each invocation: `Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=1`, and
perhaps `Lineage` ("Using Lambda environment variables"). A trace id of W3C is one of X-Ray without dashes:
`4efaaf4d1e8720b39541901950019ee5` is `1-4efaaf4d-1e8720b39541901950019ee5` (PutTraceSegments, AWS X-Ray API
Reference). X-Ray's own ids begin with a time; since October 2023 it accepts those that do not, too.
"""

import os
import re

from ordering.domain.trace import Span, Trace

HEADER = "X-Amzn-Trace-Id"

_ROOT = re.compile(r"1-((?!0{8}-0{24})[0-9a-f]{8}-[0-9a-f]{24})")
_PARENT = re.compile(r"(?!0{16})[0-9a-f]{16}")


def current_span() -> Span | None:
    """Return the span of this invocation; None if Lambda has not set one."""
    parts = dict(_parts())
    root = _ROOT.fullmatch(parts.get("Root", ""))
    parent = parts.get("Parent", "")
    if not root or not _PARENT.fullmatch(parent):
        return None
    return Span(root[1].replace("-", ""), parent, parts.get("Sampled") == "1")


def header_of(trace: Trace | None) -> str | None:
    """Return the header that continues an order's trace; None if there is no trace, or none is recorded here.

    Only the root is the order's. Whether it is sampled was decided for this invocation, by X-Ray's rules. The
    parent is left out, since it is a segment of another trace.
    """
    own = dict(_parts())
    if trace is None or "Root" not in own:
        return None
    root = f"1-{trace.trace_id[:8]}-{trace.trace_id[8:]}"
    kept = {name: value for name, value in own.items() if name not in ("Root", "Parent", "Self")}
    return ";".join(f"{name}={value}" for name, value in {"Root": root, **kept}.items())


def _parts() -> list[tuple[str, str]]:
    text = os.environ.get("_X_AMZN_TRACE_ID", "")
    return [(name, value) for name, dash, value in (part.partition("=") for part in text.split(";")) if dash]
