"""No decision reads an index."""

import pytest

from infra.checks.indexes import no_decision_reads_an_index as rule
from tests.unit.checks.conftest import Breaches

MODELS = """\
class ByBuyer(GlobalSecondaryIndex["OrderRow"]):
    pass


class Newest(ByBuyer):
    pass


class OrderRow(Table):
    pk = UnicodeAttribute(hash_key=True)
    by_buyer = ByBuyer()
    newest: Newest = Newest()
    by_shop = keys_only("shop_key", "updated_at")


def list_orders(buyer):
    return _page(OrderRow.by_buyer, buyer)


def _page(index, key):
    return index.query(key)


def lines(order):
    return OrderRow.query(order)
"""
TABLES = "services/orders/tables.py"


@pytest.mark.parametrize(
    "function",
    [
        "def order_of(buyer):\n    return OrderRow.by_buyer.query(buyer)",
        "def order_of(model, buyer):\n    return model.newest.count(buyer)",
        "def order_of(shop):\n    return OrderRow.by_shop.query(shop)",
        "def order_of(buyer):\n    index = OrderRow.newest\n    return index.query(buyer)",
        "def order_of(buyer):\n    return connection.query(buyer, index_name='by-buyer')",
        "def order_of(buyer):\n    return client.query(Key=buyer, IndexName='by-buyer')",
        "def order_of(buyer):\n    return client.query(**{'IndexName': 'by-buyer'})",
        "def order_of(buyer):\n    return list_orders(buyer)[0]",
        "class Found:\n    def order_of(self, buyer):\n        return list_orders(buyer)[0]",
    ],
)
def test_a_function_that_reads_an_index_must_say_so(breaches: Breaches, function: str) -> None:
    """Whoever reads an index in tables.py is called list_… or due_…, however it gets at the index."""
    found = breaches(rule, {TABLES: f"{MODELS}\n\n{function}\n"})

    assert found
    assert all(place.startswith(TABLES) and int(place.split(":")[1]) > MODELS.count("\n") for place in found)


def test_a_verb_may_not_touch_an_index_itself(breaches: Breaches) -> None:
    """Outside tables.py no name makes it right."""
    verb = "def list_gifts(buyer):\n    return OrderRow.by_buyer.query(buyer)\n"

    assert breaches(rule, {TABLES: MODELS, "services/orders/list_gifts.py": verb}) == [
        "services/orders/list_gifts.py:2",
        "services/orders/list_gifts.py:2",
    ]


@pytest.mark.parametrize(
    "verb",
    [
        "def place_order(buyer):\n    return list_orders(buyer)\n",
        "def place_order(buyer):\n    return tables.list_orders(buyer)\n",
        "def place_order(buyer):\n    def earlier():\n        return list_orders(buyer)\n    return earlier()\n",
        "reads = [list_orders]\n",
    ],
)
def test_a_verb_may_not_decide_by_what_an_index_says(breaches: Breaches, verb: str) -> None:
    """A function that reads an index is out of reach for verbs that decide, even as a value."""
    assert len(breaches(rule, {TABLES: MODELS, "services/orders/place_order.py": verb})) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("services/orders/app.py", "def orders():\n    return list_orders(buyer)\n"),
        ("services/orders/sweep_holds.py", "def candidates():\n    return list_orders(buyer)\n"),
        ("services/orders/holds.py", "def sweep_holds():\n    return list_orders(buyer)\n"),
        ("services/orders/resend.py", "def orders():\n    return tables.list_orders(buyer)\n"),
        ("services/orders/place_order.py", "def place_order():\n    return lines(order)\n"),
        ("services/orders/order.py", "def moved(order):\n    return order.newest + order.by_buyer\n"),
        ("services/gifts/claim.py", "def claim():\n    return list_orders(buyer)\n"),
    ],
    ids=["door", "sweeper module", "sweeper function", "resend", "base table", "equal attribute", "other service"],
)
def test_lists_and_sweepers_may_read_indexes(breaches: Breaches, path: str, text: str) -> None:
    """Doors list, sweepers go through candidates; base tables and other services' names are nobody's concern."""
    assert breaches(rule, {TABLES: MODELS, path: text}) == []


def test_what_plumbing_lists_from_an_index_binds_every_service(breaches: Breaches) -> None:
    """A shared reader is as late as an own one."""
    shared = "class Row(Model):\n    due = Due()\n\n\nclass Due(LocalSecondaryIndex):\n    pass\n\n\n"
    reader = "class Store:\n    def due_rows(self, bucket):\n        return self.row.due.query(bucket)\n"
    verb = "def place_order(store):\n    return store.due_rows('holds')\n"

    assert breaches(
        rule, {"services/shared/plumbing/tables.py": shared + reader, "services/orders/place_order.py": verb}
    ) == ["services/orders/place_order.py:2"]


def test_a_query_that_names_no_index_is_free(breaches: Breaches) -> None:
    """``index_name=None`` is the base table."""
    text = "def stock(sku):\n    return connection.query(sku, index_name=None)\n"

    assert breaches(rule, {TABLES: text}) == []
