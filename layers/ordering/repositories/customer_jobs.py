"""Jobs of customers that are not done: exports of their data, and removals of customers.

A request for a job only writes an item. The sweep finds the item in the index of due items, and sends a
message for it to `process_customer_data`. While that function makes progress, it sends the next message
itself. So a job gets another message from the sweep only if its message was lost:

| if it dies                                         | then                                              |
|----------------------------------------------------|---------------------------------------------------|
| before the message is sent                         | the next sweep, a minute later, sends it          |
| between sending it and recording that it was sent  | the next sweep sends another one, which is        |
|                                                    | harmless: the job's item says what is left to do  |
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from ordering.domain.clock import later, now
from ordering.domain.customer_jobs import CustomerJob, JobKind
from ordering.dynamodb.client import ConditionFailed, Table
from ordering.dynamodb.codec import Item
from ordering.repositories import keys
from ordering.repositories.keys import customer_keys

# The sweep checks a job that is due once a minute, and sends another message after an hour. By then, the
# first message has been received for the last time.
_LOOKS_AGAIN = timedelta(minutes=1)
_QUEUED_FOR = timedelta(hours=1)


_KINDS = {customer_keys.REMOVAL: JobKind.REMOVAL, customer_keys.EXPORT: JobKind.EXPORT}
_KEYS = {JobKind.REMOVAL: customer_keys.removal, JobKind.EXPORT: customer_keys.export}


class CustomerJobs:
    """The jobs of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def due(self, limit: int) -> list[CustomerJob]:
        """Return up to `limit` jobs that are due, the longest waiting first."""
        found: list[Item] = []
        for shard in range(keys.READ_SHARDS):
            items, _ = self._table.query_page(
                "GSI2PK = :shard AND GSI2SK < :now",
                {":shard": customer_keys.job_shard(shard), ":now": now()},
                index=keys.DUE,
                limit=limit,
            )
            found += items
        found.sort(key=lambda item: str(item["GSI2SK"]))
        # A later release may have other kinds of jobs.
        known = [item for item in found[:limit] if item["SK"] in _KINDS]
        return [CustomerJob(_KINDS[str(item["SK"])], customer_keys.customer_of(item)) for item in known]

    def has_message(self, job: CustomerJob) -> bool:
        """Return whether the job needs no message: it has one in the queue, or it is done."""
        item = self._table.get(_key(job))
        if item is None or "GSI2PK" not in item:
            return True
        return str(item.get("queuedUntil", "")) > now()

    def note_message(self, job: CustomerJob) -> None:
        """Record that a message was sent, and put the job behind the others that are due."""
        self._change(job, ", queuedUntil = :queued", {":queued": later(now(), _QUEUED_FOR)})

    def postpone(self, job: CustomerJob) -> None:
        """Put a job behind the others that are due."""
        self._change(job, "", {})

    def _change(self, job: CustomerJob, more: str, values: dict[str, Any]) -> None:
        due = later(now(), _LOOKS_AGAIN)
        with suppress(ConditionFailed):
            self._table.update(
                _key(job),
                f"SET GSI2SK = :due{more}",
                values={":due": due, **values},
                # A job that is done has left the index.
                condition="attribute_exists(GSI2PK)",
            )


def _key(job: CustomerJob) -> keys.Key:
    return _KEYS[job.kind](job.customer_id)
