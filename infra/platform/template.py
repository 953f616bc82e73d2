"""The platform's template. What it makes it leaves in the parameter store, where the services' stacks read it."""

from infra.package.stage import Stage
from infra.package.template.function import Json
from infra.package.template.parameters import FILES_BUCKET, NO_DOMAIN, PLATFORM
from infra.platform import docs
from infra.platform.buckets import bucket
from infra.platform.key import alias, key

PUBLIC_URL = "XIAODIAN_PUBLIC_URL"
FAILURES_KEPT_DAYS = 30  # as long as the outbox keeps the same events
EXPORTS_KEPT_DAYS = {"orders/exports/": 90}  # as long as they are listed: people's addresses are in them


def platform(stage: Stage) -> Json:
    """The template of a stage's platform."""
    resources: Json = {"Key": key(), "KeyAlias": alias(stage), "AlarmTopic": _topic(stage), "AlarmEmails": _email()}
    resources |= bucket("Files", encrypted=True, uploads=True, kept_days=EXPORTS_KEPT_DAYS)
    resources |= bucket("Failures", encrypted=True, kept_days={"": FAILURES_KEPT_DAYS})
    resources |= bucket("Artifacts", versioned=True)
    resources |= {"Domain": _domain()} | docs.docs(stage)
    resources |= {f"{name}Parameter": _stored(stage.parameter(path), value) for name, path, value in _left_behind()}
    domain = {"Fn::GetAtt": ["Domain", "RegionalDomainName"]}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"What no service owns of {stage.prefix}",
        "Parameters": PARAMETERS,
        "Rules": RULES,
        "Conditions": {name: _given(parameter) for name, parameter in CONDITIONS.items()},
        "Resources": resources,
        "Outputs": {
            "ArtifactsBucket": {"Value": {"Ref": "ArtifactsBucket"}},
            "KeyArn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}},
            "DocsUrl": {"Description": "What answers below /docs of the services' host", "Value": docs.url()},
            "DomainTarget": {"Condition": "HasDomain", "Description": "What DNS points the domain to", "Value": domain},
        },
    }


CONDITIONS = {"HasDomain": "DomainName", "HasEmail": "AlarmEmail"}
PARAMETERS: Json = {
    "DomainName": {"Type": "String", "Default": "", "Description": "The one host of all services, if there is one"},
    "CertificateArn": {"Type": "String", "Default": "", "Description": "Its certificate in ACM, of this region"},
    "PublicUrl": {"Type": "String", "Default": "", "Description": "Without a domain: where clients reach the services"},
    "AlarmEmail": {"Type": "String", "Default": "", "Description": "Who is told of alarms; must be confirmed by mail"},
}
RULES: Json = {
    "CertificateForDomain": {
        "RuleCondition": {"Fn::Not": [{"Fn::Equals": [{"Ref": "DomainName"}, ""]}]},
        "Assertions": [
            {
                "Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "CertificateArn"}, ""]}]},
                "AssertDescription": "DomainName needs a CertificateArn",
            }
        ],
    },
    "UrlWithoutDomain": {
        "RuleCondition": {"Fn::Equals": [{"Ref": "DomainName"}, ""]},
        "Assertions": [
            {
                "Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "PublicUrl"}, ""]}]},
                "AssertDescription": "Give DomainName and CertificateArn, or PublicUrl",
            }
        ],
    },
}


def _left_behind() -> list[tuple[str, str, Json]]:
    values: dict[str, Json] = {
        "AlarmTopic": {"Ref": "AlarmTopic"},
        "ArtifactsBucket": {"Ref": "ArtifactsBucket"},
        "DomainName": {"Fn::If": ["HasDomain", {"Ref": "DomainName"}, NO_DOMAIN]},
        "FailuresBucket": {"Ref": "FailuresBucket"},
        "KeyArn": {"Fn::GetAtt": ["Key", "Arn"]},
    }
    url: Json = {"Fn::If": ["HasDomain", {"Fn::Sub": "https://${DomainName}"}, {"Ref": "PublicUrl"}]}
    found = [(name, path, values[name]) for name, path in PLATFORM.items()]
    return [*found, ("FilesBucketSetting", FILES_BUCKET, {"Ref": "FilesBucket"}), ("UrlSetting", PUBLIC_URL, url)]


def _stored(name: str, value: Json) -> Json:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Name": name, "Type": "String", "Value": value}}


def _given(parameter: str) -> Json:
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}


def _topic(stage: Stage) -> Json:
    properties = {"TopicName": stage.physical("alarms"), "KmsMasterKeyId": {"Ref": "Key"}}
    return {"Type": "AWS::SNS::Topic", "Properties": properties}


def _email() -> Json:
    properties = {"TopicArn": {"Ref": "AlarmTopic"}, "Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}
    return {"Type": "AWS::SNS::Subscription", "Condition": "HasEmail", "Properties": properties}


def _domain() -> Json:
    properties = {
        "DomainName": {"Ref": "DomainName"},
        "RegionalCertificateArn": {"Ref": "CertificateArn"},
        "EndpointConfiguration": {"Types": ["REGIONAL"]},  # the China regions have no other
        "SecurityPolicy": "TLS_1_2",
    }
    return {"Type": "AWS::ApiGateway::DomainName", "Condition": "HasDomain", "Properties": properties}
