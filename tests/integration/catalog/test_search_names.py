"""Search over whole catalogues finds what a plain look at the names finds (C8)."""

import json
from collections.abc import Callable, Sequence

import pytest

from services.catalog import app as catalog
from services.shared.plumbing.resources import Resources
from tests.integration.catalog.merchant import Merchant, open_merchant, product_body
from tests.integration.catalog.names import (
    SAMPLE,
    chinese_names,
    latin_words,
    pairs,
    plain_look,
    retailers_names,
)
from tests.integration.catalog.test_search import search
from tests.integration.catalog.uploads import imports
from tests.integration.wire import deliver

FEW = 48
PARTS = 4
ASKED_IN_ENGLISH = ("BLUE", "bag", "vint", "set 4", "christmas", "tea", "heart holder", "t-light")
ASKED_IN_CHINESE = ("龙井", "茶壶", "礼盒", "云南 普洱", "白瓷茶", "二百五十克", "壶送")

needs_sample = pytest.mark.skipif(not SAMPLE.exists(), reason="the retailer's sample is not beside this checkout")


class Catalogue:
    """A shop that is filled with names, some at a time."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant
        self.names: dict[str, str] = {}  # by the merchant's own id
        self.parts = 0

    def add(self, names: Sequence[str]) -> None:
        """These too are on sale, and search has heard of them."""
        added = {f"n{number}": name for number, name in enumerate(names, len(self.names))}
        rows = [json.dumps(product_body(out_product_id=own, title=name)) for own, name in added.items()]
        ended = imports(self.merchant, "\n".join(rows), "jsonl")
        assert ended["created"] == len(names), ended
        deliver(catalog)
        self.names |= added

    def add_parts(self, names: Sequence[str], upto: int) -> None:
        """Every quarter of the names up to this one."""
        for part in range(self.parts, upto + 1):
            self.add(names[part::PARTS])
            self.parts += 1

    def finds_what_is_there(self, queries: Sequence[str]) -> None:
        """Each finds the names that a plain look finds, each once, and no other."""
        for query in queries:
            found = search(query, titles=True, shop_id=self.merchant.shop_id, limit=100)
            assert sorted(found) == sorted(plain_look(query, list(self.names.values()))), query


@pytest.fixture(autouse=True)
def _files(queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """Imports are files."""


@pytest.fixture(scope="module")
def filled() -> dict[str, Catalogue]:
    """Catalogues that grow from test to test."""
    return {}


@needs_sample
def test_some_of_a_retailers_names() -> None:
    """C8: taken from all over the sample, by the beginnings of their words."""
    names = retailers_names()
    shop = Catalogue(open_merchant())

    shop.add(names[:: len(names) // FEW])

    shop.finds_what_is_there([*ASKED_IN_ENGLISH, *latin_words(list(shop.names.values()))[::7]])


def test_some_chinese_names() -> None:
    """C8: by two characters that stand together."""
    names = chinese_names()
    shop = Catalogue(open_merchant())

    shop.add(names[:: len(names) // FEW])

    shop.finds_what_is_there([*ASKED_IN_CHINESE, *pairs(list(shop.names.values()))[::7]])


@pytest.mark.slow
@needs_sample
@pytest.mark.parametrize("part", range(PARTS))
def test_all_of_a_retailers_names(part: int, filled: dict[str, Catalogue]) -> None:
    """C8: nearly 2 000 in one shop, a quarter a time, so that no test takes long."""
    names = retailers_names()
    shop = filled.setdefault("retailer", Catalogue(open_merchant()))

    shop.add_parts(names, part)

    assert len(shop.names) > (part + 1) * 490
    shop.finds_what_is_there([*ASKED_IN_ENGLISH, *latin_words(names)[part::40]])


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_a_whole_chinese_catalogue(part: int, filled: dict[str, Catalogue]) -> None:
    """C8: 2 000 in one shop, a quarter a time; a pair of characters is in few of them or in a quarter."""
    names = chinese_names()
    shop = filled.setdefault("chinese", Catalogue(open_merchant()))

    shop.add_parts(names, part)

    assert len(shop.names) == (part + 1) * 500
    shop.finds_what_is_there([*ASKED_IN_CHINESE, *pairs(names)[part::12]])
