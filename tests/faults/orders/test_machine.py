"""The state machine at length, in bad weather: thousands of steps, the same in every run."""

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from infra.faults import Fault, FaultsProxy
from tests.faults.orders.shop_machine import ShopMachine
from tests.integration.orders.conftest import Hands
from tests.integration.orders.till import Letterbox, Till

STORM = [
    Fault("conflict", probability=0.2),
    Fault("throttle", probability=0.1, code="ThrottlingError"),
    Fault("lose_answer", operations={"TransactWriteItems"}, probability=0.05, how="error"),
    Fault("fail_before", probability=0.02, how="reset"),
]
# In parts, since no test may take five minutes. A failure is shown as it was found: shrinking it would take longer.
PART = settings(
    max_examples=2,
    stateful_step_count=50,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(60))
def test_the_books_balance_whatever_happens(
    till: Till, letterbox: Letterbox, hands: Hands, proxy: FaultsProxy, part: int
) -> None:
    """O1–O7, O15, G3–G5: stock, keys, money, states and events after every step, and a good end."""

    class Stormy(ShopMachine):
        ground = (till, letterbox, hands, proxy)
        faults = STORM

    run_state_machine_as_test(seed(part)(Stormy), settings=PART)
