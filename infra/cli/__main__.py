"""``python -m infra.cli`` is ``xiaodian``."""

from infra.cli.main import main

main(prog_name="xiaodian")
