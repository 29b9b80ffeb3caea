"""Hooks that Schemathesis loads: they create requests that can succeed, and ignore known findings.

Schemathesis knows the schema of a request, but no state. Without these hooks, nearly every order would be
refused because of an unknown SKU, and the code after that check would not run.
"""

import json
import os
from itertools import cycle
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.core.failures import Failure

from ordering.domain.countries import COUNTRIES
from ordering.http.parameters import CURSOR, IF_MATCH, REQUIRED_IDEMPOTENCY_KEY
from ordering.http.response import SECURITY_HEADERS
from ordering.http.routes import PLACE_ORDER
from tests.e2e.fuzzing.limits import Finding, limit_of

PASSED_OVER = "FUZZING_PASSED_OVER"
"""The environment variable with the path of a file: one line for each finding that is passed over."""
SOLD = "FUZZING_SOLD"
"""The environment variable with a JSON list of the SKUs that can be ordered."""

_sold: list[str] = json.loads(os.environ.get(SOLD, "[]"))
# Paying by `tok_flaky` takes some seconds, in which the order can be cancelled.
_payment_tokens = cycle(["tok_flaky", "tok_ok", "tok_ok", "tok_ok"])
# An order with a generated `expectedTotal` is refused, so most orders are sent without one.
_sends_expected_total = cycle([True, False, False, False])
_sends_current_etag = cycle([True, False])
_issued_cursors: set[str] = set()
_etags: dict[str, str] = {}


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Put existing versions, cursors and SKUs and new idempotency keys into well-formed requests."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.headers.get(REQUIRED_IDEMPOTENCY_KEY.name) == (example := REQUIRED_IDEMPOTENCY_KEY.example):
        case.headers[REQUIRED_IDEMPOTENCY_KEY.name] = f"{example}-{case.id}"
    # Half of the requests. Not DELETE, which would leave no product to order.
    if case.method == "PUT" and IF_MATCH.name in case.headers and next(_sends_current_etag):
        del case.headers[IF_MATCH.name]
        if case.formatted_path in _etags:
            case.headers[IF_MATCH.name] = _etags[case.formatted_path]
    if case.query.get(CURSOR.name, "") not in _issued_cursors:
        case.query.pop(CURSOR.name, None)
    body: Any = case.body
    if case.operation.label == PLACE_ORDER.key and case.meta.phase.name.value in ("fuzzing", "stateful"):
        for line, sku in zip(body["lines"], _sold, strict=False):
            line["sku"] = sku
        body["paymentToken"] = next(_payment_tokens)
        if not next(_sends_expected_total):
            body.pop("expectedTotal", None)
        _make_deliverable(body["shippingAddress"])


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    """Store the returned cursors and the latest ETag of each path."""
    for tag in response.headers.get("etag", ()):
        _etags[case.formatted_path] = tag
    page = _json(response)
    if isinstance(page, dict) and "next" in page:
        _issued_cursors.add(page["next"])


@schemathesis.check
def security_headers(context: CheckContext, response: Response, case: Case[Any]) -> None:
    """Every response of a handler has the security headers. The gateway's own errors cannot have them."""
    body = _json(response)
    if response.request.method == "OPTIONS" or (isinstance(body, dict) and body.keys() == {"message"}):
        return
    missing = SECURITY_HEADERS.keys() - response.headers.keys()
    assert not missing, f"without {', '.join(sorted(missing))}"


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """Whether a finding is a failure. Ignored findings are counted."""
    limit = limit_of(Finding(failure.checks, response.status_code, _json(response)))
    if limit is None:
        return True
    with Path(os.environ[PASSED_OVER]).open("a") as file:
        file.write(f"{limit.name}\n")
    return False


def _make_deliverable(address: Any) -> None:
    """Set a valid postal code of the address's country, which no schema describes."""
    example = COUNTRIES[address["country"]].example
    address.pop("postalCode", None)
    if example:
        address["postalCode"] = example


def _json(response: Response) -> Any:
    try:
        return json.loads(response.content)
    except ValueError:
        return None
