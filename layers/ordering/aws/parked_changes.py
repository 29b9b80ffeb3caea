"""Changes of the table that cannot be told, put aside so that they block no other.

| what it is                                  | where it goes                                        |
|---------------------------------------------|------------------------------------------------------|
| any change                                  | the queue of parked changes                          |
| one that the queue does not take: it is     | the bucket of undelivered changes, as Lambda writes  |
| longer than a message may be, say           | those; and a message that says where, to the queue   |

Bodies are written in ASCII, since SQS refuses a message for a single character that XML does not have
(SendMessage, Amazon SQS API Reference), and a change may hold any.

| if it dies                                  | then                                                 |
|---------------------------------------------|------------------------------------------------------|
| before it is parked                         | the stream delivers it again                         |
| after it is parked                          | it is parked again: twice at worst in the queue, and |
|                                             | in the bucket under the same key                     |
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ordering.aws.clients import client, is_input_error
from ordering.aws.logging import logger

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# A message has 1 MiB at most (SendMessage, Amazon SQS API Reference).
LONGEST_MESSAGE = 1024 * 1024
# What an item's key may be, and more: 2,048 and 1,024 bytes.
_LONGEST_KEY = 4000


class ParkedChanges:
    """The queue of parked changes, and the bucket, below `prefix`, for those that no message can hold."""

    def __init__(self, queue_url: str, bucket: str, prefix: str) -> None:
        self._queue_url = queue_url
        self._bucket = bucket
        self._prefix = prefix
        self._queues = client("sqs")

    def park(self, record: Mapping[str, Any], cause: str) -> None:
        """Put a record of the stream aside.

        A change may hold a payment token: queue and bucket are encrypted, and only operators read them.
        Raises what the queue or the bucket raises when it is away.
        """
        told: dict[str, Any] = {"cause": cause, "keys": _keys(record)}
        body = _written({"cause": cause}, record)
        if not self._fits(body):
            told["object"] = self._keep(
                _written({"requestContext": {"condition": cause}}, record, batch=True)
            )
            self._send(json.dumps(told))
        logger.error("malformed change parked", extra=told)

    def _fits(self, body: str) -> bool:
        """Send it to the queue, unless that is impossible; returns whether it was sent."""
        if len(body) > LONGEST_MESSAGE:
            return False
        try:
            self._send(body)
        except ClientError as error:
            # A queue may have been given a lower bound on the length of messages.
            if not is_input_error(error):
                raise
            return False
        return True

    def _send(self, body: str) -> None:
        self._queues.send_message(QueueUrl=self._queue_url, MessageBody=body)

    def _keep(self, body: str) -> str:
        """Write an object; returns its key, which the same record has every time."""
        content = body.encode()
        key = f"{self._prefix}{sha256(content).hexdigest()}"
        self._objects.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType="application/json")
        return key

    @cached_property
    def _objects(self) -> S3Client:
        """Made when it is needed, which is hardly ever: it would make each cold start longer."""
        objects: S3Client = client("s3")
        return objects


def _written(about: Mapping[str, Any], record: Mapping[str, Any], *, batch: bool = False) -> str:
    """The body of a message, or of an object with a batch of one record; ASCII alone."""
    inside = {"payload": {"Records": [record]}} if batch else {"record": record}
    try:
        return json.dumps({**about, **inside})
    except (RecursionError, TypeError, ValueError):
        # No release has written it, and no JSON holds it; what it looks like is better than nothing.
        return json.dumps({**about, "looks": reprlib.repr(record)})


def _keys(record: Mapping[str, Any]) -> Any:
    """The key of the item that changed: all that is told of it where more people read. Bounded."""
    try:
        keys = record["dynamodb"]["Keys"]
        return keys if len(json.dumps(keys)) <= _LONGEST_KEY else reprlib.repr(keys)
    except (KeyError, RecursionError, TypeError, ValueError):
        return None
