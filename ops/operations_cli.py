"""The command line of `status`, `find`, `verify`, `cancel` and `refund`, each done by its own file or folder.

The parameters of a function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from console.progress import print_error
from console.workspace import DEFAULT
from ops.app import app
from ops.cancel import cancel as cancel_order
from ops.errors import FAILURES, explain
from ops.find.scan import PAGES_PER_SECOND
from ops.find.search import SHORTEST_PART, Search
from ops.find.search import find as find_orders
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
    rate,
    time,
)
from ops.refund import refund as refund_order
from ops.status.report import EXIT_STATUS
from ops.status.report import status as show_status
from ops.verify.report import verify as verify_stage
from ordering.domain.clock import as_text
from ordering.domain.order import Status


@app.command("status")
def status(
    stage: StageName = "", local: Local = False, as_json: AsJson = False, workspace: InWorkspace = DEFAULT
) -> int:
    """Show whether everything is well: orders, queues, dead letters, alarms, the last deployment.

    Exit status, for scripts: 0, all is well. 1, something needs a person. 2, nothing that was read needs a
    person, but something could not be read: the output names it.
    """
    try:
        place = chosen_stage(stage, local, workspace)
    except FAILURES as failure:
        why, remedy = explain(failure)
        print_error(f"✗ the stage cannot be read: {why}\n  do: {remedy}")
        return EXIT_STATUS["unknown"]
    return show_status(place, as_json=as_json)


@app.command("find")
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
    itself, four megabytes a second, each for 128 read units; it prints what that cost.
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


@app.command("verify")
def verify(
    stage: StageName = "",
    local: Local = False,
    table: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Another table, for instance a restored one.", show_default=False),
    ] = None,
    megabytes: Annotated[
        float,
        typer.Option("--megabytes", parser=rate, metavar="N/s", help="Read at most so many a second."),
    ] = PAGES_PER_SECOND,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Read a whole table and check the guarantees: stock, money, orders, index entries. Changes nothing.

    Exit status, for scripts: 0, all is well. 1, something is wrong. 2, nothing that was read is wrong, but
    something could not be read.
    """
    place = chosen_stage(stage, local, workspace)
    return verify_stage(place, table, per_second=megabytes, as_json=as_json)


@app.command("cancel")
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


@app.command("refund")
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
