"""The commands `status`, `find` and `cancel`: the parameters are the options, the docstring is the help."""

from __future__ import annotations

from typing import Annotated

import typer

from console.workspace import DEFAULT
from ops.app import app
from ops.cancel import cancel as cancel_order
from ops.json_output import needs_yes
from ops.options import AsJson, InWorkspace, Local, OrderIdArgument, StageName, Yes, chosen_stage


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
