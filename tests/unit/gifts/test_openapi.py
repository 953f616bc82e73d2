"""What gifts says of its doors."""

import json

import pytest

from services.gifts.app import app
from services.shared.plumbing.openapi import document


@pytest.fixture(autouse=True)
def _region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")


def test_a_claim_may_be_answered_later() -> None:
    """202 stands beside 200, with where to look and when (G3)."""
    responses = json.loads(document(app))["paths"]["/v1/claims/{token}"]["post"]["responses"]

    assert responses["202"]["headers"].keys() == {"Location", "Retry-After"}
    assert responses["202"]["content"] == responses["200"]["content"]
    assert {"403", "404", "409", "422", "429"} <= responses.keys()


def test_only_a_claim_may() -> None:
    """Whatever else is answered 202 always is."""
    paths = json.loads(document(app))["paths"]
    both = [
        (path, method)
        for path, operations in paths.items()
        for method, one in operations.items()
        if {"200", "202"} <= one["responses"].keys()
    ]

    assert both == [("/v1/claims/{token}", "post")]
