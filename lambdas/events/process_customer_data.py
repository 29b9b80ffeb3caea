"""Process customer data: works on a customer's job, an export of their data or their removal, in pieces.

One message is one bounded piece of work: it ends well before the function's time-out, and if something is
left, another message is sent for it. The progress is recorded with the job. So a message that is received
twice, or late, continues the job, or has no effect.

| if it dies                                   | then                                                      |
|----------------------------------------------|-----------------------------------------------------------|
| before or after any call of a piece          | the message is redelivered, and the piece is continued    |
|                                              | from its last record (`ordering.consumers.export_writer`, |
|                                              | `ordering.repositories.removals`)                         |
| between sending the mail with the link and   | the same, and the mail is sent twice, with two links to   |
| recording it                                 | one file                                                  |
| between sending the next message and the end | the same: both messages continue the job, and of an       |
|                                              | export only the one that has claimed it                   |

If a customer is removed while their data is exported, the export ends: its item is deleted with the profile.
What it has written is deleted by the last scan of the removal, five minutes later.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from time import sleep
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws.customer_job_queue import CustomerJobQueue
from ordering.aws.email import Delivery, EmailSender
from ordering.aws.export_files import MAILED_LINK_SECONDS, ExportFiles
from ordering.aws.logging import logger
from ordering.aws.sqs_batch import SqsMessage, SqsQueue, back_off
from ordering.consumers.export_writer import ExportWriter
from ordering.consumers.recording import RECORD_RETRY_DELAYS, record_patiently
from ordering.domain.clock import later, now
from ordering.domain.customer_jobs import CustomerJob, JobKind, job_of
from ordering.domain.exports import DataExport, ExportStatus, folder_of
from ordering.domain.languages import Language, language_of
from ordering.domain.notifications import email_about_export
from ordering.domain.order import CustomerId
from ordering.dynamodb.client import Table
from ordering.repositories.customer_items import CustomerItems
from ordering.repositories.customers import Customers
from ordering.repositories.exports import CLAIM_SECONDS, ClaimOutcome, Exports, Lost
from ordering.repositories.removals import Removals

_QUEUE_URL = os.environ["CUSTOMER_JOBS_QUEUE_URL"]

table = Table.of_environment()
files = ExportFiles.of_environment()
customers, exports = Customers(table), Exports(table)
writer = ExportWriter(CustomerItems(table), exports, files)
removals = Removals(table, delete_files=lambda customer_id: _delete_files(customer_id))
messages, job_queue = SqsQueue(_QUEUE_URL), CustomerJobQueue(_QUEUE_URL)
# Absent in a stage without mail, where no export can be requested.
mailer = (
    EmailSender(os.environ["MAIL_SENDER"], os.environ["EXPORT_MAIL_CONFIGURATION_SET"])
    if "MAIL_SENDER" in os.environ
    else None
)
default_language = Language(os.environ.get("MAIL_LANGUAGE", Language.EN.value))
shop = os.environ.get("MAIL_SHOP_NAME", "")

# A piece ends while this much time is left: for a slow call, to record it, and to send the next message.
_LEFT_MILLISECONDS = 20_000
# The mail is sent only while this much time is left, because recording it is retried for longer.
_FOR_MAIL_MILLISECONDS = 35_000

_MORE = "MORE"


class _Busy(Exception):
    """Another invocation works on the job."""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Process each message of a batch. Reports the messages that failed, by id."""
    failed = []
    for message in event["Records"]:
        seconds = _handle(message, context)
        if seconds is not None:
            failed.append((message, seconds))
    return messages.put_back(failed)


def _handle(message: SqsMessage, context: LambdaContext) -> int | None:
    """Process a message. Returns after how many seconds it is received again; None if it is deleted."""
    log_fields: dict[str, Any] = {"message_id": message["messageId"]}
    try:
        job = job_of(message["body"])
        log_fields |= {"customer_id": job.customer_id, "job": job.kind.value}
        outcome = _work_on(job, context)
        if outcome == _MORE:
            job_queue.send(job)
    except _Busy:
        logger.warning("another invocation works on the job", extra=log_fields)
        return CLAIM_SECONDS
    except Exception:
        logger.exception("job not continued", extra=log_fields)
        return back_off(message)
    logger.info("job continued", extra={**log_fields, "outcome": outcome})
    return None


def _work_on(job: CustomerJob, context: LambdaContext) -> str:
    """Do a piece of a job. Returns `MORE` if something is left, otherwise what became of the job."""

    def there_is_time() -> bool:
        return context.get_remaining_time_in_millis() > _LEFT_MILLISECONDS

    match job.kind:
        case JobKind.REMOVAL:
            return _remove(job.customer_id, there_is_time)
        case JobKind.EXPORT:
            return _export(job.customer_id, context, there_is_time)


def _remove(customer_id: CustomerId, there_is_time: Callable[[], bool]) -> str:
    removal = removals.find(customer_id)
    if removal is None:
        return ClaimOutcome.NOTHING_TO_DO.name
    return "REMOVED" if removals.resume(removal, there_is_time) else _MORE


def _delete_files(customer_id: CustomerId) -> None:
    """Delete the files of a customer's exports.

    A customer may have created a profile again and requested an export while their removal was in progress.
    The files of that export are kept.
    """
    present = exports.find(customer_id)
    files.delete_all(folder_of(customer_id), but=present.folder if present else None)


def _export(customer_id: CustomerId, context: LambdaContext, there_is_time: Callable[[], bool]) -> str:
    export = exports.claim(customer_id)
    if export is ClaimOutcome.BUSY:
        raise _Busy
    if isinstance(export, ClaimOutcome):
        return export.name
    try:
        export = writer.write(export, there_is_time)
        if export.is_written and context.get_remaining_time_in_millis() > _FOR_MAIL_MILLISECONDS:
            return _send(export)
        exports.release(export)
    except Lost:
        return "LOST"
    except Exception:
        # The export can then be continued as soon as the message is redelivered.
        with suppress(Exception):
            exports.release(export)
        raise
    return _MORE


def _send(export: DataExport) -> str:
    """Send the link to the customer, and record it. Returns the status of the export."""
    profile = customers.find(export.customer_id)
    if profile is None or mailer is None:
        # A removal has just deleted the profile, or mail was turned off in the meantime.
        return exports.finish(export, ExportStatus.NOT_SENT, at=now()).status
    email = email_about_export(
        export.export_id,
        files.link(export.file, seconds=MAILED_LINK_SECONDS),
        until=later(now(), timedelta(seconds=MAILED_LINK_SECONDS)),
        language=language_of(profile.language) or default_language,
        shop=shop,
    )
    delivery = mailer.send(email, to=profile.email)
    status = ExportStatus.SENT if delivery is Delivery.SENT else ExportStatus.NOT_SENT
    record_patiently(
        lambda: _finish(export, status),
        delays=RECORD_RETRY_DELAYS,
        sleep=sleep,
        log_fields={"customer_id": export.customer_id},
    )
    return status


def _finish(export: DataExport, status: ExportStatus) -> None:
    # If the item no longer exists, the customer has been removed in the meantime: there is nothing to record.
    with suppress(Lost):
        exports.finish(export, status, at=now())
