"""``python -m infra.deploy SERVICE --stage STAGE``: see ``--help``."""

import argparse
import json
import os
import sys
from pathlib import Path

from infra.package.stage import stage_word
from infra.region import use_region

EXAMPLES = """\
examples:
  python -m infra.deploy platform --stage prod --set DomainName=api.example.com --set CertificateArn=arn:...
  python -m infra.deploy orders --stage prod
  python -m infra.deploy orders --stage prod --releases
  python -m infra.deploy orders --stage prod --rollback

The account and the region are those of the AWS credentials in use (AWS_PROFILE, AWS_REGION). docs/operate.md goes
through a first deployment step by step.
"""


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; the exit status."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    # Physical names are read from it when a service is imported: before anything below.
    os.environ["XIAODIAN_PREFIX"] = asked.stage.prefix
    use_region()
    from botocore.exceptions import BotoCoreError, ClientError

    from infra.deploy.artifacts import NoSuchRelease
    from infra.deploy.release import PLATFORM, UnknownParameter
    from infra.deploy.stack import DeploymentFailed
    from infra.package.build import services
    from infra.package.failure import PackagingFailed

    if asked.service not in (known := (PLATFORM, *services())):
        parser.error(f"there is no service {asked.service}: choose from {', '.join(known)}")
    try:
        _act(asked)
    except (
        DeploymentFailed,
        NoSuchRelease,
        UnknownParameter,
        PackagingFailed,
        BotoCoreError,
        ClientError,
    ) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _act(asked: argparse.Namespace) -> None:
    from infra.deploy.release import PLATFORM, Target, deploy, deploy_platform, roll_back

    target = Target(asked.stage, asked.watch, asked.poll)
    given = dict(one.split("=", 1) for one in asked.set)
    if asked.service == PLATFORM:
        deploy_platform(target, given)
    elif asked.releases:
        print(*target.artifacts(asked.service).releases(), sep="\n")
    elif asked.rollback is not None:
        roll_back(target, asked.service, asked.rollback)
    else:
        from infra.package.build import build
        from infra.package.failure import PackagingFailed

        if not asked.packaged:
            build([asked.service], asked.stage, asked.arch, asked.out)
        folder = asked.out / asked.service
        if not (folder / "template.json").is_file():
            raise PackagingFailed(f"there is no package in {folder}: make package SERVICE={asked.service}")
        template = json.loads((folder / "template.json").read_text(encoding="utf-8"))
        deploy(target, asked.service, template, folder / "package.zip", given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.deploy",
        description="Package one service and deploy it, or the platform, to a stage; or go back to an earlier release.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("service", metavar="SERVICE", help="a service, or: platform")
    parser.add_argument("--stage", required=True, type=stage_word, help="the environment, as prod or test")
    parser.add_argument("--arch", default="x86_64", choices=["x86_64", "arm64"], help="the functions' processor")
    parser.add_argument("--out", default="build", type=Path, metavar="DIR", help="where the package is left")
    parser.add_argument("--packaged", action="store_true", help="deploy what `make package` has left there")
    parser.add_argument("--set", default=[], action="append", type=_pair, metavar="NAME=VALUE", help="a parameter")
    parser.add_argument(
        "--watch", default=5, type=int, metavar="MIN", help="how long alarms may take the update back (default: 5)"
    )
    parser.add_argument("--poll", default=5, type=float, metavar="S", help="how often to ask for progress (default: 5)")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--releases", action="store_true", help="only list what was released, the deployed one last")
    instead.add_argument(
        "--rollback", nargs="?", const="", metavar="RELEASE", help="go back, by default to the release before"
    )
    return parser


def _pair(text: str) -> str:
    if "=" not in text:
        raise argparse.ArgumentTypeError(f"“{text}” is not NAME=VALUE")
    return text


if __name__ == "__main__":
    sys.exit(main())
