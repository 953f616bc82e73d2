"""Which encoding a text file is in, and what is no text file (C6). Pure."""

from typing import Literal

Encoding = Literal["utf-8", "gb18030"]

UTF8_MARK = b"\xef\xbb\xbf"
_NOT_TEXT = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet",
    b"PK\x05\x06": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"\xd0\xcf\x11\xe0": "a spreadsheet in Excel's own format",
    b"%PDF": "a PDF",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}


class NotText(ValueError):
    """The file is something else; the message says what."""


def encoding_of(beginning: bytes) -> Encoding:
    """UTF-8, or GB18030 where more of the lines with other than ASCII characters are that. Raises NotText.

    Judged by lines, so that a few broken ones do not turn a file into mojibake: nearly no Chinese text in GB18030 is
    valid UTF-8, while much of UTF-8 could be read as GB18030.
    """
    for mark, what in _NOT_TEXT.items():
        if beginning.startswith(mark):
            raise NotText(f"this is {what}: save it as CSV or JSON lines in UTF-8")
    if b"\x00" in beginning.partition(b"\n")[0]:  # further down it spoils its own row
        raise NotText("this is no text: save it as CSV or JSON lines in UTF-8")
    if beginning.startswith(UTF8_MARK):
        return "utf-8"
    lines = beginning.split(b"\n")
    telling = [line for line in (lines[:-1] or lines) if not line.isascii()]  # the last one may be cut in a character
    utf8 = sum(_fits(line, "utf-8") for line in telling)
    gb18030 = sum(_fits(line, "gb18030") for line in telling)
    return "gb18030" if utf8 * 2 < len(telling) and gb18030 > utf8 else "utf-8"


def _fits(line: bytes, encoding: Encoding) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
