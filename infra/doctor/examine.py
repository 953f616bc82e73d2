"""The whole examination, one check after another; a check that cannot be made is a finding itself."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from infra.doctor import clock, functions, permissions, platform, queues, reach, stored, tables, waiting
from infra.doctor.account import Account
from infra.doctor.deployed import Deployed
from infra.doctor.finding import Finding, Findings, error
from infra.doctor.stacks import PLATFORM, stacks

Check = Callable[[], Findings]
OF_A_SERVICE: tuple[Callable[[Deployed], Findings], ...] = (
    stored.findings,
    tables.findings,
    queues.findings,
    functions.findings,
    permissions.findings,
)


def examine(account: Account, services: Iterable[str], tell: Callable[[str], object]) -> Iterator[Finding]:
    """Every finding about a stage; tells what is being looked at. Raises BotoCoreError when AWS cannot be asked."""
    tell("stacks")
    deployed, said = stacks(account, services)
    yield from said
    for about, check in _checks(account, deployed):
        tell(about)
        yield from _made(about, check)


def _checks(account: Account, deployed: list[Deployed]) -> Iterator[tuple[str, Check]]:
    """Each check with what it looks at."""
    yield "clock", partial(clock.findings, account)
    for platform_ in (one for one in deployed if one.service == PLATFORM):
        yield PLATFORM, partial(platform.findings, platform_)
        yield "failures bucket", partial(waiting.given_up, platform_)
    running = {one.service: one for one in deployed if one.service != PLATFORM}
    for service, one in running.items():
        for check in OF_A_SERVICE:
            yield f"{service}: {check.__module__.rpartition('.')[2]}", partial(check, one)
        yield f"{service}: parked events", partial(waiting.parked, one, running)
        yield f"{service}: missed runs", partial(waiting.missed_runs, one)
    if running:
        yield "reachability", partial(reach.findings, list(running.values()))


def _made(about: str, check: Check) -> Findings:
    """The check's findings; and when AWS does not let us look, that."""
    try:
        yield from check()
    except ClientError as failure:
        answer = failure.response["Error"]
        what = f"could not be looked at: {failure.operation_name}: {answer['Code']}: {answer['Message']}"
        yield error(about, what, "Who examines a stage must see all of it: AWS's policy ReadOnlyAccess is enough.")
    except BotoCoreError as failure:
        yield error(about, f"could not be looked at: {failure}", "Is AWS reachable from here?")
