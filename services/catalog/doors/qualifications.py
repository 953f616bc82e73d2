"""Doors to a shop's qualifications (C1, C2)."""

from collections.abc import Mapping

from services.catalog import messages as m
from services.catalog.qualifications import messages as q
from services.catalog.qualifications import read
from services.catalog.qualifications.decide import decide
from services.catalog.qualifications.hand_in import hand_in
from services.catalog.service import EDITORS, STAFF_OR_PLATFORM, app
from services.shared.plumbing import files, ids
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import PLATFORM, Call, Page

PATH = "/v1/shops/{shop_id}/qualifications"
ONE = PATH + "/{qualification_id}"


def _again(call: Call, stored: Mapping[str, str]) -> q.QualificationView:
    return read.qualification_in(stored["shop_id"], stored["qualification_id"], call.now)


@app.door("POST", PATH, EDITORS, status=201, again=_again, problems=(files.UploadMissing, p.IllegalTransition))
def post_qualification(call: Call, shop_id: str, body: q.HandIn) -> q.QualificationView:
    """Hand in a licence or a brand's certificate, with its document; the platform looks at it (C2)."""
    qualification_id = hand_in(shop_id, body, call.person, begin=call.begin, now=call.now, new_id=ids.new_id)
    return read.qualification_in(shop_id, qualification_id, call.now)


@app.door("GET", PATH, STAFF_OR_PLATFORM, problems=(p.CursorInvalid,))
def get_qualifications(call: Call, shop_id: str, query: m.PageOf) -> Page[q.QualificationView]:
    """The shop's qualifications in every state, newest first (C2)."""
    return read.qualifications(shop_id, query.limit, query.cursor, call.now)


@app.door("GET", ONE, STAFF_OR_PLATFORM)
def get_qualification(call: Call, shop_id: str, qualification_id: str) -> q.QualificationView:
    """One of the shop's qualifications (C2)."""
    return read.qualification_in(shop_id, qualification_id, call.now)


@app.door("POST", ONE + "/decisions", PLATFORM, problems=(p.IllegalTransition,))
def post_qualification_decision(
    call: Call, shop_id: str, qualification_id: str, body: m.DecideAudit
) -> q.QualificationView:
    """Pass or reject a qualification; a passed one is revoked by rejecting it. May be repeated (C2)."""
    decide(shop_id, qualification_id, body.decision, body.reason, begin=call.begin, now=call.now)
    return read.qualification_in(shop_id, qualification_id, call.now)
