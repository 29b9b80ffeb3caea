"""Authorise a request for a route that needs no token: it must have come through the distribution.

A Lambda authoriser of the HTTP API, in stages whose API is closed to other requests. What the client gets:

| the request           | what happens                              | response        |
|-----------------------|-------------------------------------------|-----------------|
| has no such header    | the gateway does not call this function   | 401             |
| has another secret    | `isAuthorized` is false                   | 403             |
| cannot be checked     | this raises: the secret cannot be read    | 500, not cached |
| came through the edge | the handler is called                     | the handler's   |
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws.logging import logger
from ordering.tokens.edge import EdgeSecrets
from ordering.tokens.edge_header import HEADER

edge = EdgeSecrets.of_environment()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Returns whether the request came through the distribution."""
    logger.append_keys(route=event["routeKey"], request_id=event["requestContext"]["requestId"])
    try:
        admitted = edge.admit(event["headers"].get(HEADER))
    except Exception:
        # An exception becomes a 500, which is not cached. The gateway would cache a refusal.
        logger.exception("fault")
        raise
    logger.info("allowed" if admitted else "denied")
    return {"isAuthorized": admitted}
