"""Evidence in an after-sale: files that were uploaded, and words, from any side, while it goes on (O6)."""

from datetime import datetime
from typing import NamedTuple

from services.orders.aftersale.aftersale import Aftersale, Evidence, Party
from services.orders.aftersale.go_on import case_and_order
from services.orders.aftersale.refusals import TooMuchEvidence
from services.orders.aftersale.tables import save_aftersale
from services.orders.aftersale.terms import MAX_EVIDENCE
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault


class Proof(NamedTuple):
    """What is handed in, and by whom: keys of uploaded files, words in clear."""

    party: Party
    by: str
    keys: tuple[str, ...] = ()
    text: str | None = None


def hand_in(aftersale_id: str, proof: Proof, *, begin: Begin, now: datetime, new_id: NewId, vault: Vault) -> Aftersale:
    """Add it; words are sealed under the applicant's key. Raises NotFound, IllegalTransition, TooMuchEvidence."""
    case, _ = case_and_order(aftersale_id)
    if proof.party == "buyer" and proof.by != case.applicant:
        raise NotFound()
    if sum(one.party == proof.party for one in case.evidence) >= MAX_EVIDENCE:
        raise TooMuchEvidence(most=MAX_EVIDENCE)
    sealed = vault.seal(case.applicant, proof.text) if proof.text else None
    after = case.hand_in(now, Evidence(new_id("evi"), proof.party, now, proof.keys, sealed))
    tx = begin()
    save_aftersale(tx, after, case)
    tx.commit({"aftersale_id": case.aftersale_id})
    return after
