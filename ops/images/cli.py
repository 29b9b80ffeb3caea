"""The command about images of products: `refused`.

The parameters of the function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from console.workspace import DEFAULT
from ops.app import app
from ops.images.refused import show_refused
from ops.options import AsJson, InWorkspace, Limit, Local, StageName, chosen_stage


@app.command("refused", rich_help_panel="Images")
def refused(
    stage: StageName = "",
    local: Local = False,
    limit: Limit = 100,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Show uploads of images that were refused, and why."""
    show_refused(chosen_stage(stage, local, workspace), limit=limit, as_json=as_json)
