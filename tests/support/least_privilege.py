"""What each handler requests of the tables, compared with what its role will allow.

While a handler runs in this process, a call that its role does not allow fails the test, as `AccessDenied`.
So every test of a handler is also a test of its role. The permissions that were used are kept, so that
`unused` can find the others.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from typing import Any

from botocore.client import BaseClient

from ordering.repositories.keys import DUE, LISTING
from stacks.access import (
    DRIVE_ORDER,
    NOTIFY_CUSTOMER,
    PLACE_CANARY_ORDER,
    RECONCILE_ORDERS,
    ROTATE_CURSOR_SECRET,
    STEP_ACCESS,
    Access,
)
from stacks.routes import ACCESS
from tests.support.environment import SANDBOX_TABLE

Use = tuple[str, str]
"""A place, as the fields of `Access` name them, and an action without its service's prefix."""

ROLES: Mapping[str, Access] = {
    **ACCESS,
    **STEP_ACCESS,
    "drive_order": DRIVE_ORDER,
    "reconcile_orders": RECONCILE_ORDERS,
    "place_canary_order": PLACE_CANARY_ORDER,
    "publish_changes": Access(),
    "rotate_cursor_secret": ROTATE_CURSOR_SECRET,
    "notify_customer": NOTIFY_CUSTOMER,
}
# Both sandboxes keep their records in one table.
_BOOKS = {"payments": "sandbox", "shipping": "sandbox"}
_INDEXES = {LISTING: "listing", DUE: "due"}
_ACTIONS = {
    "ConditionCheck": "ConditionCheckItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
}
_SEAM = "_make_api_call"


class AccessDenied(AssertionError):
    """The handler's role lacks this permission: on AWS this call would fail."""


class _Here(threading.local):
    handler: str | None = None


_here = _Here()
_used: defaultdict[str, set[Use]] = defaultdict(set)


@contextmanager
def within(handler: str | None) -> Iterator[None]:
    """Check this thread's calls of AWS against the role of `handler`; None: do not check them."""
    outer, _here.handler = _here.handler, handler
    try:
        yield
    finally:
        _here.handler = outer


@cache
def granted(handler: str) -> frozenset[Use]:
    """Returns what a role allows."""
    held = asdict(ROLES[handler])
    return frozenset(
        (_BOOKS.get(place, place), action) for place, actions in held.items() for action in actions
    )


def unused(handler: str) -> frozenset[Use]:
    """Returns what a role allows and no call since the start of this process has needed."""
    return granted(handler) - _used[handler]


def _asked(operation: str, parameters: Mapping[str, Any]) -> Iterator[Use]:
    """Yields what IAM checks for a call ("Actions, resources, and condition keys for Amazon DynamoDB")."""
    match operation:
        case "TransactWriteItems":
            for item in parameters["TransactItems"]:
                for kind, action in item.items():
                    yield _place(action), _ACTIONS[kind]
        case "BatchGetItem" | "BatchWriteItem":
            for table in parameters["RequestItems"]:
                yield _place({"TableName": table}), operation
        case _ if "SecretId" in parameters:
            yield "cursor_secret", operation
        case _ if "TableName" in parameters:
            yield _place(parameters), operation


def _place(parameters: Mapping[str, Any]) -> str:
    if parameters["TableName"] == SANDBOX_TABLE:
        return "sandbox"
    return _INDEXES.get(parameters.get("IndexName", ""), "table")


def _watch() -> None:
    """Intercept the calls of every client of this process."""
    original = getattr(BaseClient, _SEAM)

    def make_api_call(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
        handler = _here.handler
        if handler is not None and handler in ROLES:
            for use in _asked(operation, parameters):
                if use not in granted(handler):
                    raise AccessDenied(f"{handler} may not {use[1]} on its {use[0]}")
                _used[handler].add(use)
        return original(client, operation, parameters)

    setattr(BaseClient, _SEAM, make_api_call)


_watch()
