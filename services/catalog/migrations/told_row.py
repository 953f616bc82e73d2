"""A record of which the merchant should know, whichever service read it (M3). Pure."""

from dataclasses import dataclass
from typing import Literal

# What orders reads, and what only catalog does: its own documents, the shop's record among them.
FileKind = Literal["products", "groups", "orders", "aftersales", "members", "shop"]
Outcome = Literal["moved", "unchanged", "refused", "taken_out", "kept"]


@dataclass(frozen=True)
class ToldRow:
    """What became of it: refused, or kept by a rollback. ``file`` is 0 where a rollback goes over what came in."""

    kind: FileKind
    file: int
    line: int
    old_id: str
    outcome: Outcome
    new_id: str = ""
    why: str = ""
