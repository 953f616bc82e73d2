"""A stage's name becomes part of every other name, so it must be fit for all of them."""

import pytest

from infra.package.stage import Stage


@pytest.mark.parametrize("name", ["", "Prod", "1st", "pre-prod", "a_b", "a" * 13])
def test_a_name_that_resources_cannot_bear_is_refused(name: str) -> None:
    """Before anything is made."""
    with pytest.raises(ValueError, match="is no stage"):
        Stage(name)


def test_everything_of_a_stage_is_called_after_it() -> None:
    """Stacks, tables, parameters."""
    stage = Stage("prod")

    assert stage.stack("orders") == "xiaodian-prod-orders"
    assert stage.physical("orders-outbox") == "xiaodian-prod-orders-outbox"
    assert stage.parameter("WECHAT_APPID") == "/xiaodian/prod/WECHAT_APPID"
