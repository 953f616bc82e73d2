"""``xiaodian messages``: read what people are told, before they do."""

import click


@click.group()
def messages() -> None:
    """Look at the texts of messages."""


@messages.command()
@click.argument("event")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="The reader's language.")
@click.option("--zone", default="Asia/Shanghai", show_default=True, help="The reader's time zone.")
@click.option("--all-versions", is_flag=True, help="Also those in which only older messages are told.")
def preview(event: str, lang: str, zone: str, all_versions: bool) -> None:
    """Show what each audience reads of EVENT, with example values. Nothing has to run.

    \b
    Examples:
      xiaodian messages preview orders.order_paid
      xiaodian messages preview gifts.gift_ready/giver --lang en --zone Europe/Berlin
    """
    from services.notify.language import Reader
    from services.notify.preview import preview as previewed
    from services.notify.templates import TEMPLATES
    from services.notify.zones import known_zone

    try:
        reader = Reader("en" if lang == "en" else "zh", known_zone(zone))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--zone") from error
    found = previewed(event, reader, every_version=all_versions)
    if not found:
        known = ", ".join(sorted({key.partition("/")[0] for key in TEMPLATES}))
        raise click.ClickException(f"nothing is told of {event}; something is of {known}")
    for one in found:
        always = ", cannot be switched off" if one.compulsory else ""
        click.echo(f"{one.template} v{one.version} ({one.category}{always})\n  {one.title}\n  {one.body}")
