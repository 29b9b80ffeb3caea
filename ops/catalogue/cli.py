"""The commands about the catalogue: `catalogue import` and `catalogue export`.

The parameters of a function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.command_line import new_app
from console.workspace import DEFAULT
from ops.app import app
from ops.catalogue.exporting import export_file
from ops.catalogue.importing import import_file
from ops.json_output import needs_yes
from ops.options import AsJson, InWorkspace, Local, StageName, Yes, chosen_stage, rate
from ordering.domain.product import CATEGORY_IN_WORDS, is_category

catalogue = new_app(
    "Import products from a file, or export them to one: CSV (*.csv) or JSON lines (*.jsonl)."
)
app.add_typer(catalogue, name="catalogue", rich_help_panel="Catalogue")

File = Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="*.csv or *.jsonl")]


@catalogue.command("import")
def import_products(
    file: File,
    stage: StageName = "",
    local: Local = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    from_line: Annotated[
        int, typer.Option("--from-line", min=1, metavar="N", help="Continue an import that has stopped.")
    ] = 1,
    per_second: Annotated[
        float, typer.Option("--rate", parser=rate, metavar="N/s", help="Write at most so many a second.")
    ] = 50.0,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Create or update the products that a file describes. No product is removed.

    A line replaces the whole product, as PUT /products/{sku} does; its stock, with its settings, stays as it
    is. A product that already is as its line describes it is not written, so the same file can be imported
    again after an interruption. Each line that is refused is named with its field; the others are imported.
    """
    needs_yes(as_json, yes or dry_run)
    return import_file(
        chosen_stage(stage, local, workspace),
        file,
        from_line=from_line,
        per_second=per_second,
        dry_run=dry_run,
        yes=yes,
        as_json=as_json,
    )


@catalogue.command("export")
def export_products(
    file: File,
    stage: StageName = "",
    local: Local = False,
    category: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only the products of this category.")
    ] = None,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Write all products, active and inactive, to a new file that can be imported."""
    if category is not None and not is_category(category):
        raise typer.BadParameter(f"--category {CATEGORY_IN_WORDS}")
    return export_file(chosen_stage(stage, local, workspace), file, category, as_json=as_json)
