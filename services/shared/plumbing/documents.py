"""Nouns as JSON documents in a row."""

from functools import cached_property
from typing import Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class Document(Generic[T]):
    """How nouns of one kind are written as JSON and read again; worked out at its first use, for a short cold start."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind

    def dump_json(self, noun: T, *, exclude_defaults: bool = False) -> bytes:
        return self._adapter.dump_json(noun, exclude_defaults=exclude_defaults)

    def validate_json(self, text: str | bytes) -> T:
        """Raises ValueError for what is no such noun."""
        return self._adapter.validate_json(text)

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self._kind)
