"""Secrets in the parameter store."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from services.shared.plumbing import aws, settings
from services.shared.plumbing.settings import Secret, SettingError


class Wanted:
    key = Secret("PROBE_PARAMETER")


@pytest.fixture(autouse=True)
def _store(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A parameter store; nothing of it is remembered afterwards."""
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    monkeypatch.setattr(aws, "_clients", {})
    with mock_aws():
        yield
    settings._fetch.cache_clear()


def test_a_secret_is_fetched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decrypted, and kept by the process."""
    store = boto3.client("ssm")
    store.put_parameter(Name="/xiaodian/key", Value="s3cret", Type="SecureString")
    monkeypatch.setenv("PROBE_PARAMETER", "ssm:/xiaodian/key")

    assert Wanted.key == "s3cret"
    store.delete_parameter(Name="/xiaodian/key")
    assert Wanted.key == "s3cret"


def test_a_missing_parameter_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is looked for again at the next use."""
    monkeypatch.setenv("PROBE_PARAMETER", "ssm:/xiaodian/nowhere")

    with pytest.raises(SettingError, match="PROBE_PARAMETER cannot be read: ParameterNotFound"):
        _ = Wanted.key

    boto3.client("ssm").put_parameter(Name="/xiaodian/nowhere", Value="there", Type="SecureString")
    assert Wanted.key == "there"
