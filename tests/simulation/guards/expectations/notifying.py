"""The guards of the mail: a customer is told once, and of nothing that is old news."""

from ordering.guards import Guard
from tests.simulation.guards import notifications
from tests.simulation.guards.expectations.expectation import NeededGuard, RedundantGuard

NOTIFYING = (
    NeededGuard(
        "an event is claimed though another invocation has claimed it",
        notifications.DUPLICATED,
        (Guard.CLAIM_FREE,),
    ),
    NeededGuard(
        "an event is claimed though it is handled",
        notifications.AGAIN,
        (Guard.CLAIM_UNHANDLED,),
    ),
    NeededGuard(
        "an event is handled though a later one was",
        notifications.END_COMES_FIRST,
        (Guard.CLAIM_OVERTAKEN,),
    ),
    NeededGuard(
        "what an earlier release has recorded is not read",
        notifications.AGAIN_AFTER_AN_UPGRADE,
        (Guard.CLAIM_EARLIER,),
    ),
    NeededGuard(
        "an event is handled while a later one of its order is",
        notifications.OVERTAKEN,
        (Guard.CLAIM_ALONE,),
    ),
    NeededGuard(
        "who claims an event has looked for the others before, and not after",
        notifications.OVERTAKEN,
        (Guard.CLAIM_FIRST,),
    ),
    NeededGuard(
        "an event that is busy is taken for done",
        notifications.OVERTAKEN,
        (Guard.MAIL_BUSY,),
    ),
    NeededGuard(
        "an event is handled though its record may have expired",
        notifications.AGAIN_AFTER_ITS_RECORD,
        (Guard.CLAIM_TOO_OLD,),
    ),
    NeededGuard(
        "a claim ends before its owner's time is up",
        notifications.SLOW_AND_DUPLICATED,
        (Guard.CLAIM_OUTLIVES,),
    ),
    NeededGuard(
        "a message comes again before its function's time is up",
        notifications.SLOW,
        (Guard.MAIL_VISIBILITY,),
        behind=(Guard.CLAIM_FREE,),
        because="the claim holds for as long as the function may run",
    ),
    NeededGuard(
        "a mail is recorded before it is sent",
        notifications.DYING,
        (Guard.MAIL_SENT_FIRST,),
    ),
    NeededGuard(
        "what was sent is recorded at one try",
        notifications.BUSY_TABLE,
        (Guard.MAIL_RECORDED,),
    ),
    NeededGuard(
        "a mail that was not sent is taken for sent",
        notifications.REFUSED,
        (Guard.MAIL_FAILED,),
    ),
)

REDUNDANT_IN_NOTIFYING = (
    RedundantGuard(
        "the SDK asks SES again",
        notifications.UNANSWERED,
        (Guard.MAIL_ONCE,),
        because="each answer that is lost repeats the mail, whoever asks again; but the queue asks after a"
        " while, and the SDK would three times within each receive: a slow SES sends three times as many",
    ),
    RedundantGuard(
        "a claim is not given back when its mail was not sent",
        notifications.REFUSED,
        (Guard.MAIL_RELEASED,),
        because="it ends by itself; the customer is told a minute and a half later, and nobody sees why",
    ),
    RedundantGuard(
        "one's own claim is taken for another's",
        notifications.CLAIM_UNANSWERED,
        (Guard.CLAIM_OWN,),
        because="the message comes back until the claim has ended",
    ),
)
