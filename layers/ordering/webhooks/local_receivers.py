"""The receivers on the laptop that stage local may send webhooks to."""

import os
from collections.abc import Collection

LOCAL_STAGE = "local"


def local_receivers() -> Collection[str]:
    """Return the receivers (`host:port`) that the environment lists; none in any stage but local."""
    if os.environ.get("STAGE") != LOCAL_STAGE:
        return ()
    return tuple(filter(None, os.environ.get("LOCAL_WEBHOOK_RECEIVERS", "").split(",")))
