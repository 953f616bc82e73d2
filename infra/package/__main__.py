"""``python -m infra.package SERVICE``: see ``--help``."""

import argparse
import os
import sys
from pathlib import Path

from infra.package.stage import stage_word

EXAMPLE = """\
Then, with the artifacts bucket of the stage's platform stack:

  aws s3 cp build/orders/package.zip s3://BUCKET/KEY      (the KEY that this command prints)
  aws cloudformation deploy --stack-name xiaodian-prod-orders --template-file build/orders/template.json \\
      --s3-bucket BUCKET --capabilities CAPABILITY_IAM

`make deploy SERVICE=orders STAGE=prod` does all of it.
"""


def main(arguments: list[str] | None = None) -> int:
    """Package what the command line names; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.package",
        description="Package services for CloudFormation: build/SERVICE/template.json and package.zip, checked.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("services", metavar="SERVICE", nargs="+", help="a folder of services/ with an app.py")
    parser.add_argument("--stage", default="prod", type=stage_word, help="the environment it is for (default: prod)")
    parser.add_argument("--arch", default="x86_64", choices=["x86_64", "arm64"], help="the functions' processor")
    parser.add_argument("--out", default="build", type=Path, metavar="DIR", help="where to leave it (default: build)")
    parser.add_argument(
        "--record", action="store_true", help="put the zip's size on record in infra/package/sizes.json"
    )
    parser.add_argument("--bench", action="store_true", help="measure the cold start of each package afterwards")
    asked = parser.parse_args(arguments)
    # Physical names are read from it when a service is imported: before anything below.
    os.environ["XIAODIAN_PREFIX"] = asked.stage.prefix
    from infra.package.build import build, services
    from infra.package.cold_start import BUDGET, cold_start
    from infra.package.failure import PackagingFailed

    if unknown := sorted(set(asked.services) - set(services())):
        parser.error(f"there is no service {', '.join(unknown)}: choose from {', '.join(services())}")
    try:
        for made in build(asked.services, asked.stage, asked.arch, asked.out, record=asked.record):
            print(f"{made.template} ({made.template.stat().st_size // 1024} KB)")
            print(f"{made.zip}: {made.size}")
            print(f"KEY {made.key}")
            if asked.bench:
                print(f"cold start {cold_start(made.zip)}, for which {BUDGET} is the budget")
    except PackagingFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
