"""The command about webhooks: `webhooks`.

The parameters of the function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from typing import Annotated

import typer

from console.workspace import DEFAULT
from ops.app import app
from ops.json_output import needs_yes
from ops.options import AsJson, InWorkspace, Limit, Local, StageName, Yes, chosen_stage
from ops.webhooks import commands
from ordering.domain.order import CustomerId
from ordering.domain.webhooks.endpoint import WebhookId


@app.command("webhooks", rich_help_panel="Webhooks")
def webhooks(
    customer: Annotated[str, typer.Option(metavar="ID", help="The partner, by their customer id.")] = "",
    disabled: Annotated[
        bool, typer.Option("--disabled", help="All disabled endpoints: reads the whole table, slowly.")
    ] = False,
    endpoint: Annotated[
        str, typer.Option(metavar="ID", help="With --customer: one endpoint and its delivery log.")
    ] = "",
    resend: Annotated[
        str, typer.Option(metavar="EVENT_ID", help="With --endpoint: send an event of its log again.")
    ] = "",
    test: Annotated[bool, typer.Option("--test", help="With --endpoint: send a test event.")] = False,
    stage: StageName = "",
    local: Local = False,
    limit: Limit = 50,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Show partners' webhook endpoints and their deliveries; send an event again, or a test event."""
    if bool(customer) == disabled:
        raise typer.BadParameter("give either --customer ID or --disabled")
    if (endpoint and not customer) or ((resend or test) and not endpoint) or (resend and test):
        raise typer.BadParameter(
            "--endpoint needs --customer; --resend and --test need --endpoint, one at a time"
        )
    needs_yes(as_json, yes or not (resend or test))
    place = chosen_stage(stage, local, workspace)
    customer_id, webhook_id = CustomerId(customer), WebhookId(endpoint)
    if disabled:
        commands.show_disabled(place, as_json=as_json)
    elif not endpoint:
        commands.show_of_customer(place, customer_id, as_json=as_json)
    elif resend:
        commands.resend(place, customer_id, webhook_id, resend, yes=yes, as_json=as_json)
    elif test:
        commands.send_test(place, customer_id, webhook_id, yes=yes, as_json=as_json)
    else:
        commands.show_log(place, customer_id, webhook_id, limit=limit, as_json=as_json)
