"""How an AWS client connects to the local engine."""

from __future__ import annotations

from typing import Final, TypedDict

ACCOUNT: Final = "000000000000"
REGION: Final = "eu-west-1"


class EngineConnection(TypedDict):
    """The arguments of ``boto3.client(name, **connection)``; the credentials are placeholders."""

    endpoint_url: str
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str


def connection(endpoint: str) -> EngineConnection:
    """Returns the connection to the engine at ``endpoint``."""
    return {
        "endpoint_url": endpoint,
        "region_name": REGION,
        "aws_access_key_id": ACCOUNT,
        "aws_secret_access_key": "local",
    }
