"""What a service needs, read from its sources, so that nothing is listed by hand and nothing is forgotten."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from services.shared.plumbing.settings import Setting

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Needs:
    """The modules that the service's app reaches, also the lazy way, and what those ask for.

    ``statements`` are all their imports as written, ``packages`` what these name outside the standard library and
    ``services``; ``clients`` are the AWS services that they talk to.
    """

    service: str
    modules: dict[str, Path]
    statements: frozenset[str]
    packages: frozenset[str]
    clients: frozenset[str]

    @property
    def files(self) -> list[Path]:
        """The modules' files, and whatever lies beside them for them to read."""
        beside = {
            file
            for folder in {path.parent for path in self.modules.values()}
            for file in folder.iterdir()
            if file.is_file() and file.suffix not in {".py", ".pyc", ".md"}
        }
        return sorted({*self.modules.values(), *beside})


@cache
def needs_of(service: str, root: Path = ROOT) -> Needs:
    """Follow every import from the service's ``app`` and its doors, which are loaded by their names (see Subjects).

    Raises FileNotFoundError when there is no such service.
    """
    todo = _prefixes(f"services.{service}.app")
    if _file(todo[-1], root) is None:
        raise FileNotFoundError(f"services/{service}/app.py")
    for door in root.glob(f"services/{service}/doors/[!_]*.py"):
        todo += _prefixes(f"services.{service}.doors.{door.stem}")
    modules: dict[str, Path] = {}
    statements: set[str] = set()
    clients: set[str] = set()
    names: set[str] = set()
    while todo:
        name = todo.pop()
        path = _file(name, root)
        if path is None or name in modules:
            continue
        modules[name] = path
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        for node in _imports(tree):
            statements.add(ast.unparse(node))
            named = _named(node)
            names |= named
            todo += [prefix for one in named if one.startswith("services.") for prefix in _prefixes(one)]
        clients |= set(_clients(tree))
    packages = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"services"}
    if "pynamodb" in packages:
        clients.add("dynamodb")
    return Needs(service, modules, frozenset(statements), frozenset(packages), frozenset(clients))


def _file(module: str, root: Path) -> Path | None:
    base = root.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def _prefixes(dotted: str) -> list[str]:
    parts = dotted.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _imports(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """All that is imported when the code runs, wherever in it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        yield from _imports(node)


def _named(node: ast.Import | ast.ImportFrom) -> set[str]:
    """The dotted names that a statement may load; ``from a import b`` may load ``a`` and ``a.b``."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    return {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}


def _clients(tree: ast.AST) -> Iterator[str]:
    """The AWS services in ``client("sqs")``: plumbing.aws is the only place that makes one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "client":
            yield from (one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def settings_of(needs: Needs) -> dict[str, Setting[Any]]:
    """Every setting that the modules declare as a class attribute, by its variable. Imports the modules."""
    found: dict[str, Setting[Any]] = {}
    for name in sorted(needs.modules):
        for owner in vars(import_module(name)).values():
            if isinstance(owner, type) and owner.__module__ == name:
                found |= {one.name: one for one in vars(owner).values() if isinstance(one, Setting)}
    return found


def secrets_of(needs: Needs) -> tuple[set[str], set[str]]:
    """The secrets' variables as the sources name them: in full, and as patterns with ``{}`` for what is filled in."""
    named = {name for name, setting in settings_of(needs).items() if setting.hidden}
    patterns = set()
    for path in needs.modules.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("Secret"):
                patterns |= {_pattern(one) for one in node.args if isinstance(one, ast.JoinedStr)}
    return named, patterns


def alarms_of(needs: Needs) -> set[str]:
    """The events that ``logs.alarm`` is called with."""
    found = set()
    for path in needs.modules.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "alarm":
                found |= {str(one.value) for one in node.args[1:] if isinstance(one, ast.Constant)}
    return found


def _pattern(text: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in text.values)
