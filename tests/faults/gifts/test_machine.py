"""Whatever happens in whatever order, each sub-gift ends once, and money, stock and notices agree with how (G2–G10)."""

import pytest

from tests.faults.gifts.books import Books
from tests.faults.gifts.walk import KINDS, Ground, Walk

STEPS = 40


def walk(ground: Ground, kind: str, seed: int, steps: int = STEPS) -> None:
    """A day of chance, with the books read after every step; then everybody comes to the end."""
    walk = Walk(ground, seed, kind)
    books = Books(walk)
    for _ in range(steps):
        walk.step()
        books.check()
    walk.finish()
    books.check_end()


@pytest.mark.parametrize("kind", KINDS)
def test_each_ends_once_and_the_books_agree(ground: Ground, kind: str) -> None:
    """Claimed and on its way, or refunded with its stock back: one of the two, to the piece and to the fen."""
    walk(ground, kind, seed=0, steps=25)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(12))
@pytest.mark.parametrize("kind", KINDS)
def test_each_ends_once_at_length(ground: Ground, kind: str, part: int) -> None:
    """The same, in walks that go other ways every time they are counted."""
    for seed in (2 * part + 1, 2 * part + 2):
        walk(ground, kind, seed)
