"""A bounded run of the state machine; ``make faults`` runs it at length and in bad weather."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from infra.faults import FaultsProxy
from tests.faults.orders.shop_machine import ShopMachine
from tests.integration.orders.conftest import Hands
from tests.integration.orders.till import Letterbox, Till

BOUNDED = settings(
    max_examples=3,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_the_books_balance_whatever_happens(till: Till, letterbox: Letterbox, hands: Hands, proxy: FaultsProxy) -> None:
    """O1–O7, O15, G3–G5: stock, keys, money, states and events after every step, and a good end."""

    class Calm(ShopMachine):
        ground = (till, letterbox, hands, proxy)

    run_state_machine_as_test(Calm, settings=BOUNDED)
