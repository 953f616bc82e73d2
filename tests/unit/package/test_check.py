"""A package that lacks something, or holds what is not its own, is found out."""

import json
from pathlib import Path

import pytest

from infra.package.check import clean_imports, foreign_files, missing_imports, other_machines
from infra.package.needs import Needs

SESSION = """
class get_session:
    def create_client(self, name):
        return {"sqs": "a client"}[name]
"""
ELF_HEADS = {"x86_64": 0x3E, "arm64": 0xB7}


def _needs(**asked: frozenset[str]) -> Needs:
    given = {"statements": frozenset[str](), "packages": frozenset[str](), "clients": frozenset[str]()} | asked
    return Needs("toys", {"services.toys.app": Path("services/toys/app.py")}, **given)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A complete package of the service ``toys``, with a client of nothing."""
    files = {
        "app.py": "from services.toys.app import *\n",
        "services/__init__.py": "",
        "services/toys/__init__.py": "",
        "services/toys/app.py": "import six\n",
        "services/shared/__init__.py": "",
        "six.py": "",
        "botocore/__init__.py": "",
        "botocore/session.py": SESSION,
        "botocore/data/sqs/1/service-2.json": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_complete_package_passes(code: Path) -> None:
    """Nothing is found where nothing is wrong."""
    needs = _needs(packages=frozenset({"six"}), statements=frozenset({"import six"}), clients=frozenset({"sqs"}))

    assert list(foreign_files(code, "toys")) == []
    assert list(missing_imports(code, needs)) == []
    assert list(clean_imports(code, needs, {})) == []


@pytest.mark.parametrize("folder", ["infra", "tests", "services/orders"])
def test_what_belongs_elsewhere_is_found(code: Path, folder: str) -> None:
    """Another service, infra with its sandboxes, tests."""
    (code / folder).mkdir()

    (found,) = foreign_files(code, "toys")
    assert found.startswith(f"{folder}/ ")


def test_a_missing_package_module_or_client_is_found(code: Path) -> None:
    """Without running anything, so for any machine."""
    (code / "services/toys/app.py").unlink()
    needs = _needs(packages=frozenset({"jwt"}), clients=frozenset({"s3"}))

    assert list(missing_imports(code, needs)) == [
        "services.toys.app is missing",
        "jwt is missing",
        "botocore knows no “s3” here",
    ]


def test_an_import_that_fails_later_fails_now(code: Path) -> None:
    """A lazy one too; the installed packages of this machine do not help."""
    asked = frozenset({"import pydantic", "from six import nothing"})

    found = list(clean_imports(code, _needs(statements=asked, clients=frozenset({"sns"})), {}))

    assert [one.partition(": ")[0] for one in found] == [
        "from six import nothing",
        "import pydantic",
        "a client of sns",
    ]


SUBJECTS = """
import importlib

class app:
    routes = {"/health": {"GET": 1}}

    class subjects:
        def load(path):
            holders = {"/v1/toys": "toys", "/v1/boxes": "boxes", "/v1/lids": "lids"}
            if path in holders:
                app.routes |= importlib.import_module("services.toys.doors." + holders[path]).ROUTES
"""


def test_a_route_that_its_first_request_could_not_open_is_found(code: Path) -> None:
    """A missing module, one that only another's import brings in, a path that no module is said to hold."""
    (code / "services/toys/app.py").write_text(SUBJECTS)
    (code / "services/toys/doors").mkdir()
    (code / "services/toys/doors/__init__.py").touch()
    (code / "services/toys/doors/toys.py").write_text("import six\nROUTES = {'/v1/toys': {'GET': 1}}\n")
    (code / "services/toys/doors/boxes.py").write_text("import sys\nsys.modules['six']\nROUTES = {}\n")
    routes = {path: ["GET"] for path in ("/health", "/v1/toys", "/v1/boxes", "/v1/lids", "/v1/dolls")}

    assert list(clean_imports(code, _needs(), routes | {"/v1/toys": ["GET", "POST"]})) == [
        "/v1/toys: LookupError: nothing was loaded for POST",
        "/v1/boxes: KeyError: 'six'",
        "/v1/lids: ModuleNotFoundError: No module named 'services.toys.doors.lids'",
        "/v1/dolls: LookupError: nothing was loaded for GET",
    ]


def test_routes_of_the_same_modules_are_opened_in_one_process(code: Path) -> None:
    """Each is still looked at; those of another module do not find what these have loaded."""
    (code / "services/toys/app.py").write_text(SUBJECTS)
    (code / "services/toys/doors").mkdir()
    holders = {"/v1/toys": ["toys"], "/v1/toys/{id}": ["toys"], "/v1/boxes": ["boxes"]}
    (code / "services/toys/doors/paths.json").write_text(json.dumps(holders))
    toys = "import six\nROUTES = {'/v1/toys': {'GET': 1}}\nprint('toys')\n"
    (code / "services/toys/doors/toys.py").write_text(toys)
    (code / "services/toys/doors/boxes.py").write_text("import sys\nsys.modules['six']\nROUTES = {}\n")

    assert list(clean_imports(code, _needs(), {path: ["GET"] for path in holders})) == [
        "toys",
        "/v1/toys/{id}: LookupError: nothing was loaded for GET",
        "/v1/boxes: KeyError: 'six'",
    ]


def test_a_route_whose_process_ends_is_found(code: Path) -> None:
    """However it ends."""
    (code / "services/toys/app.py").write_text(SUBJECTS)
    (code / "services/toys/doors").mkdir()
    (code / "services/toys/doors/toys.py").write_text("raise SystemExit(3)\n")

    assert list(clean_imports(code, _needs(), {"/v1/toys": ["GET"]})) == ["/v1/toys: ended with 1"]


def test_a_package_that_cannot_start_is_found(code: Path) -> None:
    """Whatever it raises."""
    (code / "services/toys/app.py").write_text("1 / 0\n")

    assert list(clean_imports(code, _needs(), {})) == ["import app: ZeroDivisionError: division by zero"]


def test_this_machine_s_time_zones_do_not_help(code: Path) -> None:
    """Lambda promises none: what asks for one at import would not start there."""
    (code / "services/toys/app.py").write_text("from zoneinfo import ZoneInfo\nZoneInfo('Asia/Shanghai')\n")

    (found,) = clean_imports(code, _needs(), {})

    assert found.startswith("import app: ZoneInfoNotFoundError")


@pytest.mark.parametrize(("made_for", "wanted"), [("x86_64", "arm64"), ("arm64", "x86_64")])
def test_an_extension_for_another_machine_is_found(code: Path, made_for: str, wanted: str) -> None:
    """By its ELF header, not by its name."""
    head = b"\x7fELF" + bytes(14) + ELF_HEADS[made_for].to_bytes(2, "little")
    (code / "fast.so").write_bytes(head)

    assert list(other_machines(code, wanted)) == [f"fast.so is not for {wanted}"]  # type: ignore[arg-type]
    assert list(other_machines(code, made_for)) == []  # type: ignore[arg-type]
