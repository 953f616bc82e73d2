"""``python -m infra.checks``: every rule over the repository; ends with 1 when something was found."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.checks.contracts import contracts_are_data
from infra.checks.doors import doors_decide_nothing
from infra.checks.fields import logged_fields_are_written
from infra.checks.indexes import no_decision_reads_an_index
from infra.checks.names import named_after_something
from infra.checks.nouns import nouns_are_pure, pure_modules_are_nouns
from infra.checks.sources import Finding, Rule, Source, read
from infra.checks.states import states_are_drawn_as_enforced

RULES: tuple[Rule, ...] = (
    contracts_are_data,
    doors_decide_nothing,
    logged_fields_are_written,
    named_after_something,
    no_decision_reads_an_index,
    nouns_are_pure,
    pure_modules_are_nouns,
    states_are_drawn_as_enforced,
)


def findings(sources: Sequence[Source]) -> Iterator[Finding]:
    """What breaks any rule, in file order."""
    return iter(sorted({finding for rule in RULES for finding in rule(sources)}))


def main(root: Path) -> int:
    """Print the findings of the repository at ``root``; the exit status."""
    sources = read(root)
    found = list(findings(sources))
    print(*found, f"{len(found)} findings in {len(sources)} files", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parents[2]))
