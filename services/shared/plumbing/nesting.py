"""How deep JSON of strangers may go that is kept: what is deeper nothing shows again. Pure."""

from typing import Any

DEEP = 100  # objects and lists inside each other


def is_nested_too_deeply(text: str, found: Any) -> bool:
    """Whether ``found``, which this text said, goes deeper. With few brackets it cannot, and is not looked through."""
    return text.count("[") + text.count("{") > DEEP and _depth(found) > DEEP


def _depth(found: Any) -> int:
    """How many objects and lists are inside each other."""
    depth, level = 0, [found]
    while level := [one for one in level if isinstance(one, dict | list)]:
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
        depth += 1
    return depth
