"""At least once, whoever dies where: what docs/webhooks.md promises (N2, N3)."""

from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from infra.faults import FaultsProxy
from infra.faults.script import When
from services.notify.webhooks.run_due_line import PATIENT, visit_line
from services.notify.webhooks.tables import LEASE
from services.shared.plumbing.ids import new_id
from tests.faults.crash import may_die_at
from tests.integration.notify.conftest import hear
from tests.integration.notify.webhooks.conftest import Hands, Merchant, low, sweep
from tests.integration.notify.webhooks.receiver import Receiver


@pytest.mark.parametrize(("when", "unnoted"), [("before", 2), ("after", 1)])
def test_who_dies_at_any_call_of_a_visit_loses_nothing(
    merchant: Merchant, receiver: Receiver, hands: Hands, proxy: FaultsProxy, when: When, unnoted: int
) -> None:
    """Pushed once in the end; twice, under one id, where the push could not be noted; never not at all.

    ::

        lease ── what is due ── push ── read and note it ── let go
              died here: once        │ died here: pushed again after the lease
    """
    webhook = merchant.registered(receiver)
    visit = partial(visit_line, merchant.shop, webhook, PATIENT, clock=hands, new_id=new_id)
    pushes = []

    for number in count(1):
        hear(low(merchant))
        died = may_die_at(proxy, number, when, visit)
        hands.moved += LEASE + timedelta(seconds=1)
        sweep()
        [delivery] = merchant.deliveries(webhook, "limit=1")
        assert delivery["status"] == "delivered"
        pushes.append(receiver.delivery_ids.count(delivery["delivery_id"]))
        if died is None:
            break

    assert len(pushes) > 6
    assert pushes.count(2) == unnoted
    assert pushes.count(1) == len(pushes) - unnoted
