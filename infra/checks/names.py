"""Names are the field's own: a module or class called after nothing in particular collects anything."""

import ast
import re
from collections.abc import Iterator, Sequence

from infra.checks.sources import Finding, Source

EMPTY = frozenset("util utils helper helpers common manager managers data info misc".split())
LAST_WORD = re.compile(r"[A-Z][a-z]*$")


def named_after_something(sources: Sequence[Source]) -> Iterator[Finding]:
    """No package, module or class of a service has a name that says nothing, alone or as its last word.

    Classes elsewhere may mirror other people's protocols, which have such names.
    """
    for source in sources:
        for name in source.path.with_suffix("").parts:
            if name.rpartition("_")[2] in EMPTY:
                yield Finding(source.path, 1, f"“{name}” says nothing: name it after what it holds")
        for node in ast.walk(source.tree) if source.service else ():
            if isinstance(node, ast.ClassDef) and (last := LAST_WORD.search(node.name)) and last[0].lower() in EMPTY:
                yield Finding(source.path, node.lineno, f"“{node.name}” says nothing: name it after what it is")
