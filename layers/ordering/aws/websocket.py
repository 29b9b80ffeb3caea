"""Sends messages to the clients of the WebSocket API, and closes their connections (`@connections`).

botocore reads the address of the API from `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI` ("Service-specific
endpoints", AWS SDKs and Tools Reference Guide).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from ordering.aws.clients import QUICK, client

if TYPE_CHECKING:
    from types_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient


class WebSocketClients:
    """The clients of the stage's WebSocket API."""

    def __init__(self) -> None:
        self._client: ApiGatewayManagementApiClient = client("apigatewaymanagementapi", QUICK)

    def send(self, connection_id: str, message: msgspec.Struct) -> bool:
        """Send a message. Returns False if the connection is gone."""
        try:
            self._client.post_to_connection(ConnectionId=connection_id, Data=msgspec.json.encode(message))
        except ClientError as error:
            return _is_not_gone(error)
        return True

    def close(self, connection_id: str) -> None:
        """Close a connection, unless it is gone."""
        try:
            self._client.delete_connection(ConnectionId=connection_id)
        except ClientError as error:
            _is_not_gone(error)


def _is_not_gone(error: ClientError) -> bool:
    """Returns False if the connection is gone; raises any other error."""
    if error.response["Error"]["Code"] != "GoneException":
        raise error
    return False
