"""Where something was before it moved here from an old shop (M2). Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """The old shop in which an order or an after-sale began, where its money lies, and what moved it here (M2): the
    line of the file in which run.

    ``version``: as it came. While that is its version, nobody has touched it here.
    """

    source: str
    old_shop_id: str
    old_id: str
    migration_id: str
    run: int
    file: int = 0
    line: int = 0
    version: int = 1
