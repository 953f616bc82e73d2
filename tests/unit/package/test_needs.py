"""What a service needs is what its code says, and nothing it only talks about."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from infra.package.needs import ROOT, Needs, alarms_of, needs_of, secrets_of, settings_of
from infra.package.rules import declared
from services.orders.resources import resources
from services.shared.plumbing.resources import Alarm

Write = Callable[[dict[str, str]], Needs]


@pytest.fixture
def needs(tmp_path: Path) -> Write:
    """The needs of the service ``toys`` with these files, by their paths below ``services``."""

    def write(files: dict[str, str]) -> Needs:
        for name in ("__init__.py", "toys/__init__.py", "toys/app.py"):
            files.setdefault(name, "")
        for name, text in files.items():
            path = tmp_path / "services" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return needs_of("toys", tmp_path)

    return write


def test_modules_are_followed_wherever_they_are_imported(needs: Write) -> None:
    """At the top, in a function, and a package with its own ``__init__``."""
    found = needs(
        {
            "toys/app.py": "from services.toys import shelf\ndef f():\n    from services.toys.box.lid import Lid\n",
            "toys/shelf.py": "import services.shared.wood\n",
            "toys/box/__init__.py": "",
            "toys/box/lid.py": "",
            "toys/unused.py": "import numpy\n",
            "shared/__init__.py": "",
            "shared/wood.py": "",
        }
    )

    assert set(found.modules) == {
        "services",
        "services.toys",
        "services.toys.app",
        "services.toys.shelf",
        "services.toys.box",
        "services.toys.box.lid",
        "services.shared",
        "services.shared.wood",
    }
    assert found.packages == frozenset()


def test_doors_are_followed_though_nothing_imports_them(needs: Write) -> None:
    """They are loaded by their names, and what they import, with them."""
    door = "import jwt\nfrom services.toys.box import lid\n"

    found = needs({"toys/doors/__init__.py": "", "toys/doors/toys.py": door, "toys/box/lid.py": ""})

    assert {"services.toys.doors", "services.toys.doors.toys", "services.toys.box.lid"} <= set(found.modules)
    assert found.packages == {"jwt"}


def test_packages_are_what_is_imported_of_others(needs: Write) -> None:
    """Not the standard library, and not what only a type checker reads."""
    text = "import json\nimport jwt\nfrom botocore.config import Config\nif TYPE_CHECKING:\n    import mypy_boto3_sqs\n"

    found = needs({"toys/app.py": text})

    assert found.packages == {"jwt", "botocore"}
    assert found.statements == {"import json", "import jwt", "from botocore.config import Config"}


def test_clients_are_what_plumbing_is_asked_for(needs: Write) -> None:
    """PynamoDB makes DynamoDB's."""
    found = needs({"toys/app.py": "import pynamodb\nclient('sqs').send()\nother('s3')\n"})

    assert found.clients == {"sqs", "dynamodb"}


def test_files_beside_the_modules_come_along(needs: Write) -> None:
    """Whatever a module reads from its own folder; not papers, not bytecode, not other modules."""
    beside = {"toys/words.json": "{}", "toys/README.md": "", "toys/old.py": "", "toys/app.pyc": ""}

    names = {path.name for path in needs(beside).files}

    assert names == {"__init__.py", "app.py", "words.json"}


def test_alarms_must_be_listed_and_said(needs: Write) -> None:
    """By the name of their event, in either direction."""
    found = needs({"toys/app.py": "log('toys', 'toy_lost')\nalarm('toys', 'toy_broken', sku_id='alarm')\n"})
    assert alarms_of(found) == {"toy_broken"}

    orders = needs_of("orders")
    first, *others = resources.alarms
    assert {one.event for one in resources.alarms} == alarms_of(orders)
    fewer = list(declared(orders, replace(resources, alarms=tuple(others))))
    assert fewer == [f"resources.py does not list the alarm {first.event}"]
    more = list(declared(orders, replace(resources, alarms=(Alarm("toy_old", "Buy one"), first, *others))))
    assert more == ["resources.py lists the alarm toy_old, which nothing says"]


def test_there_is_no_such_service(needs: Write) -> None:
    """It is said at once."""
    with pytest.raises(FileNotFoundError, match=r"services/none/app\.py"):
        needs_of("none", ROOT)


def test_settings_and_secrets_are_found_in_the_real_code() -> None:
    """By their declaration; a name that is put together is known by its pattern."""
    orders = needs_of("orders")

    settings = settings_of(orders)
    named, patterns = secrets_of(orders)

    assert not settings["ORDERS_HOLD_MINUTES"].required
    assert settings["WECHAT_PAY_MCHID"].required
    assert named >= {"WECHAT_PAY_PRIVATE_KEY", "XIAODIAN_CURSOR_KEY"}
    assert patterns == {"XIAODIAN_{}_SERVICE_KEY", "XIAODIAN_TRANSPORT_KEY_{}"}
