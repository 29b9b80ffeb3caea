"""The fences of the mail: a customer is told once, and of nothing that is old news."""

from tests.simulation.guards import notifications
from tests.simulation.guards.fences.fence import Courtesy, Mutation
from tests.simulation.guards.mutation import Edit

CONSUMERS = "ordering.repositories.processed_events"
NOTIFY = "lambdas.events.notify_customer"

CLAIMED_THOUGH_CLAIMED = Edit(
    CONSUMERS,
    '"AND (attribute_not_exists(claimedUntil) OR claimedUntil < :now)"',
    '"AND (attribute_not_exists(nothing) OR claimedUntil < :now)"',
)
NOBODY_IS_IN_THE_WAY = Edit(
    CONSUMERS, 'if any(record.get("claimedUntil", "") >= at for record in others):', "if False:"
)
COMES_AGAIN_AT_WORK = Edit(
    "tests.support.message_queue", "self._clock.after(self._consumed.visibility_seconds)", "now + 30"
)

NOTIFYING = (
    Mutation(
        "an event is claimed though another invocation has claimed it",
        notifications.DOUBLED,
        "5",
        (CLAIMED_THOUGH_CLAIMED,),
    ),
    Mutation(
        "an event is claimed though it is handled",
        notifications.AGAIN,
        "5",
        (Edit(CONSUMERS, '"attribute_not_exists(handledAt) "', '"attribute_not_exists(nothing) "'),),
    ),
    Mutation(
        "an event is handled though a later one was",
        notifications.END_COMES_FIRST,
        "5",
        (Edit(CONSUMERS, "if _is_overtaken(event, others):", "if False:"),),
    ),
    Mutation(
        "what an earlier release has recorded is not read",
        notifications.AGAIN_AFTER_AN_UPGRADE,
        "5",
        (Edit(CONSUMERS, "earlier = list(self._earlier(event.item))", "earlier: list[Item] = []"),),
    ),
    Mutation(
        "an event is handled while a later one of its order is",
        notifications.OVERTAKEN,
        "5",
        (NOBODY_IS_IN_THE_WAY,),
    ),
    Mutation(
        "who claims an event has looked for the others before, and not after",
        notifications.OVERTAKEN,
        "5",
        (
            Edit(CONSUMERS, "return self._unless_in_the_way(claim)", "return claim"),
            Edit(
                CONSUMERS,
                "        claim = Claim(event, uuid4().hex)\n",
                "        claim = Claim(event, uuid4().hex)\n"
                "        records = self.records(event.item)\n"
                "        others = [each for each in records if each['SK'] != event.event_id]\n"
                "        if _is_overtaken(event, others):\n"
                "            return Unclaimed.OVERTAKEN\n"
                "        if any(each.get('claimedUntil', '') >= as_text(present) for each in others):\n"
                "            return Unclaimed.BUSY\n",
            ),
        ),
    ),
    Mutation(
        "an event that is busy is taken for done",
        notifications.OVERTAKEN,
        "5",
        (Edit(NOTIFY, "if claim is Unclaimed.BUSY:", "if False:"),),
    ),
    Mutation(
        "an event is handled though its record may have expired",
        notifications.AGAIN_AFTER_ITS_RECORD,
        "5",
        (
            Edit(
                CONSUMERS,
                "        if _is_too_old(event):\n            return Unclaimed.TOO_OLD\n        happened",
                "        happened",
            ),
        ),
    ),
    Mutation(
        "a claim ends before its owner's time is up",
        notifications.SLOW_AND_DOUBLED,
        "5",
        (Edit(CONSUMERS, "timedelta(seconds=CLAIM_SECONDS)", "timedelta(seconds=30)"),),
    ),
    Mutation(
        "a message comes again before its function's time is up",
        notifications.SLOW,
        "5",
        (COMES_AGAIN_AT_WORK,),
        behind=(CLAIMED_THOUGH_CLAIMED,),
        because="the claim holds for as long as the function may run",
    ),
    Mutation(
        "a mail is recorded before it is sent",
        notifications.DYING,
        "5",
        (
            Edit(
                NOTIFY,
                "        outcome = _mail(happened)\n",
                '        _record(claim, "SENT")\n        outcome = _mail(happened)\n',
            ),
        ),
    ),
    Mutation(
        "what was sent is recorded at one try",
        notifications.BUSY_TABLE,
        "5",
        (Edit(NOTIFY, "for pause in _RECORD_RETRY_DELAYS:", "for pause in ():"),),
    ),
    Mutation(
        "a mail that was not sent is taken for sent",
        notifications.REFUSED,
        "5",
        (
            Edit(
                NOTIFY,
                'logger.exception("customer not notified", extra=said)\n        return False\n',
                'logger.exception("customer not notified", extra=said)\n        return True\n',
            ),
        ),
    ),
)

COURTESIES_OF_NOTIFYING = (
    Courtesy(
        "the SDK asks SES again",
        notifications.UNANSWERED,
        (Edit("ordering.aws.email", "self._client.send_email(", 'client("sesv2").send_email('),),
        because="each answer that is lost repeats the mail, whoever asks again; but the queue asks after a"
        " while, and the SDK would three times within each receive: a slow SES sends three times as many",
    ),
    Courtesy(
        "a claim is not given back when its mail was not sent",
        notifications.REFUSED,
        (
            Edit(
                NOTIFY,
                "consumer.not_handled(claim, fault_of(error, at=now()))",
                "str(error)",
            ),
        ),
        because="it ends by itself; the customer is told a minute and a half later, and nobody sees why",
    ),
    Courtesy(
        "one's own claim is taken for another's",
        notifications.CLAIM_UNANSWERED,
        (Edit(CONSUMERS, 'if found.get("claimedBy") != claim.token:', "if True:"),),
        because="the message comes back until the claim has ended",
    ),
)
