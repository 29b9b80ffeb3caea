"""Authorise a request: a Lambda authoriser of the HTTP API (payload format 2.0, simple responses).

It stands in for the gateway's own where that cannot express the rules: several issuers, keys that are not
RSA, blocked customers. What the client sees:

| the request                | what happens                                              | answer           |
|----------------------------|-----------------------------------------------------------|------------------|
| has no Authorization header| the gateway does not ask                                  | 401              |
| is refused                 | `isAuthorized` is false                                   | 403              |
| cannot be judged           | this raises: no keys, no table, no secret                 | 500, kept nowhere|
| is allowed                 | the handler of the route finds `iss`, `sub` and `scope`   | the handler's    |

The gateway keeps a yes or a no for a header and a route (its identity sources, both), for as long as it is
told to: a token that expires, or a customer who is blocked, may pass for that long after.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws.logging import logger
from ordering.domain import identity
from ordering.domain.order import CustomerId
from ordering.dynamodb.client import Table
from ordering.http.routes import ROUTES
from ordering.repositories import keys
from ordering.tokens.issuers import issuers_of
from ordering.tokens.refusals import RefusalReason, TokenRefused
from ordering.tokens.verification import Verified, Verifier

# A route that is open to everyone has no authoriser: if one asks all the same, something is wrong.
SCOPES = {key: route.scope for route in ROUTES if route.scope for key in route.keys}

verifier = Verifier(issuers_of(os.environ["ISSUERS"]))
table = Table.of_environment()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Whether the request may reach its route, and who asks."""
    logger.append_keys(route=event["routeKey"], request_id=event["requestContext"]["requestId"])
    try:
        token = verifier.verify(_bearer_token(event))
        # No token, subject or address goes into the log: the customer's id does.
        customer = identity.customer_id(token.issuer, token.subject)
        logger.append_keys(customer_id=customer)
        _require_scope(token, event["routeKey"])
        _refuse_blocked(customer)
    except TokenRefused as refusal:
        logger.info("denied", extra={"reason": refusal.reason.value})
        return {"isAuthorized": False}
    except Exception:
        # Fail closed, and as a fault: a refusal would be kept by the gateway and tell a good customer 403
        # for something that is ours. What is raised becomes a 500, which clients retry.
        logger.exception("fault")
        raise
    logger.info("allowed")
    return {
        "isAuthorized": True,
        "context": {"iss": token.issuer, "sub": token.subject, "scope": " ".join(token.scopes)},
    }


def _bearer_token(event: dict[str, Any]) -> str:
    """The token of `Authorization: Bearer <token>`: a scheme in any case, and one space or more (RFC 9110,
    sections 11.1 and 11.4).
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
    # Consistent, so that the gateway keeps no answer from before the block any longer than it must.
    if table.get(keys.block(customer)) is not None:
        raise TokenRefused(RefusalReason.BLOCKED)
