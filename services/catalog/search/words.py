"""What a text can be found by, and whether a query finds it (C8). Pure.

Chinese has no spaces, so of each run of its characters every two that follow one another are a token: 龙井茶 is found
by 龙井 and by 井茶. A word of other letters is found by its beginning: ``teapot`` has the tokens ``te``, ``tea`` and
``teapo``; what a query says beyond its tokens is compared with the text itself. A letter or digit alone beside Chinese
makes a token with it, since T恤 and 7号 have no other.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

from services.shared.plumbing.problems import Invalid

# Han, kana and Hangul are written without spaces between words, or searched for as if they were.
UNSPACED = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{UNSPACED}]+|[^\W_{UNSPACED}]+")
_UNSPACED = re.compile(rf"[{UNSPACED}]")
PREFIXES = (2, 3, 5)
MAX_TOKENS = 92  # of a text: so that all its lines fit one transaction; the longest title and short title have 79
MAX_LOOKUPS = 4  # of a query
NEEDS = "two characters of Chinese that stand together, one beside a letter, or the first two letters of a word"


def normal(text: str) -> str:
    """The text as it is compared: one width and case, no accents, its runs apart by single spaces."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(one for one in folded if unicodedata.category(one) != "Mn" or "\u3040" <= one <= "\u30ff")
    return " ".join(_RUN.findall(unicodedata.normalize("NFC", bare)))


def tokens(normal_text: str) -> list[str]:
    """The first 92 different tokens of a normal text, in its order."""
    runs = normal_text.split()
    found = dict.fromkeys(chain((token for run in runs for token in _tokens(run)), _mixed(runs)))
    return list(found)[:MAX_TOKENS]


def _tokens(run: str) -> Iterator[str]:
    if _UNSPACED.match(run):
        yield from (run[at : at + 2] for at in range(len(run) - 1))
    else:
        yield from (run[:length] for length in PREFIXES if length <= len(run))


def _mixed(runs: Sequence[str]) -> Iterator[str]:
    """A letter alone, and the character of Chinese before or behind it."""
    for one, other in pairwise(runs):
        mixed = bool(_UNSPACED.match(one)) is not bool(_UNSPACED.match(other))
        if mixed and len(one if _UNSPACED.match(other) else other) == 1:
            yield one[-1] + other[0]


@dataclass(frozen=True)
class Wanted:
    """A query. Each of its runs must be found: Chinese anywhere, other words as the beginning of a word."""

    normal_text: str

    @cached_property
    def lookups(self) -> Sequence[str]:
        """At most four tokens that every text it finds has, those that promise most first."""
        longest = {run: list(_tokens(run)) for run in self.normal_text.split()}
        ends = [token for found in longest.values() for token in ({found[0], found[-1]} if found else ())]
        ranked = sorted(dict.fromkeys(ends), key=lambda token: (_UNSPACED.match(token) is None, -len(token), token))
        # A word's longest prefix says all that its shorter ones say.
        useful = [one for one in ranked if not any(other != one and other.startswith(one) for other in ranked)]
        return (useful or self._mixed)[:MAX_LOOKUPS]

    @cached_property
    def _mixed(self) -> list[str]:
        """Those of a letter and Chinese; what the letter begins says more: 白T恤 is to find 白色T恤."""
        found = list(_mixed(self.normal_text.split()))
        return [one for one in found if not _UNSPACED.match(one)] or found

    def finds(self, normal_text: str) -> bool:
        """Whether a normal text has all of it."""
        spaced = f" {normal_text}"
        if not all((run if _UNSPACED.match(run) else f" {run}") in spaced for run in self.normal_text.split()):
            return False
        # What was looked up by nothing else has it as it was looked up, whichever of its lists led there.
        return self.lookups != self._mixed[:MAX_LOOKUPS] or set(tokens(normal_text)).issuperset(self.lookups)


def wanted(query: str) -> Wanted:
    """What is looked for. Raises Invalid for a query that says too little to look anything up."""
    found = Wanted(normal(query))
    if not found.lookups:
        raise Invalid(f"q: {NEEDS}", errors=[{"at": "q", "why": NEEDS}])
    return found
