"""What a stack is told: every setting its code declares, and what the platform stack made.

A setting without a default is read from the parameter store when the stack is deployed; a missing one stops the
deployment and is named. One with a default is an empty parameter that may be given. A secret never passes through
CloudFormation: functions are told where it lies, and read it themselves.
"""

from collections.abc import Mapping
from typing import Any

from infra.package.stage import Stage
from infra.package.template.function import Json
from infra.package.template.tables import logical_id
from services.shared.plumbing.resources import Resources
from services.shared.plumbing.settings import Setting

# What the platform stack leaves in the parameter store for the others, by the parameter that reads it.
PLATFORM = {
    "AlarmTopic": "platform/alarm-topic",
    "ArtifactsBucket": "platform/artifacts-bucket",
    "DomainName": "platform/domain-name",
    "FailuresBucket": "platform/failures-bucket",
    "KeyArn": "platform/key",
}
NO_DOMAIN = "none"  # the parameter store keeps no empty value
FILES_BUCKET = "XIAODIAN_FILES_BUCKET"
Settings = Mapping[str, Setting[Any]]


def parameter_id(setting: str) -> str:
    """``WECHAT_PAY_MCHID`` → ``WechatPayMchid``."""
    return logical_id(setting, "")


def parameters(settings: Settings, stage: Stage) -> Json:
    """The template's parameters. All have a default, so that nothing need be typed."""
    declared = {name: _stored(stage.parameter(path)) for name, path in PLATFORM.items()}
    for name, setting in sorted(_plain(settings).items()):
        if setting.required:
            declared[parameter_id(name)] = _stored(stage.parameter(name))
        else:
            declared[parameter_id(name)] = {"Type": "String", "Default": "", "Description": f"{name}, if not default"}
    return declared


def conditions(settings: Settings) -> Json:
    """Which of the optional things are given."""
    given = [parameter_id(name) for name, setting in _plain(settings).items() if not setting.required]
    asked = {f"Has{one}": {"Fn::Not": [{"Fn::Equals": [{"Ref": one}, ""]}]} for one in sorted(given)}
    return asked | {"HasDomain": {"Fn::Not": [{"Fn::Equals": [{"Ref": "DomainName"}, NO_DOMAIN]}]}}


def environment(settings: Settings, resources: Resources, stage: Stage) -> Json:
    """The functions' environment variables."""
    variables: Json = {"XIAODIAN_PREFIX": stage.prefix}
    variables |= {name: f"ssm:{stage.parameter(name)}" for name in sorted(resources.secrets)}
    for name, setting in sorted(_plain(settings).items()):
        one = parameter_id(name)
        value = {"Ref": one}
        variables[name] = value if setting.required else {"Fn::If": [f"Has{one}", value, {"Ref": "AWS::NoValue"}]}
    return variables


def _plain(settings: Settings) -> Settings:
    return {name: setting for name, setting in settings.items() if not setting.hidden}


def _stored(path: str) -> Json:
    return {"Type": "AWS::SSM::Parameter::Value<String>", "Default": path}
