"""What a cold start pays for, and what it needs: little, and nothing."""

import subprocess
import sys

# Each costs as much as a service: it is imported by what uses it, when it is used.
DEAR = ("aws_lambda_powertools", "boto3", "cryptography", "jwt", "requests", "wechatpayv3")
START = "import sys, services.shared.plumbing.{}; print(*sorted(sys.modules))"


def loaded(module: str) -> set[str]:
    """The modules that are there after importing this one, in a process with an empty environment."""
    command = [sys.executable, "-c", START.format(module)]
    run = subprocess.run(command, env={}, stdout=subprocess.PIPE, text=True, check=True)
    return set(run.stdout.split())


def test_the_doors_and_triggers_start_without_dear_libraries() -> None:
    """Nor do they need a setting, a region or a credential to start."""
    modules = loaded("triggers")

    assert "botocore" in modules
    assert modules.isdisjoint(DEAR)


def test_the_doors_and_triggers_start_without_what_others_say() -> None:
    """Events are classes, dear to make: who asks for a role or publishes needs none but those of jobs."""
    events = {name for name in loaded("triggers") if name.startswith("services.shared.contracts.")}

    assert events == {f"services.shared.contracts.{name}" for name in ("envelope", "plumbing", "roles")}


def test_the_doors_and_triggers_start_without_what_few_of_their_processes_use() -> None:
    """Jobs are for who hears events, what a service owns for who deploys it."""
    assert loaded("triggers").isdisjoint(f"services.shared.plumbing.{name}" for name in ("jobs", "resources"))


def test_sealing_costs_only_who_seals() -> None:
    """The vault itself is imported by whole services."""
    assert loaded("vault").isdisjoint(DEAR)
