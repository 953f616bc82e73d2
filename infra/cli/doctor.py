"""``xiaodian doctor``: what is wrong with a deployed stage, and what to do about it."""

import json
import sys
from dataclasses import asdict

import click

from infra.cli.on_stage import stage_of, use_account
from infra.package.stage import Stage


@click.command()
@click.option("--stage", callback=stage_of, required=True, help="The environment to examine, as prod or test.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array of findings instead of text.")
def doctor(stage: Stage, as_json: bool) -> None:
    """Examine a deployed stage.

    Its stacks, settings, secrets, tables, queues, functions and their triggers, rights, keys, alarms, clock, and
    whether WeChat can reach it. Nothing is changed. The account and the region are those of AWS_PROFILE and AWS_REGION.
    Exits with 1 when there is an error among the findings.

    \b
    Examples:
      xiaodian doctor --stage prod
      xiaodian doctor --stage prod --json | jq -r '.[] | select(.level == "error") | .what'
    """
    use_account(stage)
    from infra.cli.terminal import telling
    from infra.doctor.account import Account
    from infra.doctor.examine import examine
    from infra.package.build import services

    with telling() as tell:
        found = list(examine(Account(stage), services(), tell))
    errors = sum(one.level == "error" for one in found)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
    else:
        for one in sorted(found, key=lambda one: one.level):
            click.echo(f"{one.level:7}  {one.about}: {one.what}\n         → {one.advice}")
        click.echo(f"{stage.prefix}: {errors} errors, {len(found) - errors} warnings.")
    sys.exit(1 if errors else 0)
