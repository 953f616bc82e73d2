"""QR codes of a text, medium error correction: readable while a seventh of it is covered."""

import base64
import io
from typing import NamedTuple

SCALE = 8  # pixels a module
QUIET = 4  # modules around it, as readers want


class Qr(NamedTuple):
    """The picture twice: SVG as text, PNG as a data URI; ``width`` is the PNG's, in pixels."""

    svg: str
    png: str
    width: int


def qr_of(text: str) -> Qr:
    """The QR code of a text of at most 2 000 bytes."""
    import segno  # only the doors that draw one need it

    code = segno.make_qr(text, error="m")
    png, svg = io.BytesIO(), io.BytesIO()
    code.save(png, kind="png", scale=SCALE, border=QUIET)
    code.save(svg, kind="svg", scale=SCALE, border=QUIET, xmldecl=False, nl=False)
    data = base64.b64encode(png.getvalue()).decode()
    return Qr(svg.getvalue().decode(), f"data:image/png;base64,{data}", int(code.symbol_size(SCALE, QUIET)[0]))
