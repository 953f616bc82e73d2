"""How many characters people see in a text: a family of emoji is one, and so is a letter with its marks. Pure.

Grapheme clusters by the rules of UAX #29 that texts of people meet: marks and skin tones belong to what they follow,
joiners tie emoji together, two regional indicators are a flag, Korean letters make syllables. A library for the rest of
the rules weighs 0.8 MB in every function, and the rest only matters to scripts' editors.
"""

import unicodedata

_JOINER = "\u200d"
_MARKS = ("Mn", "Me", "Mc", "Cf")
_SHAKEN = "\u2194"  # of all that joiners tie to emoji the only one that is no "other symbol": a head that is shaken


def shown_length(text: str) -> int:
    """The number of characters that people see; what is invisible by itself is none."""
    count, before, tied, flag = 0, "", False, False
    for char in text:
        if _belongs_to_what_it_follows(char):
            tied = char == _JOINER and _is_picture(before)
            count += not before and unicodedata.category(char) != "Cf"
            before = before or ("" if unicodedata.category(char) == "Cf" else char)
            continue
        pairs = flag and _is_flag_half(char)
        goes_on = pairs or (tied and _is_picture(char)) or _is_same_syllable(before, char) or before + char == "\r\n"
        flag = _is_flag_half(char) and not pairs
        count += not goes_on
        before, tied = char, False
    return count


def _belongs_to_what_it_follows(char: str) -> bool:
    return unicodedata.category(char) in _MARKS or "\U0001f3fb" <= char <= "\U0001f3ff"


def _is_picture(char: str) -> bool:
    return char != "" and (unicodedata.category(char) == "So" or char == _SHAKEN)


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _is_same_syllable(before: str, char: str) -> bool:
    """A Korean vowel or final that follows an initial, a vowel or a syllable."""
    korean = "\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
    return korean and "\u1160" <= char <= "\u11ff"
