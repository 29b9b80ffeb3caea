"""The commands about single orders: `open`, `parked`, `unpark` and `drive`."""

from __future__ import annotations

from console.progress import say
from console.tables import show_table
from ops.documents.actions import DriveDocument, UnparkDocument
from ops.documents.orders import OpenDocument, OpenOrder, ParkedDocument, ParkedOrder
from ops.errors import CommandRefused
from ops.json_output import print_document
from ops.options import confirm
from ops.orders.service import OrderService
from ops.stage import Stage
from ordering.dead_letters.orders import status_line
from ordering.dead_letters.queues.order_messages import why
from ordering.domain.clock import ago
from ordering.domain.operator_text import age, counted


def show_open(stage: Stage, *, minutes: int, limit: int, as_json: bool = False) -> None:
    """Show orders that have not ended, the longest unchanged first."""
    waiting = stage.sweep.open_since(ago(minutes=minutes), limit)
    queue = OrderService(stage).queued()
    if as_json:
        orders = [
            OpenOrder(due.order_id, due.status, due.created_at, due.updated_at, due.reconcile_attempts)
            for due in waiting
        ]
        print_document(OpenDocument(stage.name, [], orders, len(waiting) == limit, queue))
        return
    since = f" unchanged for {minutes} min or longer" if minutes else ""
    say(f"{counted(len(waiting), 'open order')}{since}{', the longest unchanged first' if waiting else ''}")
    to_drive = counted(queue.visible, "message")
    say(f"the order queue holds {to_drive} to be driven, and {queue.in_flight} in flight")
    if waiting:
        say()
        show_table(
            ["order", "status", "changed", "placed", "sweeps"],
            [
                [
                    due.order_id,
                    due.status,
                    f"{age(due.updated_at)} ago",
                    f"{age(due.created_at)} ago",
                    str(due.reconcile_attempts),
                ]
                for due in waiting
            ],
        )
    if len(waiting) == limit:
        say(f"there may be more: --limit {limit * 10}")


def show_parked(stage: Stage, *, limit: int, as_json: bool = False) -> None:
    """Show parked orders, the longest parked first, and why they are parked."""
    service = OrderService(stage)
    waiting = stage.sweep.parked(limit)
    if as_json:
        orders = [
            ParkedOrder(due.order_id, due.status, due.created_at, why(service, due.order_id))
            for due in waiting
        ]
        print_document(ParkedDocument(stage.name, [], orders, len(waiting) == limit))
        return
    say(f"{counted(len(waiting), 'parked order')}{', the longest parked first' if waiting else ''}")
    for due in waiting:
        say(f"  {due.order_id}  placed {age(due.created_at)} ago")
        say(f"    {why(service, due.order_id)}")


def unpark(stage: Stage, order_id: str, *, yes: bool, as_json: bool = False) -> None:
    """Return a parked order to the sweep. Raises CommandRefused."""
    service = OrderService(stage)
    order = service.of_id(order_id)
    if not order.parked_at:
        raise CommandRefused(
            f"the order {order.order_id} is {order.status} and not parked", "there is nothing to do"
        )
    if not as_json:
        say(f"order {order.order_id}: {status_line(order)}")
    confirm(stage, "It would be returned to the sweep, with its attempts reset.", yes=yes)
    if not service.unpark(order.order_id):
        raise CommandRefused(f"the order {order.order_id} has been unparked since", "there is nothing to do")
    if as_json:
        print_document(UnparkDocument(stage.name, [], order.order_id))
        return
    say("unparked: the sweep drives it within a few minutes; `drive` does so at once")


def drive(stage: Stage, order_id: str, *, yes: bool, as_json: bool = False) -> None:
    """Send an order to the order queue, unparking it first. Raises CommandRefused."""
    service = OrderService(stage)
    order = service.of_id(order_id)
    if order.status.is_terminal:
        raise CommandRefused(
            f"the order {order.order_id} has ended: it is {order.status}", "there is nothing to do"
        )
    if not as_json:
        say(f"order {order.order_id}: {status_line(order)}")
    unparked = "unparked and " if order.parked_at else ""
    confirm(stage, f"It would be {unparked}sent to the order queue.", yes=yes)
    service.drive(order)
    if as_json:
        print_document(DriveDocument(stage.name, [], order.order_id, bool(order.parked_at)))
        return
    say(f"{unparked}sent to the order queue; `show {order.order_id}` shows its progress")
