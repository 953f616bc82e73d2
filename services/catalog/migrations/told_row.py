"""A record of which the merchant should know, whichever service read it (M3)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.shared.contracts.migration import FileKind as Theirs
from services.shared.contracts.migration import Outcome

# What orders reads too has its name in the contract; what only catalog reads has it here.
FileKind = Theirs | Literal["shop"]


class ToldRow(BaseModel):
    """What became of it: refused, or kept by a rollback. ``file`` is 0 where a rollback goes over what came in."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: FileKind
    file: int
    line: int
    old_id: str
    new_id: str = ""
    outcome: Outcome
    why: str = ""
