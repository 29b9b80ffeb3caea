"""Messages of the queue of customers' jobs that were received too often: each names a job."""

from __future__ import annotations

from ordering.dead_letters.letters import Action, DeadLetter, KeepMessage, QueueLetters, unreadable
from ordering.dead_letters.sources import QueueMessage
from ordering.domain.customer_jobs import CustomerJob, JobKind, job_of

NO_JOB = "its body names no job of a customer"
_ABOUT = {JobKind.EXPORT: "the export of the data", JobKind.REMOVAL: "the removal"}


class CustomerJobLetters(QueueLetters):
    """The dead letters of the queue of customers' jobs."""

    name = "customer-jobs"
    holds = "messages of the customer jobs queue that process_customer_data could not handle"
    output = "CustomerJobsDeadLetterQueueUrl"
    queue_output = "CustomerJobsQueueUrl"

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns which job is for which customer. The error is in the log of process_customer_data."""
        job = _named(message)
        if job is None:
            return unreadable(message, NO_JOB)
        about = f"{_ABOUT[job.kind]} of customer {job.customer_id}"
        return DeadLetter(message, about, "the log of process_customer_data has the error")

    def redriving(self, letter: DeadLetter) -> Action:
        """Send it again. A job that is done is not repeated."""
        if _named(letter.message) is None:
            raise KeepMessage(f"{NO_JOB}; `discard` it")
        return Action("sends it to the customer jobs queue", lambda: self._send(letter.message.body))

    def discarding(self, letter: DeadLetter) -> str:
        """Returns what is lost: nothing, because the sweep sends another message."""
        if _named(letter.message) is None:
            return "it names no job"
        return "if the job is not done, the sweep sends another message an hour after the last one"


def _named(message: QueueMessage) -> CustomerJob | None:
    try:
        return job_of(message.body)
    except (ValueError, RecursionError):
        return None
