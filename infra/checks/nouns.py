"""Nouns are pure: no I/O, no clock, no chance, so that their rules can be tested by the thousand.

A package lists its nouns in its ``__init__.py``: ``NOUNS = ("order", "payment")``. Plumbing lists its shared values so.
"""

import ast
import sys
from collections.abc import Iterator, Sequence

from infra.checks.sources import Finding, Source, imports, within

SERVICES = ("services.catalog", "services.orders", "services.gifts", "services.notify")
ROOMS = frozenset("__init__ app messages tables resources".split())
OUTSIDE = frozenset(
    """
    asyncio concurrent ctypes fileinput ftplib glob http imaplib io logging mmap multiprocessing os pathlib poplib queue
    random sched secrets select selectors shelve shutil signal smtplib socket socketserver sqlite3 ssl subprocess sys
    tempfile threading time urllib.request uuid webbrowser
    """.split()
)
OPENING = frozenset("input open".split())


def nouns_are_pure(sources: Sequence[Source]) -> Iterator[Finding]:
    """A listed noun imports only pure standard modules and other nouns, and opens nothing."""
    by_module = {source.module: source for source in sources}
    nouns = {name: package for package in sources for name in _listed(package)}
    for name, package in nouns.items():
        if name not in by_module:
            yield Finding(package.path, 1, f"NOUNS names {name}, which does not exist")
        else:
            yield from _impurities(by_module[name], frozenset(nouns))


def pure_modules_are_nouns(sources: Sequence[Source]) -> Iterator[Finding]:
    """A service's module that is pure is listed, so that it stays so."""
    nouns = frozenset(name for source in sources for name in _listed(source))
    for source in sources:
        holds_something = any(isinstance(node, ast.ClassDef | ast.FunctionDef) for node in source.tree.body)
        if (
            holds_something
            and within(source.module, SERVICES)
            and source.path.stem not in ROOMS
            and source.module not in nouns
            and not any(_impurities(source, nouns))
        ):
            yield Finding(source.path, 1, "it is pure, so it is a noun: list it in NOUNS of its package's __init__.py")


def _listed(package: Source) -> Iterator[str]:
    """Full names of the nouns that a package lists."""
    if package.path.name != "__init__.py":
        return
    for node in package.tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "NOUNS" for t in node.targets):
            yield from (f"{package.module}.{name}" for name in ast.literal_eval(node.value))


def _impurities(source: Source, nouns: frozenset[str]) -> Iterator[Finding]:
    for line, name in imports(source):
        standard = within(name, sys.stdlib_module_names) and not within(name, OUTSIDE)
        if not standard and not within(name, nouns):
            yield Finding(source.path, line, f"a noun may not import {name}: it knows values and other nouns")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OPENING:
            yield Finding(source.path, node.lineno, f"a noun may not call {node.func.id}(): it does no I/O")
