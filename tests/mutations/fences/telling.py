"""The fences between the functions: the outbox, the queue, the sweep."""

from tests.mutations import deliveries
from tests.mutations.fences.edits import LEDGER, MOVES
from tests.mutations.fences.fence import Mutation
from tests.mutations.mutation import Edit

PLACE = "lambdas.api.place_order"
SWEEP = "lambdas.scheduled.reconcile_orders"

LEFT_IN_THE_INDEX = Edit(MOVES, '                "payment": paid,\n', "")
NOBODY_SWEEPS = Edit(SWEEP, "for due in sweep.to_nudge(before, BATCH):", "for due in ():")

TELLING = (
    Mutation(
        "the event is published by the handler, and not from the stream",
        deliveries.crashing("place_order"),
        "5",
        (
            Edit(
                PLACE,
                "    placed = orders.place(order, wanted.shipping_address)\n",
                "    placed = orders.place(order, wanted.shipping_address)\n"
                "    from ordering.bus import Bus\n"
                "    from ordering.events import derive\n"
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
        (Edit("ordering.bus", 'if answer["FailedEntryCount"]:', "if False:"),),
    ),
    Mutation(
        "a page of the ledger is written though there is one",
        deliveries.doubled("Authorise payment", "authorise_payment"),
        "5",
        (
            Edit(
                LEDGER,
                '"page": put(page, condition=ABSENT)',
                '"page": put(page, condition="attribute_not_exists(nothing)")',
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
                "ordering.driving",
                "self._client.start_sync_execution(",
                'client("stepfunctions").start_sync_execution(',
            ),
        ),
    ),
    Mutation(
        "a failed execution is taken for done",
        deliveries.FAILING,
        "4",
        (Edit("ordering.driving", 'if answer["status"] != "SUCCEEDED":', "if False:"),),
        behind=(NOBODY_SWEEPS,),
        because="the sweep finds the order, though a quarter of an hour later",
    ),
)

SWEEPING = (
    Mutation(
        "an order is parked though it has ended",
        deliveries.ENDED_WHILE_SWEPT,
        "4",
        (
            Edit(
                "ordering.table.sweep",
                '"begins_with(GSI2PK, :open) AND attempts >= :most"',
                '"attempts >= :most OR begins_with(GSI2PK, :open)"',
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
