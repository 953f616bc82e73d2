"""No decision reads an index: an index is late, so it may list and propose, and the base table decides.

In ``tables.py`` a function that reads an index, itself or through another, is called ``list_…`` or ``due_…``. Only
doors use it, and functions or modules whose own name says that they list, or that they go through candidates and judge
each of them anew.
"""

import ast
from collections.abc import Iterator, Sequence

from infra.checks.sources import Finding, Source, nodes

READERS = ("list", "due")
USERS = (*READERS, "browse", "export", "redrive", "replay", "resend", "restart", "retry", "run_due", "search", "sweep")
INDEX_CLASSES = frozenset({"GlobalSecondaryIndex", "LocalSecondaryIndex", "keys_only"})  # and what makes one
QUERIES = frozenset("count query scan".split())
SHARED = "services.shared"


def no_decision_reads_an_index(sources: Sequence[Source]) -> Iterator[Finding]:
    """Index reads stay in functions of ``tables.py`` that say so, and their results with those that may use them."""
    ours = [source for source in sources if source.service]
    indexes = _index_attributes(ours)
    readers = {source: _readers(source, indexes) for source in ours if source.path.name == "tables.py"}
    for source in ours:
        within_reach = frozenset(
            name for table, names in readers.items() if table.service in (source.service, SHARED) for name in names
        )
        for node, function in nodes(source.tree):
            yield from _judged(source, node, function, indexes, within_reach)


def _judged(
    source: Source, node: ast.AST, function: str, indexes: frozenset[str], readers: frozenset[str]
) -> Iterator[Finding]:
    line = getattr(node, "lineno", 1)
    in_tables = source.path.name == "tables.py"
    if _reads_index(node, indexes) and not (in_tables and _called(function, READERS)):
        yield Finding(source.path, line, "an index is read only by functions list_… and due_… of tables.py")
    name = _used_name(node)
    if name in readers and not _may_use(source, function):
        yield Finding(source.path, line, f"{function or 'the module'} decides by {name}, which reads an index")


def _may_use(source: Source, function: str) -> bool:
    if source.path.name == "tables.py":
        return _called(function, READERS)
    return source.is_door or _called(function, USERS) or _called(source.path.stem, USERS)


def _called(name: str, first_words: Sequence[str]) -> bool:
    return any(name.lstrip("_") == words or name.lstrip("_").startswith(f"{words}_") for words in first_words)


def _readers(tables: Source, indexes: frozenset[str]) -> frozenset[str]:
    """Functions of one ``tables.py`` that read an index, themselves or through each other."""
    readers: frozenset[str] = frozenset()
    while True:
        found = frozenset(
            function
            for node, function in nodes(tables.tree)
            if function and (_reads_index(node, indexes) or _used_name(node) in readers)
        )
        if found == readers:
            return readers
        readers = found


def _reads_index(node: ast.AST, indexes: frozenset[str]) -> bool:
    match node:
        case ast.Attribute(value=ast.Attribute(attr=index), attr=query) if index in indexes and query in QUERIES:
            return True
        case ast.Attribute(value=ast.Name(id=owner), attr=index) if index in indexes:
            return owner == "cls" or owner[0].isupper()  # the model's index, not a value's attribute of that name
        case ast.keyword(arg="index_name", value=ast.Constant(value=None)):
            return False
        case ast.keyword(arg="index_name" | "IndexName") | ast.Constant(value="IndexName"):
            return True
    return False


def _used_name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _index_attributes(sources: Sequence[Source]) -> frozenset[str]:
    """Names under which models hold an index: ``by_buyer = ByBuyer()``."""
    classes = [node for source in sources for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)]
    kinds = INDEX_CLASSES
    while more := {c.name for c in classes if {_base(base) for base in c.bases} & kinds} - kinds:
        kinds |= more
    return frozenset(
        target.id
        for owner in classes
        for statement in owner.body
        if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Call)
        if _used_name(statement.value.func) in kinds
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        if isinstance(target, ast.Name)
    )


def _base(node: ast.expr) -> str:
    return _used_name(node.value if isinstance(node, ast.Subscript) else node)
