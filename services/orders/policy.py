"""What a shop does about wishes of its buyers without being asked each time (O4). Pure."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Policy:
    """``address_change`` automatic: another address is taken at once where sending costs no more than was paid."""

    address_change: Literal["ask", "automatic"] = "ask"
    version: int = 0
