"""The command `status`.

The parameters of a function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from console.progress import print_error
from console.workspace import DEFAULT
from ops.app import app
from ops.errors import FAILURES, explain
from ops.options import AsJson, InWorkspace, Local, StageName, chosen_stage
from ops.status.report import EXIT_STATUS
from ops.status.report import status as show_status


@app.command("status", rich_help_panel="The stage")
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
