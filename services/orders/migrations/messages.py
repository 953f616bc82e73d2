"""What goes out over HTTP about what moved here."""

from typing import Any

from pydantic import Field

from services.shared.plumbing.doors import View


class OriginView(View):
    """Where an order was placed before it moved here, and what of its record there has no place here."""

    source: str
    old_shop_id: str
    old_id: str
    migration_id: str
    file: int
    line: int
    aside: dict[str, Any] = Field(description="Fields of the old record that nothing was made of, at their old places")
