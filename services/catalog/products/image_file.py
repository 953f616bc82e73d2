"""What an image file is, by its own first bytes and not by what it is called (C5). Pure.

Only the header is read: no pixel is decoded, so nothing that is hidden in them can do harm here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

ImageType = Literal["image/jpeg", "image/png", "image/webp", "image/gif"]

MAX_BYTES = 10 << 20
MIN_SIDE, MAX_SIDE = 100, 10_000  # pixels
MAX_PIXELS = 50_000_000
HEADER_BYTES = 1 << 20  # a camera writes a preview, a profile and its notes before a JPEG's size


class NotAnImage(ValueError):
    """The file is no image that we take; the message says why."""


@dataclass(frozen=True)
class Image:
    """An image's type, and its width and height in pixels."""

    type: ImageType
    width: int
    height: int


def image_of(beginning: bytes) -> Image:
    """The image that begins so; its first MiB is enough. Raises NotAnImage, also for one too small or too large."""
    for mark, (type_, size_of) in _KINDS.items():
        if beginning.startswith(mark):
            try:
                width, height = size_of(beginning)
            except (IndexError, ValueError) as error:
                raise NotAnImage("its header is broken or cut off") from error
            _check(width, height)
            return Image(type_, width, height)
    raise NotAnImage("it is no JPEG, PNG, WebP or GIF")


def _check(width: int, height: int) -> None:
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        raise NotAnImage(f"it has {width} × {height} pixels: each side has to have {MIN_SIDE} to {MAX_SIDE}")
    if width * height > MAX_PIXELS:
        raise NotAnImage(f"it has {width} × {height} pixels: at most {MAX_PIXELS:,} are taken")


def _number(data: bytes, at: int, length: int, order: Literal["big", "little"]) -> int:
    part = data[at : at + length]
    if len(part) < length:
        raise IndexError(at)
    return int.from_bytes(part, order)


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        raise ValueError
    return _number(data, 16, 4, "big"), _number(data, 20, 4, "big")


def _gif(data: bytes) -> tuple[int, int]:
    return _number(data, 6, 2, "little"), _number(data, 8, 2, "little")


def _webp(data: bytes) -> tuple[int, int]:
    """Lossy, lossless and extended files keep their size in three ways."""
    kind = data[8:16]
    if kind == b"WEBPVP8 " and data[23:26] == b"\x9d\x01\x2a":
        return _number(data, 26, 2, "little") & 0x3FFF, _number(data, 28, 2, "little") & 0x3FFF
    if kind == b"WEBPVP8L" and data[20:21] == b"\x2f":
        bits = _number(data, 21, 4, "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"WEBPVP8X":
        return _number(data, 24, 3, "little") + 1, _number(data, 27, 3, "little") + 1
    raise ValueError


def _jpeg(data: bytes) -> tuple[int, int]:
    """Segments follow each other; the size stands in the frame's, which is one of C0 to CF but for three."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _number(data, at + 6, 2, "big"), _number(data, at + 4, 2, "big")
        if marker in (0xD8, 0xD9, 0xDA):
            raise ValueError  # pixels begin, or all ends, before any frame
        length = _number(data, at + 1, 2, "big")
        if length < 2:
            raise ValueError
        at += 1 + length


_KINDS: Mapping[bytes, tuple[ImageType, Callable[[bytes], tuple[int, int]]]] = {
    b"\xff\xd8\xff": ("image/jpeg", _jpeg),
    b"\x89PNG\r\n\x1a\n": ("image/png", _png),
    b"GIF87a": ("image/gif", _gif),
    b"GIF89a": ("image/gif", _gif),
    b"RIFF": ("image/webp", _webp),
}
