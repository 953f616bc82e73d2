"""Names, rules by date, sessions: nouns that shops and people need (C1, C3, C4, X1)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.category import Category, Rules, Tree
from services.catalog.category_seed import TREE
from services.catalog.sessions.session import Stolen, new_session
from services.catalog.shops.shop import DEPOSIT_KEPT, DepositShort, PaymentAccount, Shop, ShopCannotSell, new_shop
from services.catalog.shops.template import TEMPLATES
from services.catalog.shown_text import normal_form, shown_length
from services.shared.plumbing.problems import Invalid

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


def leaf(name: str, *deposits: tuple[datetime, int]) -> Category:
    """A category with its deposits by date."""
    return Category(name, "all", name, name, tuple(Rules(since, deposit_fen=fen) for since, fen in deposits))


TOYS = leaf("toys", (NOW, 100_000))
GOLD = leaf("gold", (NOW, 300_000), (LATER, 900_000))
SMALL = Tree([Category("all", None, "all", "all", (Rules(NOW),)), TOYS, GOLD])


def shop(deposit_fen: int) -> Shop:
    """A shop that passed its audit, has an account and paid this deposit."""
    opened = new_shop(
        shop_id="shp_1",
        owner="person:anna",
        name="Anna's",
        subject_type="enterprise",
        contact="sealed",
        template=TEMPLATES["general"],
        submit=True,
        now=NOW,
    )
    account = PaymentAccount("1900000109", None, NOW)
    return opened.decide("pass", "", NOW).edit(NOW, payment_account=account, deposit_fen=deposit_fen)


@pytest.mark.parametrize(
    ("at", "fen"),
    [(NOW - timedelta(days=1), 300_000), (NOW, 300_000), (LATER - timedelta(seconds=1), 300_000), (LATER, 900_000)],
)
def test_a_rule_takes_effect_on_its_date(at: datetime, fen: int) -> None:
    """C4: by itself, on the second; before the first one, the first one holds."""
    assert GOLD.at(at).deposit_fen == fen


def test_a_shop_owes_the_maximum_over_its_categories() -> None:
    """C3: and the general deposit at the least; a rule that begins later asks for more then."""
    both = shop(300_000).enter(TOYS, SMALL, NOW).enter(GOLD, SMALL, NOW)

    assert shop(0).deposit_due_fen(SMALL, NOW) == 100_000
    assert (both.deposit_due_fen(SMALL, NOW), both.can_sell(SMALL, NOW)) == (300_000, True)
    assert (both.deposit_due_fen(SMALL, LATER), both.missing(SMALL, LATER)) == (900_000, ("deposit",))


def test_a_category_is_entered_with_its_deposit_paid() -> None:
    """C3: each refusal says what is needed; entering twice is once."""
    inside = shop(100_000).enter(TOYS, SMALL, NOW)

    assert inside.enter(TOYS, SMALL, NOW) is inside
    with pytest.raises(DepositShort) as short:
        inside.enter(GOLD, SMALL, NOW)
    with pytest.raises(ShopCannotSell) as cannot:
        shop(99_999).enter(TOYS, SMALL, NOW)
    assert short.value.fields == {"needed_fen": 300_000, "paid_fen": 100_000}
    assert cannot.value.fields == {"missing": ["deposit"]}


def test_what_could_not_go_back_of_a_closed_shop_stays_as_long_as_the_rest() -> None:
    """C3: a refund that was asked for before it closed and is rejected after frees nothing early."""
    asked = shop(150_000).refund(50_000, SMALL, NOW)
    rejected = asked.close(NOW).keep(50_000, NOW)
    over = NOW + DEPOSIT_KEPT

    assert (rejected.deposit_fen, rejected.deposit_free_fen(SMALL, NOW)) == (150_000, 0)
    assert [rejected.refunds_itself(at) for at in (over - timedelta(seconds=1), over)] == [False, True]
    sent = rejected.refund(150_000, SMALL, over).keep(150_000, over)  # nobody sends it again by itself
    assert (sent.deposit_free_fen(SMALL, over), sent.refunds_itself(over)) == (150_000, False)


MOVE = st.tuples(st.sampled_from(("enter", "leave", "walk", "ask")), st.sampled_from((TOYS, GOLD)))


@given(st.lists(MOVE, max_size=30))
def test_who_enters_and_leaves_owes_for_where_it_may_sell(moves: list[tuple[str, Category]]) -> None:
    """C3: in whatever order: no category is both entered and left, only what is free goes back, what is owed stays."""
    now, walks = shop(300_000), list[dict[str, int]]()
    for move, category in moves:
        before = now
        if move == "enter":
            try:
                now = now.enter(category, SMALL, NOW)
            except (DepositShort, ShopCannotSell):
                assert now.deposit_fen < 300_000
        elif move == "leave":
            now = now.leave(category.category_id, NOW)
            walks.append(dict(now.leaving))
        elif move == "walk" and walks:
            now = now.left(walks.pop(), NOW)  # the newest first: an older one comes too late
        elif free := now.deposit_free_fen(SMALL, NOW):
            now = now.refund(free, SMALL, NOW)
        assert now is before or now.version == before.version + 1
        assert not set(now.categories).intersection(now.leaving)
        assert now.deposit_fen >= now.deposit_due_fen(SMALL, NOW)
        assert ("gold" in now.present_in) == (now.deposit_due_fen(SMALL, NOW) == 300_000)

    assert now.left(dict(now.leaving), NOW).present_in == set(now.categories)


@pytest.mark.parametrize("category_id", ["all", "none"])
def test_things_are_sold_in_leaves(category_id: str) -> None:
    """C4: neither in a branch nor in what does not exist."""
    with pytest.raises(Invalid):
        SMALL.leaf(category_id)


def test_the_seed_is_a_sound_tree() -> None:
    """C4: ≥ 60 categories, each branch with leaves, what the law asks for where it asks for it."""
    leaves = [one for one in TREE.categories if one.parent_id]
    rules = {one.category_id: one.at(NOW) for one in leaves}

    assert len(TREE.categories) >= 60
    assert all(TREE.leaves(one.category_id) for one in TREE.categories)
    assert all(TREE.leaf(one.category_id) is one for one in leaves)
    assert {rules[one].licences for one in TREE.leaves("food")} == {("food_business",)}
    assert all(not rules[one].giftable for branch in ("jewellery", "education") for one in TREE.leaves(branch))
    assert all(3 <= one.min_images <= 9 and one.kinds and one.deposit_fen >= 100_000 for one in rules.values())


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("五个字刚好", 5),
        ("  ab  ", 2),
        ("a\u200bb", 2),
        ("e\u0301", 1),
        ("\u202eabc", 3),
        ("a b", 3),
        ("", 0),
        ("\u0000\n", 0),
    ],
)
def test_only_what_shows_is_counted(text: str, length: int) -> None:
    """C5: invisible characters make no title longer."""
    assert shown_length(text) == length


@given(st.text())
def test_a_normal_form_is_its_own(name: str) -> None:
    """C1: writing a normal form again changes nothing, nor do case, width and spaces."""
    normal = normal_form(name)

    assert normal_form(normal) == normal
    assert normal_form(f" {name}\u3000") == normal


@given(st.text("aAｂＢ店ßſ", max_size=6))
def test_names_that_look_alike_are_one(name: str) -> None:
    """C1: upper and lower case, full and half width."""
    assert normal_form(name.upper()) == normal_form(name.lower()) == normal_form(name)


def test_a_session_is_renewed_by_its_newest_secret() -> None:
    """X1: an older one shows that two hold it; after thirty days it is over."""
    session = new_session("ses_1", "wx1:anna", "first", NOW)

    renewed = session.renew("first", "second", LATER - timedelta(seconds=1))

    assert renewed is not None
    assert renewed.expires_at > session.expires_at
    assert session.renew("first", "second", LATER) is None
    with pytest.raises(Stolen):
        renewed.renew("first", "third", NOW)
