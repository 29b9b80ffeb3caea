"""Output on a terminal with `rich`: a live line for each running step, colours, and tables.

Every text is a `Text`, which `rich` prints as it is: markup within data is never interpreted.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from console.progress import RunningStep

_STYLES = {"✓": "green", "✗": "red"}


def console() -> Console:
    """Returns a console on standard output that neither highlights nor interprets what it prints."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


class LiveDisplay:
    """One line for each running step, redrawn as time passes, below everything that is printed."""

    def __init__(self) -> None:
        self._console = console()
        self._progress: Progress | None = None
        self._tasks: dict[RunningStep, TaskID] = {}

    def add(self, step: RunningStep) -> None:
        """Show one more step."""
        if self._progress is None:
            self._progress = Progress(
                TextColumn(" "),
                SpinnerColumn("line" if self._console.options.ascii_only else "dots"),
                _StepColumn(),
                console=self._console,
                transient=True,
                refresh_per_second=4,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._progress.start()
        self._tasks[step] = self._progress.add_task("", total=None, step=step)

    def remove(self, step: RunningStep) -> None:
        """Stop showing a step."""
        task = self._tasks.pop(step)
        if self._progress is None:
            return
        self._progress.remove_task(task)
        if not self._tasks:
            self._progress.stop()
            self._progress = None

    def print(self, line: str) -> None:
        """Print a line above the running steps."""
        text = Text(line)
        for mark, style in _STYLES.items():
            if line.lstrip().startswith(mark):
                text.stylize(style, line.index(mark), line.index(mark) + 1)
        self._console.print(text)


class _StepColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(str(task.fields["step"]), no_wrap=True, overflow="ellipsis")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in the width of the terminal; long cells are folded."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(Text(name), overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False, markup=False, emoji=False).print(table)
