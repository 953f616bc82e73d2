"""The docs page on AWS: an API of its own in front of a folder of the artifacts bucket. It needs no CloudFront.

browser ─ /docs/… ─▶ API Gateway ─ as DocsRole ─▶ s3://artifacts/docs/…
"""

import hashlib
import json

from infra.docs_page import INDEX
from infra.package.stage import Stage
from infra.package.template.function import Json

FOLDER = "docs"


def docs(stage: Stage) -> Json:
    """The API, its role, and its place on the domain."""
    body = _body(stage)
    # A deployment never changes: another page of routes is another deployment.
    deployment = f"DocsDeployment{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:8]}"
    api = {
        "Name": stage.physical("docs"),
        "Body": body,
        "BinaryMediaTypes": ["*/*"],  # files pass as they are
        "EndpointConfiguration": {"Types": ["REGIONAL"]},
    }
    mapping = {"DomainName": {"Ref": "DomainName"}, "BasePath": FOLDER, "RestApiId": {"Ref": "DocsApi"}}
    return {
        "DocsRole": _role(),
        "DocsApi": {"Type": "AWS::ApiGateway::RestApi", "Properties": api},
        deployment: {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "DocsApi"}}},
        "DocsStage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "DocsApi"}, "DeploymentId": {"Ref": deployment}, "StageName": FOLDER},
        },
        "DocsBasePath": {
            "Type": "AWS::ApiGateway::BasePathMapping",
            "Condition": "HasDomain",
            "DependsOn": "Domain",
            "Properties": mapping | {"Stage": {"Ref": "DocsStage"}},
        },
    }


def url() -> Json:
    """Where the API answers; below ``/docs`` of the services' host its page works."""
    return {"Fn::Sub": f"https://${{DocsApi}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/{FOLDER}"}


def _role() -> Json:
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    files = {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::${{ArtifactsBucket}}/{FOLDER}/*"}
    allow = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [files]}
    document = {"Version": "2012-10-17", "Statement": [allow]}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "docs", "PolicyDocument": document}],
        },
    }


def _body(stage: Stage) -> Json:
    named = {"name": "file", "in": "path", "required": True, "type": "string"}
    paths = {"/": {"get": _get(INDEX)}, "/{file}": {"get": _get("{file}", named)}}
    return {"swagger": "2.0", "info": {"title": stage.physical("docs"), "version": "1"}, "paths": paths}


def _get(file: str, *parameters: Json) -> Json:
    """Answer with a file of the folder; what is not there is S3's 403, because nobody may list it."""
    shown = {name: {"type": "string"} for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options")}
    passed = {
        "method.response.header.Content-Type": "integration.response.header.Content-Type",
        "method.response.header.Cache-Control": "'no-cache'",
        "method.response.header.X-Content-Type-Options": "'nosniff'",
    }
    path = f"s3:path/${{ArtifactsBucket}}/{FOLDER}/{file}"
    return {
        "parameters": list(parameters),
        "responses": {"200": {"description": "The file", "headers": shown}, "404": {"description": "There is none"}},
        "x-amazon-apigateway-integration": {
            "type": "aws",
            "httpMethod": "GET",
            "uri": {"Fn::Sub": f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:{path}"},
            "credentials": {"Fn::GetAtt": ["DocsRole", "Arn"]},
            "requestParameters": {
                f"integration.request.path.{one['name']}": f"method.request.path.{one['name']}" for one in parameters
            },
            "responses": {
                "default": {"statusCode": "200", "responseParameters": passed},
                "4\\d{2}": {"statusCode": "404"},
            },
        },
    }
