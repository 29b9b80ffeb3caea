"""The guards of the mail: a customer is notified of each change once, and of no outdated change."""

from ordering.guards import Guard
from tests.simulation.guards import notifications, table_effects
from tests.simulation.guards.expectations.expectation import NeededGuard, RedundantGuard

NOTIFYING = (
    NeededGuard(
        "an event is claimed although another invocation has claimed it",
        notifications.DUPLICATED,
        (Guard.CLAIM_FREE,),
    ),
    NeededGuard(
        "an event is claimed although it is handled",
        notifications.AGAIN,
        (Guard.CLAIM_UNHANDLED,),
    ),
    NeededGuard(
        "an event is handled after a later one",
        notifications.END_COMES_FIRST,
        (Guard.CLAIM_OVERTAKEN,),
    ),
    NeededGuard(
        "the records of an earlier release are not read",
        notifications.AGAIN_AFTER_AN_UPGRADE,
        (Guard.CLAIM_EARLIER,),
    ),
    NeededGuard(
        "an event is handled while a later one of its order is handled",
        notifications.OVERTAKEN,
        (Guard.CLAIM_ALONE,),
    ),
    NeededGuard(
        "an invocation looks for other claims before its own claim, not after it",
        notifications.OVERTAKEN,
        (Guard.CLAIM_FIRST,),
    ),
    NeededGuard(
        "a busy event is treated as done",
        notifications.OVERTAKEN,
        (Guard.CONSUME_BUSY,),
    ),
    NeededGuard(
        "an event is handled although its record may have expired",
        notifications.AGAIN_AFTER_ITS_RECORD,
        (Guard.CLAIM_TOO_OLD,),
    ),
    NeededGuard(
        "a claim expires before its owner's timeout",
        notifications.SLOW_AND_DUPLICATED,
        (Guard.CLAIM_OUTLIVES,),
    ),
    NeededGuard(
        "a message is redelivered before its function's timeout",
        notifications.SLOW,
        (Guard.CONSUME_VISIBILITY,),
        behind=(Guard.CLAIM_FREE,),
        because="the claim lasts for as long as the function may run",
    ),
    NeededGuard(
        "a mail is recorded before it is sent",
        notifications.DYING,
        (Guard.CONSUME_FIRST,),
    ),
    NeededGuard(
        "recording a sent mail is not retried",
        notifications.BUSY_TABLE,
        (Guard.CONSUME_RECORDED,),
    ),
    NeededGuard(
        "a mail that was not sent is treated as sent",
        notifications.REFUSED,
        (Guard.CONSUME_FAILED,),
    ),
    NeededGuard(
        "an effect in the table is written again with a second record",
        table_effects.AGAIN,
        (Guard.WRITE_UNHANDLED,),
    ),
    NeededGuard(
        "an effect in the table is written although the event's record may have expired",
        table_effects.AGAIN_AFTER_ITS_RECORD,
        (Guard.WRITE_TOO_OLD,),
    ),
)

REDUNDANT_IN_NOTIFYING = (
    RedundantGuard(
        "the SDK retries SES",
        notifications.UNANSWERED,
        (Guard.MAIL_ONCE,),
        because="each lost response repeats the mail, whether the queue or the SDK retries; but the SDK would"
        " send up to three mails within each receive",
    ),
    RedundantGuard(
        "a claim is not released when its mail was not sent",
        notifications.REFUSED,
        (Guard.CONSUME_RELEASED,),
        because="it expires by itself; the customer is notified 90 seconds later",
    ),
    RedundantGuard(
        "an invocation treats its own claim as another's",
        notifications.CLAIM_UNANSWERED,
        (Guard.CLAIM_OWN,),
        because="the message is redelivered until the claim has expired",
    ),
)
