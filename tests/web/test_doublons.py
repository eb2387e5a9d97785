"""Two papers side by side: seen by those who may, decided by the staff, once."""

import re

import sqlalchemy as sa

from intake import doublons
from intake import tables as it
from intake.doublons import Jumeau
from intake.ressemblances import Genre, Ressemblance
from records.store import justificatifs
from records.store.justificatifs import Justificatif, JustificatifNouveau
from records.tables import Justificatif as Ligne
from socle.db import WriteSession
from tests.web.maison import NOW, Maison, Navigateur, sign_in


def two_papers(session: WriteSession, home: int) -> tuple[Justificatif, Justificatif]:
    """Write two papers that say the same, and the pair they make."""
    made = []
    for rank in (1, 2):
        depot = it.Depot(
            reference=f"DP-{rank}", collectivite_id=home, canal="api", depose_par="essai",
            nom_fichier="a.pdf", empreinte=f"{rank:064d}", taille=1, recu_at=NOW,
            date_reception=NOW.date(), etat="traite", nb_pages=1,
        )  # fmt: skip
        session.add(depot)
        session.flush()
        nouveau = JustificatifNouveau(
            collectivite_id=home, depot_id=depot.id, rang=1, pages=(1,), type="FACTURE",
            confiance=0.9, etat="a_verifier",
        )  # fmt: skip
        made.append(justificatifs.add(session, nouveau, auteur="essai", now=NOW))
    same = Ressemblance(genre=Genre.MEMES_FAITS, score=0.8, detail="Mêmes dates.")
    jumeau = Jumeau(justificatif_id=made[0].id, ressemblance=same, is_tied=False)
    doublons.keep(session, made[1].id, [jumeau], NOW)
    return made[0], made[1]


async def show(who: Navigateur, reference: str) -> str:
    """Return the page of a paper."""
    client = who.maison.client
    async with client.get(f"/documents/{reference}", cookies=who.cookies) as answer:
        return await answer.text()


async def say(who: Navigateur, paper: str, premier: str, reason: str) -> int:
    """Post that two papers are one."""
    form = {"_jeton": who.jeton, "premier": premier, "avis": "confirme",
            "precision": reason}  # fmt: skip
    async with who.maison.client.post(
        f"/documents/{paper}/doublon", data=form, cookies=who.cookies,
        allow_redirects=False,
        headers={"Origin": str(who.maison.client.make_url("/"))[:-1]},
    ) as answer:  # fmt: skip
        return answer.status


async def test_a_pair_is_shown_then_settled(maison_entiere: Maison) -> None:
    """Both papers show the pair; a confirmed duplicate is filed, nothing is deleted."""
    home = maison_entiere.collectivites["azur"]
    first, second = await maison_entiere.db.awrite(two_papers, home)
    clerk = await sign_in(maison_entiere, "gestionnaire")
    sender = await sign_in(maison_entiere, "rh_azur")
    neighbour = await sign_in(maison_entiere, "rh_brume")

    pages = [await show(clerk, one.reference) for one in (first, second)]
    seen = await show(sender, second.reference)
    foreign = await show(neighbour, second.reference)
    empty = await say(clerk, second.reference, first.reference, "")
    refused = await say(sender, second.reference, first.reference, "Le même.")
    said = await say(clerk, second.reference, first.reference, "La même facture.")

    assert all(
        "Mêmes faits" in page and "C’est le même papier" in page for page in pages
    )
    assert all(
        other.reference in page
        for other, page in zip((second, first), pages, strict=True)
    )
    assert "Mêmes faits" in seen
    assert "C’est le même papier" not in seen
    assert "Mêmes faits" not in foreign
    assert (303, 403, 303) == (empty, refused, said)
    states = await maison_entiere.db.aread(
        lambda session: session.execute(
            sa.select(it.Doublon.etat, it.Doublon.motif, Ligne.etat).join(
                Ligne, Ligne.id == it.Doublon.justificatif_id
            )
        ).all()
    )
    assert [("confirme", "La même facture.", "integre_sans_piece")] == [
        tuple(row) for row in states
    ]
    assert not re.search("C’est le même papier", await show(clerk, second.reference))
