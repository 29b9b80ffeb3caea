"""Authorise a request: a Lambda authoriser of the HTTP API (payload format 2.0, simple responses).

It replaces API Gateway's JWT authoriser where that is not enough: several issuers, keys that are not RSA,
blocked customers. What the client gets:

| the request                | what happens                                              | response         |
|----------------------------|-----------------------------------------------------------|------------------|
| has no Authorization header| the gateway does not call this function                   | 401              |
| came around the edge       | without the edge's header: as above; with another: refused| 401, 403         |
| is refused                 | `isAuthorized` is false                                   | 403              |
| cannot be checked          | this raises: no keys, no table, no secret                 | 500, not cached  |
| is allowed                 | the route's handler gets `iss`, `sub` and `scope`         | the handler's    |

The gateway caches each result by header and route (the two identity sources). Until the cached result
expires, an expired token or a blocked customer may still be allowed.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws.logging import logger
from ordering.domain import identity
from ordering.domain.order import CustomerId
from ordering.dynamodb.client import Table
from ordering.http.routes import ROUTES
from ordering.repositories.keys import customer_keys
from ordering.tokens.edge import EdgeSecrets
from ordering.tokens.edge_header import HEADER
from ordering.tokens.issuers import issuers_of
from ordering.tokens.refusals import RefusalReason, TokenRefused
from ordering.tokens.verification import Verified, Verifier

# Public routes have no authoriser, so a request for one of them here is refused.
SCOPES = {key: route.scope for route in ROUTES if route.scope for key in route.keys}

verifier = Verifier(issuers_of(os.environ["ISSUERS"]))
table = Table.of_environment()
edge = EdgeSecrets.of_environment()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Returns whether the request is allowed, and the identity of its caller."""
    logger.append_keys(route=event["routeKey"], request_id=event["requestContext"]["requestId"])
    try:
        if not edge.admit(event["headers"].get(HEADER)):
            raise TokenRefused(RefusalReason.NOT_FROM_THE_EDGE)
        token = verifier.verify(_bearer_token(event))
        # The log contains the customer's id, but no token, subject or e-mail address.
        customer = identity.customer_id(token.issuer, token.subject)
        logger.append_keys(customer_id=customer)
        _require_scope(token, event["routeKey"])
        _refuse_blocked(customer)
    except TokenRefused as refusal:
        logger.info("denied", extra={"reason": refusal.reason.value})
        return {"isAuthorized": False}
    except Exception:
        # Fail closed, with an exception: the gateway would cache a refusal, and valid customers would get 403
        # because of our fault. An exception becomes a 500, which clients retry.
        logger.exception("fault")
        raise
    logger.info("allowed")
    return {
        "isAuthorized": True,
        "context": {"iss": token.issuer, "sub": token.subject, "scope": " ".join(token.scopes)},
    }


def _bearer_token(event: dict[str, Any]) -> str:
    """Returns the token of `Authorization: Bearer <token>`.

    The scheme is case-insensitive, with one or more spaces after it (RFC 9110, sections 11.1 and 11.4).
    """
    scheme, _, token = str(event["headers"].get("authorization", "")).partition(" ")
    if scheme.lower() != "bearer":
        raise TokenRefused(RefusalReason.NOT_BEARER)
    return token.lstrip(" ")


def _require_scope(token: Verified, route: str) -> None:
    if route not in SCOPES:
        raise TokenRefused(RefusalReason.UNKNOWN_ROUTE)
    if not token.permits(SCOPES[route]):
        raise TokenRefused(RefusalReason.MISSING_SCOPE)


def _refuse_blocked(customer: CustomerId) -> None:
    # A consistent read, so that no result from before the block is cached after it.
    if table.get(customer_keys.block(customer)) is not None:
        raise TokenRefused(RefusalReason.BLOCKED)
