"""How many messages a queue holds, as the JSON documents show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.documents.orders import QueueDepth
from ordering.dead_letters import depth as deployed

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


def depth(sqs: SQSClient, name: str, url: str) -> QueueDepth:
    """Returns the depth of a queue. The figures are approximate, and up to a minute old."""
    found = deployed.depth(sqs, url)
    return QueueDepth(name=name, visible=found.visible, in_flight=found.in_flight, delayed=found.delayed)
