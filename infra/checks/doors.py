"""A door parses, calls one verb and answers. What depends on state is decided by a verb and its nouns."""

import ast
import re
from collections.abc import Iterator, Sequence

from infra.checks.sources import Finding, Source, nodes

REASON = re.compile(r"# door: \S")


def doors_decide_nothing(sources: Sequence[Source]) -> Iterator[Finding]:
    """No branch in a function of ``app.py`` or ``doors/``, unless its line says why it is about HTTP: ``# door: …``."""
    for source in sources:
        if source.service and source.is_door:
            yield from (
                Finding(source.path, node.lineno, f"{function} branches: a verb decides, or “# door: …” says why not")
                for node, function in nodes(source.tree)
                if isinstance(node, ast.If | ast.IfExp | ast.Match | ast.While) and function
                if not REASON.search(source.line(node.lineno))
            )
