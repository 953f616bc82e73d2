"""``xiaodian up`` and ``xiaodian reset``: the stack as a whole."""

import sys
from pathlib import Path

import click

from infra.cli.target import DEFAULT_DATA

DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_DATA,
    envvar="XIAODIAN_DATA",
    show_default=True,
    show_envvar=True,
    help="The folder that holds everything it keeps.",
)


@click.command()
@DATA
@click.option("--port", type=click.IntRange(1, 65_535), default=8080, show_default=True, help="Where it answers.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="HTTP worker processes.")
@click.option("--no-demo", is_flag=True, help="Do not fill a new data folder with the demo shop.")
@click.option(
    "--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="A file to write when the system answers."
)
def up(data: Path, port: int, workers: int, no_demo: bool, ready_file: Path | None) -> None:
    """Run the whole system on this machine until Ctrl-C.

    Everything listens on 127.0.0.1 only. What it has acknowledged is in the data folder, also after kill -9. The first
    start makes the folder and loads a small demo shop.

    \b
    Examples:
      xiaodian up
      xiaodian up --port 9000 --data /tmp/try --no-demo
    """
    from infra.local.supervisor import UpOptions
    from infra.local.supervisor import up as run

    sys.exit(run(UpOptions(data=data, port=port, workers=workers, demo=not no_demo, ready_file=ready_file)))


@click.command()
@DATA
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(data: Path, yes: bool) -> None:
    """Delete the data folder with everything a stack keeps in it.

    The next start begins afresh. Files of others that are in the folder stay.

    \b
    Examples:
      xiaodian reset
      xiaodian reset --data /tmp/try --yes
    """
    from infra.local.data_folder import SECRETS, clear

    if not data.is_dir():
        click.echo(f"{data} is not there: nothing to delete.")
        return
    if not (data / SECRETS).exists() and any(data.iterdir()):
        raise click.ClickException(f"{data} is no data folder of ours: there is no {SECRETS} in it")
    if _in_use(data):
        raise click.ClickException(f"a stack is running on {data}; stop it first")
    if not yes:
        click.confirm(f"Delete {data.resolve()} with everything a stack keeps in it?", abort=True)
    others = clear(data)
    click.echo(f"{data} is deleted." if not others else f"{data} is cleared; not ours, so kept: {', '.join(others)}")


def _in_use(data: Path) -> bool:
    from infra.local.child import CannotStart
    from infra.local.data_folder import running

    try:
        running(data)
    except CannotStart:
        return False
    return True
