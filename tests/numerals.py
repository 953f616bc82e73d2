"""The numbers that a text tells: which ids, seals and times hold by chance what a test looks for, and no number is."""

import re


def numerals(text: str) -> set[str]:
    """The whole numbers that stand by themselves, such as 4321 in ``{"paid_fen": 4321}`` and ``¥4321``.

    None is among the characters of an id or a hash, or of a fraction, such as the microseconds of a time.
    """
    return set(re.findall(r"(?<![0-9A-Za-z_.])\d+(?![0-9A-Za-z_])", text, re.ASCII))
