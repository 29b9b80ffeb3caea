"""The command `verify`.

The parameters of a function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from typing import Annotated

import typer

from console.workspace import DEFAULT
from ops.app import app
from ops.options import AsJson, InWorkspace, Local, StageName, chosen_stage, rate
from ops.table_scan import PAGES_PER_SECOND
from ops.verify.report import verify as verify_stage


@app.command("verify", rich_help_panel="The stage")
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
