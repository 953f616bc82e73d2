"""``python -I -S clean_import.py FOLDER < JSON``: import a package as Lambda does, with nothing else on the path.

Reads ``{"routes": {path: ["GET", …]}, "statements": ["import …", …], "clients": ["sqs", …]}``, prints what fails, a
line each.
It runs alone: it may import only the standard library, and from the folder.
"""

import json
import os
import sys
import zoneinfo
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path


def main(folder: str) -> None:
    """Import the app, open each route, then do every import that a function may do later, then make every client."""
    asked = json.load(sys.stdin)
    sys.path.insert(0, folder)
    zoneinfo.reset_tzpath([])  # Lambda promises no time zone database: a package brings its own, or needs none
    os.environ |= {"AWS_DEFAULT_REGION": "cn-north-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    if _try("import app", partial(import_module, "app")):
        for routes in _by_modules(Path(folder), asked["routes"]):
            _alone(routes)
    for statement in asked["statements"]:
        _try(statement, partial(exec, statement, {}))
    session = import_module("botocore.session").get_session()
    for name in asked["clients"]:
        _try(f"a client of {name}", partial(session.create_client, name))


def _by_modules(folder: Path, routes: dict[str, list[str]]) -> list[dict[str, list[str]]]:
    """The routes for which the same is loaded, together: a process for each of 90 would take ten seconds."""
    holders = {
        path: modules
        for file in folder.glob("services/*/doors/paths.json")
        for path, modules in json.loads(file.read_text(encoding="utf-8")).items()
    }
    found: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for path, methods in routes.items():
        found.setdefault(tuple(holders.get(path, [path])), {})[path] = methods
    return list(found.values())


def _alone(routes: dict[str, list[str]]) -> None:
    """In a process of its own that has only imported the app, as the first request finds it."""
    sys.stdout.flush()
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        if status:
            print(f"{', '.join(routes)}: ended with {os.waitstatus_to_exitcode(status)}")
        return
    try:
        for path, methods in routes.items():
            _try(path, partial(_open, path, methods))
        sys.stdout.flush()
        os._exit(0)
    finally:
        os._exit(1)


def _open(path: str, methods: list[str]) -> None:
    app = import_module("app").app
    app.subjects.load(path)
    if missing := set(methods).difference(app.routes.get(path, ())):
        raise LookupError(f"nothing was loaded for {', '.join(sorted(missing))}")


def _try(what: str, act: Callable[[], object]) -> bool:
    try:
        act()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        print(f"{what}: {type(error).__name__}: {error}")
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1])
