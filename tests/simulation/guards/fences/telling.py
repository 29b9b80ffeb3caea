"""The fences between the functions: the outbox, the queue, the sweep."""

from tests.simulation.guards import deliveries
from tests.simulation.guards.fences.edits import LEDGER, MOVES
from tests.simulation.guards.fences.fence import Mutation
from tests.simulation.guards.mutation import Edit

PLACE = "lambdas.api.place_order"
SWEEP = "lambdas.scheduled.reconcile_orders"
PARKING = "ordering.resilience.parking"

LEFT_IN_THE_INDEX = Edit(MOVES, '                "payment": paid,\n', "")
NOBODY_SWEEPS = Edit(SWEEP, "        chunk = list(islice(due, room))\n", "        chunk: list[Due] = []\n")

TELLING = (
    Mutation(
        "the event is published by the handler, and not from the stream",
        deliveries.crashing("place_order"),
        "5",
        (
            Edit(
                PLACE,
                "    placed = orders.place(order, wanted.shipping_address.as_record())\n",
                "    placed = orders.place(order, wanted.shipping_address.as_record())\n"
                "    from ordering.aws.event_bus import Bus\n"
                "    from ordering.domain.events import derive\n"
                "    from ordering.table import items, keys\n"
                "    image = items.item_of(placed, keys.order(placed.order_id))\n"
                '    Bus("orders").publish([derive(None, image)])\n',
            ),
            Edit(
                "lambdas.events.publish_changes",
                "        if happened:\n",
                '        if happened and happened.type != "OrderPlaced":\n',
            ),
        ),
    ),
    Mutation(
        "an event that the bus did not take is taken for published",
        deliveries.REFUSED_BY_THE_BUS,
        "5",
        (Edit("ordering.aws.event_bus", 'if answer["FailedEntryCount"]:', "if False:"),),
    ),
    Mutation(
        "a page of the ledger is written though there is one",
        deliveries.doubled("Authorise payment", "authorise_payment"),
        "5",
        (
            Edit(
                LEDGER,
                '"entry": put(entry, condition=ABSENT)',
                '"entry": put(entry, condition="attribute_not_exists(nothing)")',
            ),
        ),
    ),
)

DRIVING = (
    Mutation(
        "the SDK tries the start of the saga again",
        deliveries.UNHEARD,
        "4",
        (
            Edit(
                "ordering.aws.saga_client",
                "self._client.start_sync_execution(",
                'client("stepfunctions").start_sync_execution(',
            ),
        ),
    ),
    Mutation(
        "a failed execution is taken for done",
        deliveries.FAILING,
        "4",
        (Edit("ordering.aws.saga_client", 'if answer["status"] != "SUCCEEDED":', "if False:"),),
        behind=(NOBODY_SWEEPS,),
        because="the sweep finds the order, though a quarter of an hour later",
    ),
)

SWEEPING = (
    Mutation(
        "an order is parked though it has ended",
        deliveries.ENDED_WHILE_PARKED,
        "4",
        (
            Edit(
                "ordering.repositories.reconciliation",
                '"begins_with(GSI2PK, :open) AND fault = :fault"',
                '"fault = :fault OR begins_with(GSI2PK, :open)"',
            ),
        ),
    ),
    Mutation(
        "an order is parked for a fault that all others have as well",
        deliveries.NOTHING_SUCCEEDS,
        "4",
        (
            Edit(
                PARKING,
                "others_ended_at is not None and others_ended_at > before.at",
                "True",
            ),
        ),
    ),
    Mutation(
        "a nudge is the last one",
        deliveries.NOTHING_SUCCEEDS,
        "4",
        (Edit("ordering.resilience.pacing", "return waited >= ", "return attempts < 5 and waited >= "),),
    ),
    Mutation(
        "a message is forgotten at its last receive, and its order with it",
        deliveries.RECEIVED_TOO_OFTEN,
        "4",
        (
            Edit(
                "ordering.repositories.reconciliation",
                '"SET nudgedAt = :at", "attribute_exists(GSI2PK)"',
                '"SET nudgedAt = :at REMOVE GSI2PK, GSI2SK", "attribute_exists(GSI2PK)"',
            ),
        ),
    ),
    Mutation(
        "the sweep settles what an open order owes",
        deliveries.STOPPED,
        "4",
        (Edit(SWEEP, "    if not story.order.status.is_terminal:\n", "    if False:\n"),),
    ),
    Mutation(
        "the sweep gives back what a fulfilled order was paid",
        deliveries.UNDISTURBED,
        "3",
        (
            Edit(
                SWEEP,
                "    if story.order.status is Status.FULFILLED and payment == story.payment:\n",
                "    if False:\n",
            ),
        ),
        behind=(LEFT_IN_THE_INDEX,),
        because="the pivot takes the payment out of the index of what is due",
    ),
)
