"""`simuler FICHIER.json`: the rights simulation, offline."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from records.droits import Resultat
from records.droits.textes import days, percent
from socle.errors import RefusedError
from web import droits
from web.api.forms import check
from web.api.modeles_droits import LotEntree, SimulationEntree, named, read
from web.commands.console import AsJson, emit, say

_POSITIONS = {
    "carence": "carence",
    "plein": "plein traitement",
    "demi": "demi-traitement",
    "sans_traitement": "sans traitement",
    "epuise": "droits épuisés",
}


def simuler(
    fichier: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="Une simulation, ou un lot, en JSON."
        ),
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Calcule les droits, hors ligne : rien n'est lu ni gardé dans la base."""  # noqa: D401
    given = _read(fichier)
    if not isinstance(given, dict):
        _refuse(as_json, "Le fichier doit contenir un objet JSON.")
    try:
        if "simulations" in given:
            lot = _offline(*check(LotEntree, given).simulations)
            results = [droits.run(one) for one in lot]
        else:
            results = [droits.run(*_offline(read(given)))]
    except RefusedError as error:
        _refuse(as_json, named(error))
    if as_json:
        told = [droits.resultat_json(one) for one in results]
        emit({"resultats": told} if "simulations" in given else told[0])
        return
    for one in results:
        for line in _lines(one):
            say(line)


def _read(path: Path) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        _refuse(False, f"{path.name} n'est pas du JSON lisible en UTF-8.")


def _offline(*asked: SimulationEntree) -> tuple[SimulationEntree, ...]:
    if any(one.agent or one.conserver for one in asked):
        raise RefusedError(
            "hors-ligne",
            "Hors ligne, aucun agent n'est connu et rien n'est gardé : donnez la "
            "situation et l'historique, et retirez « conserver ».",
        )
    return asked


def _refuse(as_json: bool, why: "RefusedError | str") -> NoReturn:
    error = RefusedError("demande-invalide", why) if isinstance(why, str) else why
    if as_json:
        emit(droits.refusal_json(error))
    print(f"vaguemestre : {error.detail} [{error.code}]", file=sys.stderr)
    for one in error.erreurs:
        print(f"  {one.champ} : {one.detail} [{one.code}]", file=sys.stderr)
    raise typer.Exit(1)


def _lines(found: Resultat) -> list[str]:
    lines = []
    for tranche in found.tranches:
        lines.append(
            f"{tranche.periode.debut:%d/%m/%Y} – {tranche.periode.dernier:%d/%m/%Y}  "
            f"{_POSITIONS[tranche.position.value]:16} {percent(tranche.taux):>6}  "
            f"{days(tranche.jours)}"
        )
        lines += [f"    {tranche.explication}", f"    {tranche.source}"]
    for title, day in (
        ("Passage à demi-traitement", found.passage_demi_traitement),
        ("Épuisement des droits", found.epuisement_le),
        ("Retour à plein traitement", found.retour_plein_le),
    ):
        if day is not None:
            lines.append(f"{title} : {day:%d/%m/%Y}")
    lines += [f"À savoir : {said}" for said in found.avertissements]
    profil = ", ".join(
        f"{k} = {v}" for k, v in droits.profil_json(found.profil).items()
    )
    return [*lines, f"Profil : {profil}"]
