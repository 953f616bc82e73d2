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
