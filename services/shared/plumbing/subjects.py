"""Which of a service's doors are loaded, and when.

A process on Lambda is asked for one subject, or for none; the doors, messages and verbs of the others would only make
its cold start longer. So a zip says in ``doors/paths.json`` which modules of ``doors/`` hold a path (the package step
writes it from the doors themselves), and they are loaded at the first request for it. Where nothing says so, as in a
checkout, all are loaded at once: what reads the routes (Chalice, OpenAPI, the gateway on one machine) finds them all.

What ``app.py`` and ``service.py`` import is loaded by every function: neither reactions nor ``tables.py`` are among it.
"""

import json
from importlib import import_module
from pathlib import Path
from types import ModuleType

PATHS = "paths.json"  # {path: [module of doors/, …]}


class Subjects:
    """The modules of a service's package ``doors``, a subject each."""

    def __init__(self, doors: ModuleType) -> None:
        self._doors = doors
        file = Path(doors.__path__[0], PATHS)
        self._holders: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        if not self._holders:
            self.load_all()

    def load(self, path: str) -> None:
        """Load what holds a path, as API Gateway names it: ``/v1/shops/{shop_id}``. Nothing holds an unknown one."""
        for module in self._holders.get(path, ()):
            import_module(f"{self._doors.__name__}.{module}")

    def load_all(self) -> None:
        """Load every subject, for who asks what there is."""
        from pkgutil import iter_modules  # on Lambda hardly anybody asks

        for module in iter_modules(self._doors.__path__):
            import_module(f"{self._doors.__name__}.{module.name}")
