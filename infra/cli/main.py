"""The command ``xiaodian``."""

from typing import Any

import click

from infra.cli.clock import clock
from infra.cli.dead_letters import dlq
from infra.cli.demo import demo
from infra.cli.doctor import doctor
from infra.cli.draws import draw
from infra.cli.events import events
from infra.cli.imports import import_file
from infra.cli.invoices import invoices
from infra.cli.keys import keys
from infra.cli.ledger import ledger
from infra.cli.messages import messages
from infra.cli.migrations import migrate
from infra.cli.parked import parked
from infra.cli.restore import restore
from infra.cli.stack import reset, up
from infra.cli.stock import stock
from infra.cli.tokens import token

COMMANDS = (
    up,
    token,
    import_file,
    migrate,
    demo,
    invoices,
    events,
    dlq,
    parked,
    keys,
    stock,
    ledger,
    draw,
    messages,
    clock,
    reset,
    doctor,
    restore,
)


class Commands(click.Group):
    """Commands in the order in which a newcomer needs them, and errors in one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if isinstance(error, expected()):
                raise click.ClickException(str(error)) from error
            if isinstance(error, OSError) and error.filename:
                raise click.ClickException(f"{error.filename}: {error.strerror}") from error
            raise


def expected() -> tuple[type[Exception], ...]:
    """What can go wrong outside of us; each message is one sentence. Imported only when something went wrong."""
    from botocore.exceptions import BotoCoreError, ClientError

    from infra.cli.api import NoAnswer, Refusal
    from infra.cli.buying import NotPaid
    from infra.cli.selling import NotHeard
    from infra.invoices.journey import Stuck
    from infra.invoices.rows import OtherLayout
    from infra.invoices.run import CannotRun
    from infra.local.child import CannotStart
    from infra.operate.deployed_stage import NotDeployed
    from infra.operate.ground import UnknownShop
    from infra.operate.restore import CannotRestore
    from services.shared.plumbing.outbox import ReplayTooOld
    from services.shared.plumbing.settings import SettingError

    local = (NoAnswer, Refusal, NotPaid, NotHeard, Stuck, OtherLayout, CannotRun, CannotStart, ReplayTooOld)
    return (*local, NotDeployed, CannotRestore, UnknownShop, SettingError, ClientError, BotoCoreError)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with: xiaodian up. Each command says more with --help.",
)
@click.version_option(package_name="xiaodian", message="%(package)s %(version)s")
def main() -> None:
    """Xiaodian on this machine: run it, fill it, watch it, look inside. On AWS: examine a stage, send events again."""


for command in COMMANDS:
    main.add_command(command)
