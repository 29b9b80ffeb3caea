"""The queue from which a warehouse reads pick lists."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from ordering.aws.clients import client
from ordering.domain.pick_lists import PickList

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


class PickListQueue:
    """The queue with this URL."""

    def __init__(self, queue_url: str) -> None:
        self._url = queue_url
        self._client: SQSClient = client("sqs")

    def send(self, pick_list: PickList) -> None:
        """Send a pick list.

        The body is ASCII: SQS refuses a message with a character that XML does not allow (SendMessage, Amazon
        SQS API Reference), and the name of a product may contain one.
        """
        body = json.dumps(msgspec.to_builtins(pick_list))
        self._client.send_message(QueueUrl=self._url, MessageBody=body)
