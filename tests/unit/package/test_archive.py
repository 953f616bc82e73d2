"""The zip holds what a function needs, compiled, and is the same bytes every time."""

import importlib.util
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.package.archive import LOCALES, CannotCompile, fill, pack, unpack

FILES = {
    "pydantic/main.py": "VALUE = 1\n",
    "pydantic/main.pyi": "VALUE: int\n",
    "pydantic/py.typed": "",
    "pydantic/tests/test_main.py": "",
    "pydantic/template.py": "this is {{ no }} Python\n",
    "pydantic-1.dist-info/METADATA": "Name: pydantic\nVersion: 1\n\nA long manual\n",
    "pydantic-1.dist-info/RECORD": "",
    "bin/tool": "",
    "botocore/data/sqs/1/service-2.json.gz": "",
    "botocore/data/sqs/1/examples-1.json": "",
    "botocore/data/ec2/1/service-2.json.gz": "",
    "botocore/data/endpoints.json": "{}",
    "babel/global.dat": "",
    **{f"babel/locale-data/{name}": "" for name in (*LOCALES, "zh_Hant.dat", "de.dat")},
}


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """Installed dependencies, before a service is added."""
    for name, text in FILES.items():
        path = tmp_path / "code" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "code"


@pytest.fixture
def chalice_zip(tmp_path: Path) -> Path:
    """What Chalice packs of a service."""
    path = tmp_path / "chalice.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("app.py", "from services.toys.app import *\n")
        made.writestr("services/toys/app.py", "VALUE = 1\n")
    return path


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_only_what_is_needed_stays(code: Path, chalice_zip: Path) -> None:
    """Ours with its sources, others' without; of botocore's data the clients in use; of papers the headers."""
    fill(code, chalice_zip, {"sqs"})

    tag = sys.implementation.cache_tag
    assert _names(code) == {
        "app.py",
        f"__pycache__/app.{tag}.pyc",
        "services/toys/app.py",
        f"services/toys/__pycache__/app.{tag}.pyc",
        "pydantic/main.pyc",
        "pydantic/template.py",
        "pydantic-1.dist-info/METADATA",
        "botocore/data/sqs/1/service-2.json.gz",
        "botocore/data/endpoints.json",
        "babel/global.dat",
        *(f"babel/locale-data/{name}" for name in ("root.dat", "zh.dat", "en.dat", "LICENSE.unicode")),
    }
    assert (code / "pydantic-1.dist-info/METADATA").read_text() == "Name: pydantic\nVersion: 1\n"


def test_the_languages_that_stay_are_enough(tmp_path: Path) -> None:
    """Babel puts amounts and times into Chinese and English with what a package keeps of it."""
    babel = Path(importlib.import_module("babel").__file__ or "").parent
    shutil.copytree(babel, tmp_path / "babel", ignore=shutil.ignore_patterns("__pycache__", "locale-data"))
    for name in LOCALES:
        (tmp_path / "babel/locale-data").mkdir(exist_ok=True)
        shutil.copy(babel / "locale-data" / name, tmp_path / "babel/locale-data" / name)
    code = (
        f"import sys, datetime; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from babel.numbers import format_currency; from babel.dates import format_skeleton\n"
        "for one in ('zh', 'en'):\n"
        "    print(format_currency(1234, 'CNY', locale=one))\n"
        "    print(format_skeleton('yMMMd', datetime.datetime(2026, 3, 9), locale=one))\n"
    )

    run = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", code],
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )

    assert run.stdout.splitlines() == ["¥1,234.00", "2026年3月9日", "CN¥1,234.00", "Mar 9, 2026"]


def test_bytecode_is_used_without_a_look_at_the_source(code: Path, chalice_zip: Path) -> None:
    """The unchecked-hash kind: flags 1, and no time in it."""
    fill(code, chalice_zip, set())

    header = (code / "pydantic/main.pyc").read_bytes()[:8]
    assert header[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(header[4:], "little") == 0b01


def test_our_own_code_must_compile(code: Path, chalice_zip: Path) -> None:
    """A mistake in it ends the build."""
    with zipfile.ZipFile(chalice_zip, "a") as made:
        made.writestr("services/toys/shelf.py", "this is no Python\n")

    with pytest.raises(CannotCompile, match=r"shelf\.py"):
        fill(code, chalice_zip, set())


def test_two_builds_are_the_same_bytes(code: Path, chalice_zip: Path, tmp_path: Path) -> None:
    """Whatever the files' times and rights are, and whatever was there first."""
    fill(code, chalice_zip, {"sqs"})
    first = pack(code, tmp_path / "1.zip")
    for path in sorted(code.rglob("*"), reverse=True):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o755)

    second = pack(code, tmp_path / "2.zip")

    assert first == second
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_lambda_s_user_may_read_it(code: Path, chalice_zip: Path, tmp_path: Path) -> None:
    """Every entry is a file for all to read, from nineteen-eighty."""
    pack(code, tmp_path / "made.zip")

    with zipfile.ZipFile(tmp_path / "made.zip") as made:
        entries = made.infolist()
    assert {stat.S_IMODE(entry.external_attr >> 16) for entry in entries} == {0o644}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_what_was_packed_is_unpacked(code: Path, tmp_path: Path) -> None:
    """Into an empty folder, whatever lay there."""
    pack(code, tmp_path / "made.zip")
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "left").touch()

    unpack(tmp_path / "made.zip", tmp_path / "task")

    assert _names(tmp_path / "task") == set(FILES)
