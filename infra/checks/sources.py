"""The repository's Python files, parsed once for all rules, and what rules ask of them."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOTS = ("services", "infra", "tests")


@dataclass(frozen=True)
class Source:
    """One file; ``path`` is relative to the repository."""

    path: PurePosixPath
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """The dotted name it is imported by."""
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def service(self) -> str:
        """``services.orders`` for all that belongs to orders, ``services.shared`` for what all share, else nothing."""
        parts = self.path.parts
        return ".".join(parts[:2]) if parts[0] == "services" and len(parts) > 2 else ""

    @property
    def is_door(self) -> bool:
        """Whether it declares routes: an ``app.py``, or a module of a service's ``doors``."""
        return self.path.name == "app.py" or "doors" in self.path.parts[2:-1]

    def line(self, number: int) -> str:
        return self.text.splitlines()[number - 1]


@dataclass(frozen=True, order=True)
class Finding:
    """What breaks a rule, and where."""

    path: PurePosixPath
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


Rule = Callable[[Sequence[Source]], Iterator[Finding]]


def parse(texts: Mapping[str, str]) -> tuple[Source, ...]:
    """Sources from their texts by path. Raises SyntaxError."""
    return tuple(Source(PurePosixPath(path), text, ast.parse(text, path)) for path, text in sorted(texts.items()))


def read(root: Path) -> tuple[Source, ...]:
    """Every Python file of the repository at ``root``. Raises SyntaxError."""
    files = (file for name in ROOTS for file in (root / name).rglob("*.py"))
    return parse({file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in files})


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Line and dotted name of all that a file imports, wherever it does so; ``from a import b`` names ``a.b``."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def within(name: str, packages: Sequence[str] | frozenset[str]) -> bool:
    """Whether a dotted name is one of the packages or lies inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def nodes(tree: ast.AST, function: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Every node with the name of the outermost function or method around it, empty at module level."""
    for child in ast.iter_child_nodes(tree):
        yield child, function
        name = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else ""
        yield from nodes(child, function or name)
