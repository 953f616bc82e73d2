"""What a style's counters say against what its flow says (O1). Pure."""

from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple


class Figures(NamedTuple):
    """Units on hand, held and sold; or how many more or fewer of each."""

    on_hand: int = 0
    held: int = 0
    sold: int = 0

    @property
    def received(self) -> int:
        """Every unit that ever came in is one of these."""
        return self.on_hand + self.held + self.sold

    def plus(self, other: "Figures") -> "Figures":
        return Figures(self.on_hand + other.on_hand, self.held + other.held, self.sold + other.sold)

    def times(self, count: int) -> "Figures":
        return Figures(self.on_hand * count, self.held * count, self.sold * count)


def sum_of(movements: Iterable[Figures]) -> Figures:
    """All of them together."""
    return reduce(Figures.plus, movements, Figures())


def explained(counted: Figures, before: Figures, around: Iterable[Figures]) -> bool:
    """Whether the counters may be as they are: all movements ``before`` they were read are in them, of those
    ``around`` that moment any may be."""
    least, most = list(before), list(before)
    for movement in around:
        for number, units in enumerate(movement):
            least[number] += min(units, 0)
            most[number] += max(units, 0)
    return all(low <= units <= high for low, units, high in zip(least, counted, most, strict=True))
