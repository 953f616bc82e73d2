"""What API Gateway answers by itself: problems, as whatever else is refused, with the same slugs (X2).

No function runs for these, so no page of another site is named in them, and an unknown method is no 405: API Gateway
knows it from an unknown path as little as from one without a token, which is what it calls both.
"""

import json
from collections.abc import Mapping

from infra.package.template.function import Json
from services.shared.plumbing.problems import (
    NotFound,
    PayloadTooLarge,
    Problem,
    TooBusy,
    TooManyRequests,
    UnsupportedMediaType,
)

REFUSALS: Mapping[str, Problem] = {
    "MISSING_AUTHENTICATION_TOKEN": NotFound(),
    "RESOURCE_NOT_FOUND": NotFound(),
    "REQUEST_TOO_LARGE": PayloadTooLarge(),
    "UNSUPPORTED_MEDIA_TYPE": UnsupportedMediaType(),
    "THROTTLED": TooManyRequests(),
    # The function is refused a place to run, or did not answer in time; whether it had its effect is not known.
    "INTEGRATION_FAILURE": TooBusy(),
    "INTEGRATION_TIMEOUT": TooBusy(),
    "DEFAULT_5XX": Problem(),
}


def refusals() -> Json:
    """Each by API Gateway's name for it, as ``x-amazon-apigateway-gateway-responses`` takes them."""
    return {name: _refusal(problem) for name, problem in REFUSALS.items()}


def _refusal(problem: Problem) -> Json:
    headers = {"Content-Type": "application/problem+json"} | problem.headers()
    return {
        "statusCode": problem.status,
        "responseParameters": {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()},
        "responseTemplates": {"application/json": json.dumps(problem.body("$context.requestId"))},
    }
