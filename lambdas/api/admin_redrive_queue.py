"""POST /admin/queues/{queue}/redrive: sends dead letters of a queue to their original destinations.

| if it dies                              | then                                                           |
|-----------------------------------------|----------------------------------------------------------------|
| before the first letter is sent         | a record says that the redrive began                           |
| after a letter was sent                 | the letter is in both queues: it is sent once more             |
| after the last one was deleted          | the record lacks the numbers of letters                        |
"""

from ordering.dead_letters.deployed import DeployedStage
from ordering.dead_letters.redriving import redrive_some
from ordering.domain.clock import now
from ordering.domain.operator_text import Redactor
from ordering.dynamodb.client import Table
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.queues import KeptLetter, RedriveView
from ordering.repositories.audit_trail import RedriveTrail

table = Table.of_environment()
trail = RedriveTrail(table)


@route
def handler(request: Request) -> Response:
    """Returns 200 with how many letters were redriven, and those that stay, each with the reason.

    A request handles at most 20 letters: repeat it until `redriven` is 0 or `left` is the number of those
    that stay. It can be repeated at any time, also while another one runs: at worst a message is delivered
    twice, which has no other effect than once. Who has redriven which queue is recorded.
    """
    name = request.path("queue")
    queue = DeployedStage(table).queue(name)
    if queue is None:
        raise Problem(ProblemType.QUEUE_NOT_FOUND, "The stage has no dead-letter queue of this name.")
    record = trail.begin(name, request.caller.subject, at=now())
    batch = redrive_some(queue)
    trail.end(record, redriven=batch.redriven, kept=len(batch.kept))
    left, _ = queue.source.count()
    redact = Redactor()
    kept = [
        KeptLetter(id=each.letter.message.id, about=redact(each.letter.about), reason=redact(each.plan))
        for each in batch.kept
    ]
    return Response(200, RedriveView(redriven=batch.redriven, kept=kept, left=left))
