"""``xiaodian clock``: move the clock that decides deadlines."""

from datetime import timedelta

import click

from infra.cli.durations import duration, shown
from infra.cli.target import Target, targeted


@click.command(
    # A move backwards looks like an option: -1h would be -1 and -h.
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@click.argument("move", required=False, metavar="[+25h|-1h|reset]")
@targeted
def clock(target: Target, move: str | None) -> None:
    """Show or move the clock that decides deadlines.

    Moves add up, and hold until "reset", also when the stack is not running. Tokens live by the machine's own clock.

    \b
    Examples:
      xiaodian clock             what time it is for the stack
      xiaodian clock +25h        a day and an hour later: unclaimed gifts expire
      xiaodian clock reset       back to now
    """
    from infra.local.clock import LocalClock, read_offset, write_offset

    if move is not None:
        try:
            offset = timedelta() if move == "reset" else read_offset(target.data) + duration(move)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="move") from error
        write_offset(target.data, offset)
    offset = read_offset(target.data)
    ahead = f"{shown(offset)} from the machine's clock" if offset else "the machine's clock"
    click.echo(f"{LocalClock(target.data)():%Y-%m-%d %H:%M:%S} UTC ({ahead})")
