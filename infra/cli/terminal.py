"""How commands speak: tables on stdout, bars for what takes long on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

WIDTH = 160  # of a table that goes into a file or a pipe


def console() -> "Console":
    """Standard output: as wide as the terminal, or wide enough."""
    from rich.console import Console

    found = Console()
    return found if found.is_terminal else Console(width=WIDTH)


def progress() -> "Progress":
    """Bars with counts, time spent and time left; each says in ``note`` how fast. Only where somebody watches."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    errors = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )


@contextmanager
def telling() -> Iterator[Callable[[str], object]]:
    """A line that says what is being done now. Only where somebody watches."""
    from rich.console import Console

    errors = Console(stderr=True)
    if not errors.is_terminal:
        yield lambda _: None
        return
    with errors.status("") as status:
        yield status.update
