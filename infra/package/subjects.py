"""Which module of ``doors/`` holds a path: told in the zip, so that a function loads only what it is asked for."""

import json
from pathlib import Path

from services.shared.plumbing.doors import Service
from services.shared.plumbing.subjects import PATHS


def routes_of(app: Service) -> dict[str, list[str]]:
    """Every path with its methods."""
    return {path: sorted(methods) for path, methods in app.routes.items()}


def holders_of(app: Service) -> dict[str, list[str]]:
    """The paths of the service's own doors, with the modules that declare them; the plumbing's are always there."""
    holders: dict[str, set[str]] = {}
    for door in app.doors:
        package, _, module = door.handler.__module__.rpartition(".")
        if package == f"services.{app.service}.doors":
            holders.setdefault(door.path, set()).add(module)
    return {path: sorted(modules) for path, modules in sorted(holders.items())}


def write_paths(app: Service, code: Path) -> None:
    """Into the folder that becomes the zip."""
    file = code / "services" / app.service / "doors" / PATHS
    file.write_text(json.dumps(holders_of(app), indent=1) + "\n", encoding="utf-8")
