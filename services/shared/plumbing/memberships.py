"""Who may act for which shop: catalog's data, replicated to every service by state events (X1)."""

from collections.abc import Iterator

from services.shared.contracts.envelope import Envelope
from services.shared.contracts.roles import Role
from services.shared.plumbing.inbox import Reaction
from services.shared.plumbing.tables import Begin, Row, Store, Transaction, get, query

PAGE = 100


def role_of(store: Store, shop_id: str, person: str) -> Role | None:
    """The person's role in the shop, None without one: one read."""
    row = get(store.row, _pk(shop_id), person)
    return row.state if row else None  # type: ignore[return-value]


def standing(store: Store, shop_id: str, person: str) -> tuple[Role | None, int]:
    """The person's role in the shop, and how often it has changed: one read."""
    row = get(store.row, _pk(shop_id), person)
    return (row.state, int(row.sequence)) if row else (None, 0)  # type: ignore[return-value]


def roles_in(store: Store, shop_id: str) -> dict[str, Role]:
    """Everybody who may act for the shop."""
    return {person: role for person, role, _ in all_in(store, shop_id) if role}


def all_in(store: Store, shop_id: str) -> Iterator[tuple[str, Role | None, int]]:
    """Person, role and sequence of everybody who acts or once acted for the shop."""
    after: str | None = None
    while True:
        rows = query(store.row, _pk(shop_id), after=after, limit=PAGE)
        yield from ((row.sk, row.state, int(row.sequence)) for row in rows)  # type: ignore[misc]
        if len(rows) < PAGE:
            return
        after = rows[-1].sk


def grant(tx: Transaction, shop_id: str, person: str, role: Role | None, sequence: int) -> None:
    """Catalog's side: set or take away a role, and tell everybody, in the caller's transaction."""
    # Comes with all of catalog's events, of which who asks for a role says none.
    from services.shared.contracts.catalog import MembershipChanged

    row = _row(tx.store, shop_id, person, role, sequence)
    tx.put(row, tx.store.row.pk.does_not_exist() | (tx.store.row.sequence < sequence), f"membership {person}")
    tx.emit(
        MembershipChanged(shop_id=shop_id, person=person, role=role),
        subject=f"{shop_id}/{person}",
        sequence=sequence,
        shop=shop_id,
    )


def still(tx: Transaction, shop_id: str, person: str, role: Role) -> None:
    """The caller's transaction holds only while this person has this role."""
    tx.check(tx.store.row, _pk(shop_id), person, tx.store.row.state == role, f"still {role} {person}")


def reaction(store: Store) -> Reaction:
    """The other services' reaction to MembershipChanged."""
    from services.shared.contracts.catalog import MembershipChanged

    def on_change(envelope: Envelope, _: Begin) -> None:
        change = envelope.open(MembershipChanged)
        row = _row(store, change.shop_id, change.person, change.role, envelope.sequence)
        store.put_if_newer(row, envelope.sequence)

    return on_change


def _row(store: Store, shop_id: str, person: str, role: Role | None, sequence: int) -> Row:
    # A removed role stays as a row without one: it keeps its sequence, so that an older event cannot bring it back.
    row = store.row(_pk(shop_id), person)
    row.state, row.sequence = role, sequence
    return row


def _pk(shop_id: str) -> str:
    return f"MEMBERS#{shop_id}"
