"""What Schemathesis loads into its own process: requests that can succeed, and findings that are passed over.

It knows of the form of a request and of no state. Without help, nearly every order it made would be refused
for a SKU that nobody sells, and nothing behind the refusal would be seen.
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
from ordering.http.answer import SECURITY_HEADERS
from ordering.http.parameters import CURSOR, IF_MATCH, REQUIRED_IDEMPOTENCY_KEY
from ordering.http.routes import PLACE_ORDER
from tests.e2e.fuzzing.limits import Finding, limit_of

PASSED_OVER = "FUZZING_PASSED_OVER"
"""The environment variable that names the file to count in: a line for each finding that is passed over."""
SOLD = "FUZZING_SOLD"
"""The one that names the SKUs that can be ordered, as a JSON list."""

_sold: list[str] = json.loads(os.environ.get(SOLD, "[]"))
# Paying by `tok_flaky` takes some seconds, in which the order can be cancelled.
_payment_tokens = cycle(["tok_flaky", "tok_ok", "tok_ok", "tok_ok"])
# To agree to a total that was made up is to be refused: most take what the catalogue says.
_agreeing = cycle([True, False, False, False])
_with_present_tag = cycle([True, False])
_cursors_given: set[str] = set()
_tags: dict[str, str] = {}


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Let well-formed requests name what is there: versions, cursors and SKUs; and send new keys."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.headers.get(REQUIRED_IDEMPOTENCY_KEY.name) == (example := REQUIRED_IDEMPOTENCY_KEY.example):
        case.headers[REQUIRED_IDEMPOTENCY_KEY.name] = f"{example}-{case.id}"
    # Half of them. Not for DELETE, or nothing would be left to order.
    if case.method == "PUT" and IF_MATCH.name in case.headers and next(_with_present_tag):
        del case.headers[IF_MATCH.name]
        if case.formatted_path in _tags:
            case.headers[IF_MATCH.name] = _tags[case.formatted_path]
    if case.query.get(CURSOR.name, "") not in _cursors_given:
        case.query.pop(CURSOR.name, None)
    body: Any = case.body
    if case.operation.label == PLACE_ORDER.key and case.meta.phase.name.value in ("fuzzing", "stateful"):
        for line, sku in zip(body["lines"], _sold, strict=False):
            line["sku"] = sku
        body["paymentToken"] = next(_payment_tokens)
        if not next(_agreeing):
            body.pop("expectedTotal", None)
        _make_deliverable(body["shippingAddress"])


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    """Remember the cursors that were given, and the tags of what was read or written last."""
    for tag in response.headers.get("etag", ()):
        _tags[case.formatted_path] = tag
    page = _json(response)
    if isinstance(page, dict) and "next" in page:
        _cursors_given.add(page["next"])


@schemathesis.check
def security_headers(context: CheckContext, response: Response, case: Case[Any]) -> None:
    """Every answer of ours carries them. What the gateway says itself, `{"message"}`, cannot."""
    body = _json(response)
    if response.request.method == "OPTIONS" or (isinstance(body, dict) and body.keys() == {"message"}):
        return
    missing = SECURITY_HEADERS.keys() - response.headers.keys()
    assert not missing, f"without {', '.join(sorted(missing))}"


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """Whether it is a failure; what is passed over is counted."""
    limit = limit_of(Finding(failure.checks, response.status_code, _json(response)))
    if limit is None:
        return True
    with Path(os.environ[PASSED_OVER]).open("a") as file:
        file.write(f"{limit.name}\n")
    return False


def _make_deliverable(address: Any) -> None:
    """Give an address a postal code of its country: no schema says which those are."""
    example = COUNTRIES[address["country"]].example
    address.pop("postalCode", None)
    if example:
        address["postalCode"] = example


def _json(response: Response) -> Any:
    try:
        return json.loads(response.content)
    except ValueError:
        return None
