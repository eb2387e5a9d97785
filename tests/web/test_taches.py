"""What was not taken is in front of a person, who settles it with a reason."""

from records.store import taches
from records.store.taches import TacheNouvelle, TacheVue
from records.vocabulary import Typologie
from socle.db import WriteSession
from tests.web.maison import NOW, Maison, Navigateur, sign_in

LIST = "/actions/dossier_en_anomalie"


def refused(session: WriteSession, nom: str) -> TacheVue:
    """Open the task of a file that was not taken."""
    tache = TacheNouvelle(
        typologie=Typologie.DOSSIER_EN_ANOMALIE, code="collectivite-a-preciser",
        detail=f"« {nom} » n’a pas été pris.", collectivite_id=None,
        proprietaire="operateur",
    )  # fmt: skip
    return taches.open_task(session, tache, auteur="essai", now=NOW)


async def page(who: Navigateur, address: str) -> tuple[int, str]:
    """Return the status and the text of a page."""
    client = who.maison.client
    async with client.get(address, cookies=who.cookies) as answer:
        return answer.status, await answer.text()


async def close(who: Navigateur, reference: str, reason: str) -> int:
    """Post that a task is settled."""
    form = {"_jeton": who.jeton, "precision": reason}
    async with who.maison.client.post(
        f"/taches/{reference}", data=form, cookies=who.cookies, allow_redirects=False,
        headers={"Origin": str(who.maison.client.make_url("/"))[:-1]},
    ) as answer:  # fmt: skip
        return answer.status


async def test_each_file_not_taken_is_one_task_closed_with_a_reason(
    maison_entiere: Maison,
) -> None:
    """Two files of one fault are two tasks; the same told twice is one."""
    write = maison_entiere.db.awrite
    first, again = await write(refused, "a.pdf"), await write(refused, "a.pdf")
    other = await write(refused, "b.pdf")
    operator = await sign_in(maison_entiere, "operateur")
    sender = await sign_in(maison_entiere, "rh_azur")

    _, listed = await page(operator, LIST)
    _, shown = await page(operator, f"/taches/{first.reference}")
    foreign, _ = await page(sender, f"/taches/{first.reference}")
    await close(operator, first.reference, "")
    waiting = await page(operator, LIST)
    await close(operator, first.reference, "Redemandé à l’expéditeur.")
    _, left = await page(operator, LIST)

    assert first.reference == again.reference != other.reference
    assert all(f"/taches/{one.reference}" in listed for one in (first, other))
    assert "a.pdf" in shown
    assert 403 == foreign
    assert f"/taches/{first.reference}" in waiting[1]
    assert f"/taches/{first.reference}" not in left
    assert f"/taches/{other.reference}" in left
