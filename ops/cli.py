"""The operator's command line: the commands of all groups. Each group is a folder with a `cli.py`."""

from __future__ import annotations

# To import a group adds its commands to `app`. The help lists them in the order of these lines.
# isort: off
from ops.webhooks import cli as webhooks
# isort: on

__all__ = [
    "app",
    "catalogue",
    "dead_letters",
    "events",
    "images",
    "logs",
    "orders",
    "status",
    "verify",
    "webhooks",
]
