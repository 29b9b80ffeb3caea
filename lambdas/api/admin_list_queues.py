"""GET /admin/queues: the queues of the stage, and how many dead letters there are."""

import os

from botocore.exceptions import ClientError

from ordering.dead_letters.deployed import DeployedStage
from ordering.dead_letters.depth import Depth, depth
from ordering.dead_letters.letters import DeadLetterHandler
from ordering.dead_letters.queues import queues_of, work_queue_of
from ordering.dynamodb.client import Table
from ordering.http.request import Request
from ordering.http.response import Response, route
from ordering.http.shapes.queues import QueueList, QueueView, UnreadableQueueView, WorkQueueView
from ordering.resilience.parallel import each

table = Table.of_environment()

# So many queues are read at once: one after the other, twenty queues would take a second.
_AT_ONCE = 8
# The queue is new, or was replaced, and this function's role does not name it yet; or it was removed. SQS has
# two names for each error ("Common Error Types" and "GetQueueAttributes", Amazon SQS API Reference; its
# query-compatible errors).
_NOT_DEPLOYED = frozenset(
    {
        *("AccessDenied", "AccessDeniedException"),
        *("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
    }
)


@route
def handler(request: Request) -> Response:
    """Returns 200 with every dead-letter queue, and the depth of the queue that it belongs to.

    SQS counts approximately, and up to a minute late. It does not say how old the oldest message is: that is
    a metric, with an alarm. A queue that this function may not read, because a stack was deployed without the
    admin stack, is listed as unreadable.
    """
    stage = DeployedStage(table)
    found = sorted(queues_of(stage).items())
    sqs, outputs = stage.sqs, stage.outputs

    def read(named: tuple[str, type[DeadLetterHandler]]) -> QueueView | UnreadableQueueView:
        name, kind = named
        work = work_queue_of(kind.output)
        try:
            return QueueView(
                name=name,
                holds=kind.holds,
                dead_letters=depth(sqs, outputs[kind.output]).total,
                queue=_work_queue(depth(sqs, outputs[work])) if work and work in outputs else None,
                refusal="; ".join(kind.redrive_refusal) if kind.redrive_refusal else None,
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in _NOT_DEPLOYED:
                raise
            remedy = f"deploy orders-{os.environ['STAGE']}-admin again"
            return UnreadableQueueView(name=name, problem=f"it cannot be read ({code}): {remedy}")

    views = each(read, found, at_once=_AT_ONCE)
    return Response(
        200,
        QueueList(
            queues=[view for view in views if isinstance(view, QueueView)],
            unreadable=[view for view in views if isinstance(view, UnreadableQueueView)],
        ),
    )


def _work_queue(found: Depth) -> WorkQueueView:
    return WorkQueueView(waiting=found.visible, in_flight=found.in_flight, delayed=found.delayed)
