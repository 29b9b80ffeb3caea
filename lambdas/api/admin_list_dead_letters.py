"""GET /admin/queues/{queue}/dead-letters: dead letters of a queue, each with its cause."""

from ordering.dead_letters.deployed import DeployedStage
from ordering.dead_letters.redriving import ListedLetter, read_letters
from ordering.domain.identity import is_order_id
from ordering.domain.operator_text import Redactor
from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.queues import DeadLetterList, DeadLetterView

table = Table.of_environment()


@route
def handler(request: Request) -> Response:
    """Returns 200 with some of the letters of a queue. All of them stay in it.

    SQS has no read without a receive: for a moment, the letters are hidden from other readers.
    """
    limit = request.int_parameter("limit", default=20, least=1, most=100)
    queue = DeployedStage(table).queue(request.path("queue"))
    if queue is None:
        raise Problem(ProblemType.QUEUE_NOT_FOUND, "The stage has no dead-letter queue of this name.")
    page = read_letters(queue, limit)
    return Response(200, DeadLetterList(letters=[_view(each) for each in page.letters], more=page.more))


def _view(listed: ListedLetter) -> DeadLetterView:
    letter, redact = listed.letter, Redactor()
    return DeadLetterView(
        id=letter.message.id,
        about=redact(letter.about),
        cause=redact(letter.cause),
        sent_at=letter.message.sent_at,
        receives=letter.message.receives or 0,
        redrivable=listed.may_be_redriven,
        plan=redact(listed.plan),
        order_id=letter.order_id if letter.order_id and is_order_id(letter.order_id) else None,
    )
