"""Parks changes of the table that cannot be published, so that they do not block later changes.

| change                                      | where it is stored                                   |
|---------------------------------------------|------------------------------------------------------|
| any change                                  | the queue of parked changes                          |
| one that the queue does not accept, for     | the bucket of undelivered changes, in the format     |
| instance because it is too long             | that Lambda uses; a message with its key, to the     |
|                                             | queue                                                |

Bodies are ASCII, since SQS refuses a message with any character that XML does not allow (SendMessage, Amazon
SQS API Reference), and a change may contain such characters.

| if it dies                                  | then                                                 |
|---------------------------------------------|------------------------------------------------------|
| before the change is parked                 | the stream redelivers the change                     |
| after the change is parked                  | it is parked again: the queue may contain it twice,  |
|                                             | the bucket once, under the same key                  |
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

# In bytes: 1 MiB (SendMessage, Amazon SQS API Reference).
LONGEST_MESSAGE = 1024 * 1024
# More than an item's key can have: 2,048 and 1,024 bytes.
_LONGEST_KEY = 4000


class ParkedChanges:
    """The queue of parked changes, and the bucket (below `prefix`) for those too long for a message."""

    def __init__(self, queue_url: str, bucket: str, prefix: str) -> None:
        self._queue_url = queue_url
        self._bucket = bucket
        self._prefix = prefix
        self._queues = client("sqs")

    def park(self, record: Mapping[str, Any], cause: str) -> None:
        """Park a record of the stream.

        A change may contain a payment token: queue and bucket are encrypted, and only operators can read
        them. Raises the exception of the queue or the bucket if it is unavailable.
        """
        extra: dict[str, Any] = {"cause": cause, "keys": _keys(record)}
        body = _body({"cause": cause}, record)
        if not self._try_to_send(body):
            extra["object"] = self._keep(_body({"requestContext": {"condition": cause}}, record, batch=True))
            self._send(json.dumps(extra))
        logger.error("malformed change parked", extra=extra)

    def _try_to_send(self, body: str) -> bool:
        """Send a body to the queue; returns False if the queue does not accept it."""
        if len(body) > LONGEST_MESSAGE:
            return False
        try:
            self._send(body)
        except ClientError as error:
            # The queue may be configured with a lower limit on the length of messages.
            if not is_input_error(error):
                raise
            return False
        return True

    def _send(self, body: str) -> None:
        self._queues.send_message(QueueUrl=self._queue_url, MessageBody=body)

    def _keep(self, body: str) -> str:
        """Write an object; returns its key, which is the same for the same record."""
        content = body.encode()
        key = f"{self._prefix}{sha256(content).hexdigest()}"
        self._objects.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType="application/json")
        return key

    @cached_property
    def _objects(self) -> S3Client:
        """Created only when needed, which is rare: the client would make every cold start longer."""
        objects: S3Client = client("s3")
        return objects


def _body(about: Mapping[str, Any], record: Mapping[str, Any], *, batch: bool = False) -> str:
    """The body of a message, or of an object with a batch of one record, in ASCII."""
    content = {"payload": {"Records": [record]}} if batch else {"record": record}
    try:
        return json.dumps({**about, **content})
    except (RecursionError, TypeError, ValueError):
        # JSON cannot represent the record, which none of our releases has written: store its `repr` instead.
        return json.dumps({**about, "looks": reprlib.repr(record)})


def _keys(record: Mapping[str, Any]) -> Any:
    """The key of the changed item, with a bounded length: the only part of the change that is logged."""
    try:
        keys = record["dynamodb"]["Keys"]
        return keys if len(json.dumps(keys)) <= _LONGEST_KEY else reprlib.repr(keys)
    except (KeyError, RecursionError, TypeError, ValueError):
        return None
