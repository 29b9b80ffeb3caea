"""Jobs of customers: the export of their data, and their removal. Both may take many invocations."""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from ordering.domain.order import CustomerId


class JobKind(StrEnum):
    """What is done with a customer's data."""

    REMOVAL = "REMOVAL"
    EXPORT = "EXPORT"


class CustomerJob(NamedTuple):
    """A job of a customer; there is one of each kind at a time."""

    kind: JobKind
    customer_id: CustomerId


class JobMessage(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a message. It names a job; everything else is in the job's item."""

    customer_id: str
    job: JobKind


def message_body(job: CustomerJob) -> str:
    """Return the message that names a job."""
    return msgspec.json.encode(JobMessage(customer_id=job.customer_id, job=job.kind)).decode()


def job_of(body: str) -> CustomerJob:
    """Return the job that a message names. Raises msgspec.DecodeError."""
    message = msgspec.json.decode(body, type=JobMessage)
    return CustomerJob(message.job, CustomerId(message.customer_id))
