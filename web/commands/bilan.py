"""`bilan-typage`: confusion table, calibration and abstention, from what people decided."""

from typing import Any

from records.store import typage
from records.store.typage import BilanTypage, Tranche
from web.commands.console import AsJson, emit, open_house, say


def bilan_typage(*, as_json: AsJson = False) -> None:
    """Dit ce que les gestionnaires ont corrigé dans les types proposés."""
    from intake.integration import READER

    services = open_house()
    found = services.db.read(typage.review, READER)
    services.db.close()
    if as_json:
        emit(_plain(found))
        return
    for line in _lines(found):
        say(line)


def _lines(found: BilanTypage) -> list[str]:
    wrong = found.examines - found.justes
    silent = _share(found.abstentions, found.nombre)
    looked = (
        f"{found.nombre} documents reconnus, {found.examines} examinés par une "
        f"personne : {found.justes} types gardés, {wrong} corrigés."
    )
    lines = [looked, f"Sans type proposé : {found.abstentions} ({silent})."]
    slips = {pair: n for pair, n in found.confusions.items() if pair[0] != pair[1]}
    if slips:
        lines.append("Proposé → corrigé :")
    for (before, after), count in sorted(slips.items(), key=lambda x: (-x[1], x[0])):
        total = sum(n for (one, _), n in found.confusions.items() if one == before)
        lines.append(
            f"  {before} → {after} : {count} sur {total} {before} examinés "
            f"({_share(count, total)})"
        )
    lines.append(
        "Confiance annoncée, et part gardée par les personnes qui ont examiné :"
    )
    lines += [_band(band) for band in found.tranches if band.nombre]
    proposed, examined, right = found.appris
    if proposed:
        lines.append(
            f"Modèle appris : {proposed} types proposés, {examined} examinés, "
            f"{right} gardés."
        )
    lines.append("Un type que personne n'a examiné n'est pas compté comme juste.")
    return lines


def _band(band: Tranche) -> str:
    bounds = f"{band.de:.2f} à {min(band.a, 1):.2f}"
    if not band.examines:
        return f"  {bounds} : {band.nombre} documents, aucun examiné"
    return (
        f"  {bounds} : {band.nombre} documents, {band.examines} examinés, annoncé "
        f"{band.annonce:.1%}, gardé {band.justes / band.examines:.1%}"
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "0%"


def _plain(found: BilanTypage) -> dict[str, Any]:
    proposed, examined, right = found.appris
    return {
        "documents": found.nombre,
        "examines": found.examines,
        "justes": found.justes,
        "abstentions": found.abstentions,
        "par_type": found.par_type,
        "confusions": [
            {"propose": before, "corrige": after, "nombre": count}
            for (before, after), count in found.confusions.items()
        ],
        "calibration": [
            {
                "de": band.de,
                "a": min(band.a, 1.0),
                "nombre": band.nombre,
                "examines": band.examines,
                "justes": band.justes,
                "annonce": band.annonce,
            }
            for band in found.tranches
        ],
        "modele_appris": {"proposes": proposed, "examines": examined, "justes": right},
    }
