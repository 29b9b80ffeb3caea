"""The commands about webhooks: `webhooks` and `rotate-webhook-key`.

The parameters of a function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from typing import Annotated

import typer

from console.workspace import DEFAULT
from ops.app import app
from ops.json_output import needs_yes
from ops.options import AsJson, InWorkspace, Limit, Local, StageName, Yes, chosen_stage
from ops.webhooks import commands
from ops.webhooks.keys import rotate_key
from ordering.domain.order import CustomerId
from ordering.domain.webhooks.endpoint import WebhookId


@app.command("webhooks", rich_help_panel="Webhooks")
def webhooks(
    customer: Annotated[str, typer.Option(metavar="ID", help="The partner, by their customer id.")] = "",
    disabled: Annotated[
        bool, typer.Option("--disabled", help="All disabled endpoints: reads the whole table, slowly.")
    ] = False,
    earlier_key: Annotated[
        bool,
        typer.Option(
            "--earlier-key",
            help="All endpoints whose secret is derived from a key that was replaced: reads the whole table.",
        ),
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
    if [bool(customer), disabled, earlier_key].count(True) != 1:
        raise typer.BadParameter("give one of --customer ID, --disabled and --earlier-key")
    if (endpoint and not customer) or ((resend or test) and not endpoint) or (resend and test):
        raise typer.BadParameter(
            "--endpoint needs --customer; --resend and --test need --endpoint, one at a time"
        )
    needs_yes(as_json, yes or not (resend or test))
    place = chosen_stage(stage, local, workspace)
    customer_id, webhook_id = CustomerId(customer), WebhookId(endpoint)
    if disabled:
        commands.show_disabled(place, as_json=as_json)
    elif earlier_key:
        commands.show_with_earlier_key(place, as_json=as_json)
    elif not endpoint:
        commands.show_of_customer(place, customer_id, as_json=as_json)
    elif resend:
        commands.resend(place, customer_id, webhook_id, resend, yes=yes, as_json=as_json)
    elif test:
        commands.send_test(place, customer_id, webhook_id, yes=yes, as_json=as_json)
    else:
        commands.show_log(place, customer_id, webhook_id, limit=limit, as_json=as_json)


@app.command("rotate-webhook-key", rich_help_panel="Webhooks")
def rotate_webhook_key(
    stage: StageName = "",
    local: Local = False,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Replace the key that the secrets of webhook endpoints are derived from, for new secrets.

    The secrets that partners have stay valid until they replace them.
    """
    needs_yes(as_json, yes)
    rotate_key(chosen_stage(stage, local, workspace), yes=yes, as_json=as_json)
