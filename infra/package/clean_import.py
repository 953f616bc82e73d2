"""``python -I -S clean_import.py FOLDER < JSON``: import a package as Lambda does, with nothing else on the path.

Reads ``{"statements": ["import …", …], "clients": ["sqs", …]}``, prints what fails, a line each.
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
    """Import the app, then do every import that a function may do later, then make every client."""
    asked = json.load(sys.stdin)
    sys.path.insert(0, folder)
    zoneinfo.reset_tzpath([])  # Lambda promises no time zone database: a package brings its own, or needs none
    os.environ |= {"AWS_DEFAULT_REGION": "cn-north-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    for statement in ["import app", *asked["statements"]]:
        _try(statement, partial(exec, statement, {}))
    session = import_module("botocore.session").get_session()
    for name in asked["clients"]:
        _try(f"a client of {name}", partial(session.create_client, name))


def _try(what: str, act: Callable[[], object]) -> None:
    try:
        act()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        print(f"{what}: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main(sys.argv[1])
