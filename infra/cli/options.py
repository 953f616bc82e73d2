"""Options that several commands take."""

from datetime import timedelta

import click

from infra.cli.durations import duration


def length(_: click.Context, __: click.Parameter, text: str | None) -> timedelta | None:
    """A click callback: a duration above zero, as people write it."""
    if text is None:
        return None
    try:
        found = duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    if found <= timedelta():
        raise click.BadParameter("it must be longer than nothing")
    return found
