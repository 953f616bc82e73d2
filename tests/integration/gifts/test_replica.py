"""What gifts keeps of what catalog says: the newest, in whatever order it comes."""

from itertools import permutations

import pytest

from tests.integration.gifts.scene import PRICE_FEN, Scene


def styles(scene: Scene) -> list[str]:
    """The styles that a fresh card lists."""
    return [one["sku_id"] for one in scene.card(scene.token(scene.send()))["styles"]]


@pytest.mark.parametrize("order", list(permutations([2, 3, 4])))
def test_the_newest_offer_counts(scene: Scene, order: tuple[int, ...]) -> None:
    """Gold came to the same price, then red left: whatever comes last, twice or in the middle (C12)."""
    offers = {
        2: {scene.blue: PRICE_FEN, scene.red: PRICE_FEN + 2, scene.gold: PRICE_FEN + 1},
        3: {scene.blue: PRICE_FEN, scene.red: PRICE_FEN, scene.gold: PRICE_FEN},
        4: {scene.blue: PRICE_FEN, scene.gold: PRICE_FEN},
    }

    for sequence in (*order, *order):
        scene.say_offered(offers[sequence], sequence=sequence)

    assert styles(scene) == [scene.blue, scene.gold]


def test_a_withdrawn_product_stays_withdrawn_for_older_offers(scene: Scene) -> None:
    """And comes back with a newer one (C12)."""
    scene.say_withdrawn(sequence=5)
    scene.say_offered(sequence=4)
    assert styles(scene) == [scene.blue]

    scene.say_offered(sequence=6)
    assert styles(scene) == [scene.blue, scene.red]


def test_a_product_that_may_not_be_given_any_more_has_no_other_styles(scene: Scene) -> None:
    """The ordered one was paid for and can be claimed (G1, G3)."""
    scene.say_offered(sequence=2, giftable=False)
    token = scene.token(scene.send())

    assert styles(scene) == [scene.blue]
    assert scene.claim(token, scene.bo).status == 200


def test_the_card_names_the_shop_as_it_is_called_now(scene: Scene) -> None:
    """An older name that comes late changes nothing (C12)."""
    token = scene.token(scene.send())

    scene.say_shop("新茶叶小店", sequence=3)
    scene.say_shop("旧茶叶小店", sequence=2)

    assert scene.card(token)["shop_name"] == "新茶叶小店"


def test_a_gift_keeps_the_looks_it_was_ordered_with(scene: Scene) -> None:
    """Picture and attributes stay on the card when the product is gone (G9)."""
    token = scene.token(scene.send())

    scene.say_withdrawn(sequence=9)

    [goods] = scene.card(token)["goods"]
    assert (goods["image"], goods["attributes"]) == ("https://img.test/teapot.jpg", {"colour": "blue"})
