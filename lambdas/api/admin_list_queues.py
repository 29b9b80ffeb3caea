"""GET /admin/queues: the queues of the stage, and how many dead letters there are."""

from ordering.dead_letters.deployed import DeployedStage
from ordering.dead_letters.depth import Depth, depth
from ordering.dead_letters.letters import DeadLetterHandler
from ordering.dead_letters.queues import queues_of, work_queue_of
from ordering.dynamodb.client import Table
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.queues import QueueList, QueueView, WorkQueueView
from ordering.resilience.parallel import each

table = Table.of_environment()

# So many queues are read at once: one after the other, twenty queues would take a second.
_AT_ONCE = 8


@route
def handler(request: Request) -> Response:
    """Returns 200 with every dead-letter queue, and the depth of the queue that it belongs to.

    SQS counts approximately, and up to a minute late. It does not say how old the oldest message is: that is
    a metric, with an alarm.
    """
    stage = DeployedStage(table)
    found = sorted(queues_of(stage).items())
    sqs, outputs = stage.sqs, stage.outputs

    def view(named: tuple[str, type[DeadLetterHandler]]) -> QueueView:
        name, kind = named
        work = work_queue_of(kind.output)
        return QueueView(
            name=name,
            holds=kind.holds,
            dead_letters=depth(sqs, outputs[kind.output]).total,
            queue=_work_queue(depth(sqs, outputs[work])) if work and work in outputs else None,
            refusal="; ".join(kind.redrive_refusal) if kind.redrive_refusal else None,
        )

    views = each(view, found, at_once=_AT_ONCE)
    return Response(200, QueueList(queues=views))


def _work_queue(found: Depth) -> WorkQueueView:
    return WorkQueueView(waiting=found.visible, in_flight=found.in_flight, delayed=found.delayed)
