"""Who may act for a shop: catalog's decision, known to every service (X1)."""

import sys

import pytest

from services.shared.contracts.catalog import MembershipChanged
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import clock, memberships
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.tables import Refused, Transaction
from tests.integration.plumbing import probe
from tests.integration.wire import deliver, discard

PROBE = sys.modules[probe.__name__]


def begin() -> Transaction:
    """A transaction of the probe's."""
    return Transaction(probe.STORE, clock.now(), new_id)


def test_a_role_is_given_and_told_in_one_transaction(name: str) -> None:
    """With whatever else it belongs to."""
    tx = begin()
    memberships.grant(tx, name, "person:anna", "owner", 1)
    tx.commit()

    assert memberships.role_of(probe.STORE, name, "person:anna") == "owner"
    (row,) = probe.STORE.outbox.query(f"{name}/person:anna")
    envelope = Envelope.model_validate_json(row.body)
    assert envelope.open(MembershipChanged) == MembershipChanged(shop_id=name, person="person:anna", role="owner")
    assert (envelope.sequence, envelope.shop, row.consumers) == (1, name, ["orders", "gifts", "notify"])


def test_a_change_that_somebody_was_quicker_with_is_refused(name: str) -> None:
    """With its event; who decided on the older state decides again."""
    for sequence in (1, 2):
        tx = begin()
        memberships.grant(tx, name, "person:anna", "operator", sequence)
        tx.commit()

    tx = begin()
    memberships.grant(tx, name, "person:anna", "finance", 2)
    with pytest.raises(Refused) as refused:
        tx.commit()

    assert refused.value.names == {"membership person:anna"}
    assert memberships.role_of(probe.STORE, name, "person:anna") == "operator"
    assert len(list(probe.STORE.outbox.query(f"{name}/person:anna"))) == 2


def test_a_role_is_taken_away(name: str) -> None:
    """Nobody's role is None; who never had one has none either."""
    for role, sequence in (("support", 1), (None, 2)):
        tx = begin()
        memberships.grant(tx, name, "person:anna", role, sequence)  # type: ignore[arg-type]
        tx.commit()

    assert memberships.role_of(probe.STORE, name, "person:anna") is None
    assert memberships.role_of(probe.STORE, name, "person:bert") is None
    assert memberships.roles_in(probe.STORE, name) == {}


def test_the_emitters_own_replica_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own event, should it ever hear it, is no newer than its state."""
    discard(PROBE)
    tx = begin()
    memberships.grant(tx, name, "person:anna", "owner", 1)
    tx.commit()
    (row,) = probe.STORE.outbox.query(f"{name}/person:anna")
    probe.STORE.outbox(row.pk, row.sk, name=row.name, body=row.body, consumers=["probe"], ttl=row.ttl).save()

    assert [envelope.name for envelope in deliver(PROBE)] == [MembershipChanged.NAME]

    assert memberships.role_of(probe.STORE, name, "person:anna") == "owner"
