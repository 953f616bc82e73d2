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


def main(folder: str) -> None:
    """Import the app, open each route, then do every import that a function may do later, then make every client."""
    asked = json.load(sys.stdin)
    sys.path.insert(0, folder)
    zoneinfo.reset_tzpath([])  # Lambda promises no time zone database: a package brings its own, or needs none
    os.environ |= {"AWS_DEFAULT_REGION": "cn-north-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    if _try("import app", partial(import_module, "app")):
        for path, methods in asked["routes"].items():
            _alone(path, partial(_open, path, methods))
    for statement in asked["statements"]:
        _try(statement, partial(exec, statement, {}))
    session = import_module("botocore.session").get_session()
    for name in asked["clients"]:
        _try(f"a client of {name}", partial(session.create_client, name))


def _open(path: str, methods: list[str]) -> None:
    app = import_module("app").app
    app.subjects.load(path)
    if missing := set(methods).difference(app.routes.get(path, ())):
        raise LookupError(f"nothing was loaded for {', '.join(sorted(missing))}")


def _alone(what: str, act: Callable[[], object]) -> None:
    """In a process of its own that has only imported the app, as the first request finds it."""
    sys.stdout.flush()
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        if status:
            print(f"{what}: ended with {os.waitstatus_to_exitcode(status)}")
        return
    try:
        _try(what, act)
        sys.stdout.flush()
        os._exit(0)
    finally:
        os._exit(1)


def _try(what: str, act: Callable[[], object]) -> bool:
    try:
        act()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        print(f"{what}: {type(error).__name__}: {error}")
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1])
