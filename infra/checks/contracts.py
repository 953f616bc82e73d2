"""Contracts are data that any service can read: they bring nothing along but pydantic."""

import sys
from collections.abc import Iterator, Sequence

from infra.checks.sources import Finding, Source, imports, within

CONTRACTS = "services.shared.contracts"
ALLOWED = ("pydantic", CONTRACTS, *sys.stdlib_module_names)


def contracts_are_data(sources: Sequence[Source]) -> Iterator[Finding]:
    """Contracts import the standard library, pydantic and each other."""
    for source in sources:
        if within(source.module, (CONTRACTS,)):
            for line, name in imports(source):
                if not within(name, ALLOWED):
                    yield Finding(source.path, line, f"a contract may not import {name}")
