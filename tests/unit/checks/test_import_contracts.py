"""The import contracts in pyproject.toml keep what they name."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

KEPT = {
    "services/__init__.py": "",
    "services/catalog/__init__.py": "",
    "services/gifts/__init__.py": "",
    "services/notify/__init__.py": "",
    "services/orders/__init__.py": "",
    "services/orders/tables.py": "from pynamodb.models import Model\nfrom services.shared.plumbing import queues\n",
    "services/orders/aftersale/__init__.py": "",
    "services/orders/aftersale/tables.py": "from pynamodb.models import Model\n",
    "services/orders/app.py": "from services.orders import tables\n",
    "services/shared/__init__.py": "",
    "services/shared/plumbing/__init__.py": "from services.shared.contracts import paid\n",
    "services/shared/plumbing/queues.py": "import boto3\n",
    "services/shared/contracts/__init__.py": "",
    "services/shared/contracts/paid.py": "",
    "infra/__init__.py": "import boto3\nimport services.orders.app\n",
}


def kept(directory: Path, files: dict[str, str]) -> bool:
    """Whether the repository's import contracts hold for these files."""
    for path, text in files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    contracts = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[tool.importlinter]")[1]
    (directory / "contracts.toml").write_text(f"[tool.importlinter]{contracts}")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config=contracts.toml", "--no-cache"]
    run = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert "Contracts: " in run.stdout, run.stdout
    return run.returncode == 0


def test_a_tree_that_keeps_the_import_rules_passes(tmp_path: Path) -> None:
    """Infra knows services, services plumbing, plumbing contracts; tables.py knows DynamoDB."""
    assert kept(tmp_path, KEPT)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("services/orders/app.py", "import services.gifts"),
        ("services/orders/app.py", "import infra"),
        ("services/orders/app.py", "from pynamodb.models import Model"),
        ("services/orders/app.py", "import boto3"),
        ("services/orders/tables.py", "import botocore"),
        ("services/shared/plumbing/queues.py", "import services.orders.app"),
        ("services/shared/plumbing/queues.py", "import pynamodb.models"),
        ("services/shared/contracts/paid.py", "import services.shared.plumbing"),
    ],
)
def test_an_import_against_the_rules_is_found(tmp_path: Path, path: str, line: str) -> None:
    """Each breach alone breaks a contract."""
    assert not kept(tmp_path, {**KEPT, path: f"{line}\n"})
