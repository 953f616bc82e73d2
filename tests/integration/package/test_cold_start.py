"""A cold start is measured from the zip itself, against botocore alone."""

import zipfile
from pathlib import Path

from infra.package.cold_start import cold_start

BOTOCORE = """\
import time


class Session:
    def create_client(self, name):
        until = time.process_time() + 0.02
        while time.process_time() < until:
            pass


get_session = Session
"""
TABLES = """\
import botocore.session


def connection():
    botocore.session.get_session().create_client("dynamodb")
"""


APP = """\
from botocore.session import Session


class app:
    class subjects:
        def load(path):
            path == "/v1/toys" and reactions()


def reactions():
    Session().create_client("")
"""


def test_a_start_is_the_import_and_the_first_client(tmp_path: Path) -> None:
    """Of an app that takes twice the client's time to import: three times the client alone."""
    package = tmp_path / "package.zip"
    with zipfile.ZipFile(package, "w") as made:
        made.writestr("botocore/__init__.py", "")
        made.writestr("botocore/session.py", BOTOCORE)
        made.writestr("services/shared/plumbing/tables.py", TABLES)
        made.writestr("app.py", BOTOCORE.replace("0.02", "0.04") + "\nSession().create_client('')\n")

    taken = cold_start(package, pairs=3)

    assert 2.0 < taken.ratio < 4.0
    assert taken.service_s > taken.bare_s >= 0.02
    assert taken.firsts == {}


def test_first_requests_and_events_are_told_beside_it(tmp_path: Path) -> None:
    """By subject: what they load takes as long as the client again, or nothing."""
    package = tmp_path / "package.zip"
    with zipfile.ZipFile(package, "w") as made:
        made.writestr("botocore/__init__.py", "")
        made.writestr("botocore/session.py", BOTOCORE)
        made.writestr("services/shared/plumbing/tables.py", TABLES)
        made.writestr("services/toys/doors/paths.json", '{"/v1/toys": ["toys"], "/v1/boxes": ["boxes"]}')
        made.writestr("app.py", APP)

    taken = cold_start(package, pairs=3)

    assert list(taken.firsts) == ["boxes", "toys", "events"]
    assert taken.ratio < 1.5 < taken.firsts["toys"] < 2.5
    assert taken.firsts["boxes"] < 1.5
    assert taken.firsts["events"] > 1.5
    assert "with toys" in str(taken)
