"""What an image file is by its first bytes: type and size, and what is none (C5)."""

import struct
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.products.image_file import MAX_SIDE, MIN_SIDE, Image, ImageType, NotAnImage, image_of

SIDES = st.integers(MIN_SIDE, 5_000)


def png(width: int, height: int) -> bytes:
    """A PNG's beginning."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def gif(width: int, height: int) -> bytes:
    """A GIF's beginning."""
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0)


def jpeg(width: int, height: int, frame: int = 0xC2, before: int = 60_000) -> bytes:
    """A JPEG whose size stands behind long notes of a camera, a fill byte and a table of codes."""
    notes = b"\xff\xe1" + struct.pack(">H", before) + b"\x00" * (before - 2)
    table = b"\xff\xff\xc4" + struct.pack(">H", 4) + b"\x00\x00"
    return b"\xff\xd8" + notes + table + bytes((0xFF, frame)) + struct.pack(">HBHH", 17, 8, height, width)


def webp_lossy(width: int, height: int) -> bytes:
    """A lossy WebP's beginning, with its scaling bits set."""
    frame = b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width | 0x4000, height | 0x8000)
    return b"RIFF\x00\x00\x00\x00WEBPVP8 \x00\x00\x00\x00" + frame


def webp_lossless(width: int, height: int) -> bytes:
    """A lossless WebP's beginning."""
    bits = (width - 1) | (height - 1) << 14 | 1 << 28
    return b"RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00\x2f" + struct.pack("<I", bits)


def webp_extended(width: int, height: int) -> bytes:
    """A WebP with animation or transparency."""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00" + sides


Kind = Callable[[int, int], bytes]
KINDS: dict[Kind, ImageType] = {
    png: "image/png",
    gif: "image/gif",
    jpeg: "image/jpeg",
    webp_lossy: "image/webp",
    webp_lossless: "image/webp",
    webp_extended: "image/webp",
}


@given(st.sampled_from(list(KINDS)), SIDES, SIDES)
def test_type_and_size_are_read_from_the_header(kind: Kind, width: int, height: int) -> None:
    """C5: whatever the file is called; nothing is decoded."""
    assert image_of(kind(width, height)) == Image(KINDS[kind], width, height)


@pytest.mark.parametrize(
    ("kind", "needed"),
    [(png, 24), (gif, 10), (jpeg, None), (webp_lossy, 30), (webp_lossless, 25), (webp_extended, 30)],
)
def test_a_header_that_is_cut_off_is_no_image(kind: Kind, needed: int | None) -> None:
    """C5: at any of its bytes, and never an error of another kind."""
    header: bytes = kind(640, 480)[:needed]

    assert image_of(header) == Image(KINDS[kind], 640, 480)
    for length in (*range(min(len(header), 40)), len(header) - 1):
        with pytest.raises(NotAnImage):
            image_of(header[:length])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no JPEG"),
        (b"<!doctype html><title>png</title>", "no JPEG"),
        (b"PK\x03\x04", "no JPEG"),
        (b"BM" + b"\x00" * 60, "no JPEG"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "broken"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "broken"),
        (b"\xff\xd8\xff\xda" + b"\x00" * 40, "broken"),
        (b"\xff\xd8\xff\xe0\x00\x00" + b"\x00" * 40, "broken"),
        (png(MIN_SIDE - 1, 500), "99 × 500 pixels"),
        (png(500, MAX_SIDE + 1), "500 × 10001 pixels"),
        (png(0, 0), "0 × 0 pixels"),
        (png(10_000, 9_000), "at most 50,000,000"),
    ],
)
def test_what_is_no_image_that_we_take_is_told_why(content: bytes, why: str) -> None:
    """C5: other files under an image's name, broken headers, and sizes that no page or no memory can take."""
    with pytest.raises(NotAnImage, match=why):
        image_of(content)


@given(st.sampled_from([b"\xff\xd8\xff", b"RIFF", b"GIF89a", b"\x89PNG\r\n\x1a\n"]), st.binary(max_size=200))
def test_no_bytes_make_another_error(mark: bytes, rest: bytes) -> None:
    """C5: hostile headers end in an image or in a reason, and they end."""
    with suppress(NotAnImage):
        assert image_of(mark + rest).width >= MIN_SIDE
