"""What is logged is written: a field that is not on the allow-list would only be named under ``left_out``."""

import ast
from collections.abc import Iterator, Sequence

from infra.checks.sources import Finding, Source
from services.shared.plumbing.logs import ALLOWED

WRITERS = frozenset({"log", "alarm", "logs.log", "logs.alarm"})
OWN = frozenset({"level", "error"})  # parameters of theirs


def logged_fields_are_written(sources: Sequence[Source]) -> Iterator[Finding]:
    """Every field that a service logs by name is on the allow-list."""
    for source in sources:
        for node in ast.walk(source.tree) if source.service else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITERS:
                for name in [word.arg for word in node.keywords if word.arg not in ALLOWED | OWN | {None}]:
                    yield Finding(
                        source.path, node.lineno, f"{name} is left out of logs: not allowed in plumbing/logs.py"
                    )
