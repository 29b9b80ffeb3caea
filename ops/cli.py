"""The operator's command line: the commands of all groups. Each group is a folder with a `cli.py`."""

from __future__ import annotations

from ops.app import app

# To import a group adds its commands to `app`. The help lists them in the order of these lines.
# isort: off
from ops.status import cli as status
from ops.verify import cli as verify
from ops.logs import cli as logs
from ops.orders import cli as orders
from ops.dead_letters import cli as dead_letters
from ops.events import cli as events
from ops.webhooks import cli as webhooks
from ops.catalogue import cli as catalogue
from ops.images import cli as images
from ops.sales import cli as sales
# isort: on

__all__ = [
    "app",
    "catalogue",
    "dead_letters",
    "events",
    "images",
    "logs",
    "orders",
    "sales",
    "status",
    "verify",
    "webhooks",
]
