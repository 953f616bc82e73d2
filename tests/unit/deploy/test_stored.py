"""What an operator must put into the parameter store is read from the template."""

from infra.deploy.stored import advice, secrets, settings
from tests.unit.package.toy import rendered

TEMPLATE = rendered()


def test_secrets_and_settings_are_told_apart() -> None:
    """A secret is read by functions, a setting by CloudFormation."""
    assert list(secrets(TEMPLATE)) == ["/xiaodian/test/TOYS_SECRET"]
    assert {"/xiaodian/test/TOYS_SHELF", "/xiaodian/test/platform/key"} <= set(settings(TEMPLATE))


def test_the_advice_can_be_copied() -> None:
    """A secret is sealed by the stage's key."""
    secret = advice("/xiaodian/test/TOYS_SECRET", TEMPLATE)
    setting = advice("/xiaodian/test/TOYS_SHELF", TEMPLATE)

    assert "--type SecureString --key-id alias/xiaodian-test" in secret
    assert "--type String " in setting
