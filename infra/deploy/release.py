"""A deployment and a rollback, as an operator asks for them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3

from infra.deploy.artifacts import Artifacts, NoSuchRelease
from infra.deploy.stack import DeploymentFailed, Say, Stack
from infra.deploy.steps import rolled_back, steps
from infra.deploy.stored import advice, missing
from infra.docs_page import page
from infra.package.build import services
from infra.package.stage import Stage
from infra.package.template.function import Json
from infra.package.template.merge import RELEASE_ALARMS
from infra.package.template.parameters import parameter_id
from infra.platform import docs
from infra.platform.template import platform

PLATFORM = "platform"


class UnknownParameter(ValueError):
    """A value was given for something that the template does not ask."""


@dataclass(frozen=True)
class Target:
    """Where to deploy. ``watch_minutes``: how long CloudFormation watches the alarms after an update."""

    stage: Stage
    watch_minutes: int = 5
    poll_s: float = 5
    say: Say = print

    def stack(self, service: str) -> Stack:
        return Stack(boto3.client("cloudformation"), self.stage.stack(service), self.say, self.poll_s)

    def artifacts(self, service: str) -> Artifacts:
        """The service's part of the stage's artifacts bucket. Raises DeploymentFailed before there is a platform."""
        bucket = self.stack(PLATFORM).outputs().get("ArtifactsBucket")
        if bucket is None:
            raise DeploymentFailed(f"{self.stage.stack(PLATFORM)} is not deployed: deploy the platform first")
        return Artifacts(boto3.client("s3"), bucket, service)


def deploy_platform(target: Target, given: Mapping[str, str]) -> None:
    """Make or update what no service owns, the docs page too. Raises DeploymentFailed, UnknownParameter."""
    template = platform(target.stage)
    body = json.dumps(template, separators=(",", ":"))
    stack = target.stack(PLATFORM)
    stack.deploy({"TemplateBody": body}, template, _values(template, given), {})
    bucket, s3 = stack.outputs()["ArtifactsBucket"], boto3.client("s3")
    for file in page(services()):
        s3.put_object(Bucket=bucket, Key=f"{docs.FOLDER}/{file.name}", Body=file.body, ContentType=file.content_type)
    target.say(f"{stack.name}: the docs page over {', '.join(services())}")


def deploy(target: Target, service: str, template: Json, archive: Path, given: Mapping[str, str]) -> str:
    """Release a package; returns the release's id. Raises DeploymentFailed, UnknownParameter."""
    artifacts, stack = target.artifacts(service), target.stack(service)
    if absent := missing(boto3.client("ssm"), template):
        lines = (advice(name, template) for name in absent)
        raise DeploymentFailed("\n".join(["The parameter store lacks what the service needs:", *lines]))
    artifacts.keep_code(_code_key(template), archive)
    values = _values(template, given)
    for step in steps(stack.template(), template):
        _update(target, stack, artifacts, step.template, values, watched=step.releases)
    release, _ = artifacts.keep(template)
    artifacts.deployed(release)
    target.say(f"{stack.name}: release {release}")
    return release


def roll_back(target: Target, service: str, release: str = "") -> str:
    """Go back to a release, by default to the one before the deployed; returns its id.

    Tables and queues stay as they are. Raises DeploymentFailed, NoSuchRelease.
    """
    artifacts, stack = target.artifacts(service), target.stack(service)
    known, deployed = artifacts.releases(), stack.template()
    if deployed is None or (not release and len(known) < 2):
        raise NoSuchRelease(f"{stack.name} has no release before this one")
    goal = release or known[-2]
    if goal not in known:
        raise NoSuchRelease(f"{stack.name} has no release {goal}: {', '.join(known)}")
    # Not watched: the alarms that made somebody go back would take the way back, too.
    _update(target, stack, artifacts, rolled_back(artifacts.template(goal), deployed), {}, watched=False)
    artifacts.deployed(goal)
    target.say(f"{stack.name}: release {goal}")
    return goal


def _update(
    target: Target, stack: Stack, artifacts: Artifacts, template: Json, values: Mapping[str, str], *, watched: bool
) -> None:
    _, url = artifacts.keep(template)
    alarms = [arn for arn in stack.outputs().get(RELEASE_ALARMS, "").split(",") if arn]
    watch: Json = {}
    if watched and alarms and target.watch_minutes:
        watch["RollbackTriggers"] = [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"} for arn in alarms]
        watch["MonitoringTimeInMinutes"] = target.watch_minutes
    asked = {name: value for name, value in values.items() if name in template.get("Parameters", {})}
    stack.deploy({"TemplateURL": url}, template, asked, watch)


def _code_key(template: Json) -> str:
    return next(
        str(one["Properties"]["CodeUri"]["Key"])
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Serverless::Function"
    )


def _values(template: Json, given: Mapping[str, str]) -> dict[str, str]:
    """Given values by the parameters' ids; a setting may also be given by its variable's name."""
    chosen = {}
    for name, value in given.items():
        found = next((one for one in (name, parameter_id(name)) if one in template["Parameters"]), None)
        if found is None:
            raise UnknownParameter(f"{name} is none of {', '.join(sorted(template['Parameters']))}")
        chosen[found] = value
    return chosen
