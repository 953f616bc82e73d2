"""The whole template of a service: Chalice's, and over it all that is rendered here."""

from infra.package.dependencies import Arch
from infra.package.stage import Stage
from infra.package.template.alarms import alarms, stopping
from infra.package.template.dashboard import dashboard
from infra.package.template.function import Json, functions
from infra.package.template.parameters import Settings, conditions, environment, parameters
from infra.package.template.permissions import role
from infra.package.template.queues import queues
from infra.package.template.refusals import refusals
from infra.package.template.runtime import logs, runtime
from infra.package.template.sources import source
from infra.package.template.tables import tables
from services.shared.plumbing.resources import Resources

RELEASE_ALARMS = "ReleaseAlarms"  # the output with the ARNs of the alarms that stop a release


def template(chalice: Json, resources: Resources, settings: Settings, stage: Stage, arch: Arch, code_key: str) -> Json:
    """The service's template. ``code_key`` is where its zip lies in the artifacts bucket.

    Raises Undecided for a trigger that services have not had before.
    """
    found = list(functions(chalice))
    added: Json = dict(tables(resources, stage)) | dict(queues(resources, stage))
    added |= dict(alarms(found, resources, stage)) | {"Dashboard": dashboard(found, resources, stage)}
    for function in found:
        added[function.role] = role(function, resources, stage)
        added[function.logs] = logs(function, resources, stage)
        properties = runtime(function, resources, stage) | source(function, resources, stage)
        properties |= {"Architectures": [arch], "CodeUri": {"Bucket": {"Ref": "ArtifactsBucket"}, "Key": code_key}}
        added[function.logical] = {"DependsOn": function.logs, "Properties": properties}
    added |= _api(resources, stage)
    watched = [{"Fn::GetAtt": [name, "Arn"]} for name in stopping(found, resources)]
    return merge(
        chalice,
        {
            "Description": f"{resources.service} of {stage.prefix}",
            "Parameters": parameters(settings, stage),
            "Conditions": conditions(settings),
            "Globals": {"Function": {"Environment": {"Variables": environment(settings, resources, stage)}}},
            "Resources": added,
            "Outputs": {RELEASE_ALARMS: {"Value": {"Fn::Join": [",", watched]}}},
        },
    )


def _api(resources: Resources, stage: Stage) -> Json:
    name = stage.physical(resources.service)
    # Without OpenApiVersion the transform adds a second stage that is called “Stage”.
    body = {"info": {"title": name}, "x-amazon-apigateway-gateway-responses": refusals()}
    properties = {"Name": name, "OpenApiVersion": "2.0", "DefinitionBody": body}
    mapping = {
        "DomainName": {"Ref": "DomainName"},
        "BasePath": resources.service,
        "RestApiId": {"Ref": "RestAPI"},
        "Stage": {"Ref": "RestAPI.Stage"},
    }
    return {
        "RestAPI": {"Properties": properties},
        "BasePath": {"Type": "AWS::ApiGateway::BasePathMapping", "Condition": "HasDomain", "Properties": mapping},
    }


def merge(under: Json, over: Json) -> Json:
    """Both, ``over`` where they disagree. A list or a function of CloudFormation is replaced whole."""
    merged = dict(under)
    for name, value in over.items():
        both = isinstance(value, dict) and isinstance(under.get(name), dict)
        merged[name] = merge(under[name], value) if both and not _computed(value) else value
    return merged


def _computed(value: Json) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))
