"""The commands about orders: `show`, `open`, `parked`, `unpark`, `drive`, `find`, `cancel` and `refund`.

The parameters of a function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from console.workspace import DEFAULT
from ops.app import app
from ops.json_output import needs_yes
from ops.options import (
    AsJson,
    InWorkspace,
    Limit,
    Local,
    OrderIdArgument,
    StageName,
    Yes,
    chosen_stage,
    time,
)
from ops.orders import open_orders as open_order_commands
from ops.orders.cancel import cancel as cancel_order
from ops.orders.find.search import SHORTEST_PART, Search
from ops.orders.find.search import find as find_orders
from ops.orders.refund import refund as refund_order
from ops.orders.show import show as show_order
from ordering.domain.clock import as_text
from ordering.domain.order import Status


@app.command("show", rich_help_panel="Orders")
def show(
    order_id: OrderIdArgument,
    stage: StageName = "",
    local: Local = False,
    address: Annotated[
        bool, typer.Option("--address", help="Show the delivery address too: personal data.")
    ] = False,
    no_log: Annotated[
        bool, typer.Option("--no-log", help="Leave out the logs, which take long in AWS.")
    ] = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Show everything that is known about one order."""
    place = chosen_stage(stage, local, workspace)
    return show_order(place, order_id, with_address=address, with_log=not no_log, as_json=as_json)


@app.command("open", rich_help_panel="Orders")
def open_orders(
    stage: StageName = "",
    local: Local = False,
    minutes: Annotated[int, typer.Option(min=0, metavar="N", help="Only orders unchanged for so long.")] = 0,
    limit: Limit = 100,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Show orders that have not ended, the longest unchanged first."""
    open_order_commands.show_open(
        chosen_stage(stage, local, workspace), minutes=minutes, limit=limit, as_json=as_json
    )


@app.command("parked", rich_help_panel="Orders")
def parked(
    stage: StageName = "",
    local: Local = False,
    limit: Limit = 100,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Show orders that are no longer driven, and why."""
    open_order_commands.show_parked(chosen_stage(stage, local, workspace), limit=limit, as_json=as_json)


@app.command("unpark", rich_help_panel="Orders")
def unpark(
    order_id: OrderIdArgument,
    stage: StageName = "",
    local: Local = False,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Return a parked order to the sweep, which drives it within a few minutes."""
    needs_yes(as_json, yes)
    open_order_commands.unpark(chosen_stage(stage, local, workspace), order_id, yes=yes, as_json=as_json)


@app.command("drive", rich_help_panel="Orders")
def drive(
    order_id: OrderIdArgument,
    stage: StageName = "",
    local: Local = False,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Drive one order now, unparking it first."""
    needs_yes(as_json, yes)
    open_order_commands.drive(chosen_stage(stage, local, workspace), order_id, yes=yes, as_json=as_json)


@app.command("find", rich_help_panel="Orders")
def find(
    stage: StageName = "",
    local: Local = False,
    customer: Annotated[
        str | None, typer.Option(metavar="ID", help="Of this customer: listed by an index, newest first.")
    ] = None,
    email: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Of the customers whose profile has exactly this address."),
    ] = None,
    id_part: Annotated[
        str | None, typer.Option("--id", metavar="PART", help="With this in the order's id.")
    ] = None,
    status: Annotated[Status | None, typer.Option(case_sensitive=False, help="Of this status.")] = None,
    after: Annotated[
        datetime | None,
        typer.Option("--placed-after", parser=time, metavar="TIME", help="As RFC 3339, exclusive."),
    ] = None,
    before: Annotated[
        datetime | None,
        typer.Option("--placed-before", parser=time, metavar="TIME", help="As RFC 3339, exclusive."),
    ] = None,
    limit: Limit = 20,
    cursor: Annotated[
        str | None, typer.Option(metavar="CURSOR", help="Continue where the same search has stopped.")
    ] = None,
    megabytes: Annotated[
        int, typer.Option("--megabytes", min=1, metavar="N", help="Of the table, read at most so many.")
    ] = 100,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Find orders. All conditions that are given must hold.

    Only the orders of a customer, and a whole id, are found by an index. Everything else reads the table
    itself, four megabytes a second. A megabyte takes 128 read units; the command prints what it has read.
    """
    if not any((customer, email, id_part, status, after, before)):
        raise typer.BadParameter("name what to find: --customer, --email, --id, --status, --placed-after …")
    if customer and email:
        raise typer.BadParameter("give either --customer or --email")
    if email and "@" not in email:
        raise typer.BadParameter("--email needs one whole address: name@example.com")
    if id_part and len(id_part) < SHORTEST_PART:
        raise typer.BadParameter(f"--id needs {SHORTEST_PART} characters or more")
    search = Search(
        customer_id=customer,
        email=email,
        id_part=id_part.lower() if id_part else None,
        status=status,
        placed_after=as_text(after) if after else None,
        placed_before=as_text(before) if before else None,
        limit=limit,
        cursor=cursor,
        pages=megabytes,
    )
    find_orders(chosen_stage(stage, local, workspace), search, as_json=as_json)


@app.command("cancel", rich_help_panel="Orders")
def cancel(
    order_id: OrderIdArgument,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why: it is recorded, with your identity at AWS.")
    ],
    stage: StageName = "",
    local: Local = False,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Cancel an order for its customer, as long as the customer could.

    The saga releases its stock, and voids or refunds its payment. An order that is being cancelled, or was,
    is left as it is. `show` prints who cancelled an order, and why.
    """
    needs_yes(as_json, yes)
    cancel_order(chosen_stage(stage, local, workspace), order_id, reason, yes=yes, as_json=as_json)


@app.command("refund", rich_help_panel="Orders")
def refund(
    order_id: OrderIdArgument,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why: it is recorded, with your identity at AWS.")
    ],
    stage: StageName = "",
    local: Local = False,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Refund a fulfilled order: the whole payment is given back to its customer.

    The sweep makes the refund at the payment provider, and the customer gets a mail. The order remains
    FULFILLED; goods that come back are received as stock by the API. `show` prints the refund.
    """
    needs_yes(as_json, yes)
    refund_order(chosen_stage(stage, local, workspace), order_id, reason, yes=yes, as_json=as_json)
