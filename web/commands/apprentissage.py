"""`apprentissage …`: refit the learned model, list, choose or stop it; thresholds."""

from typing import Annotated, Any

import typer

from socle.errors import NotFoundError
from web.commands.console import AsJson, emit, open_house, say
from web.services import Services

AUTEUR = "commande"
ETATS = {
    "sert": "en service",
    "ancien": "antérieur",
    "refuse": "refusé",
    "arrete": "arrêté",
}

apprentissage = typer.Typer(
    help="Le modèle appris : versions, retour en arrière, seuils.", no_args_is_help=True
)


@apprentissage.command("ajuster")
def ajuster(*, as_json: AsJson = False) -> None:
    """Réapprend des corrections ; la version ne sert que si elle n'est pas moins bonne."""
    from intake import ajustement

    services = open_house()
    now = services.clock.now()
    kept = ajustement.refit(services.db, services.coffre, now, auteur=AUTEUR)
    if as_json:
        emit(_plain(kept) if kept else None)
    elif kept is None:
        say("Rien de nouveau à apprendre, ou modèle arrêté : rien n'est changé.")
    elif kept.etat == "sert":
        say(f"Le modèle n° {kept.numero} sert désormais : {_measured(kept)}.")
    else:
        say(f"Le modèle n° {kept.numero} est refusé : {kept.motif}")
    services.db.close()


@apprentissage.command("versions")
def versions(*, as_json: AsJson = False) -> None:
    """Montre les versions du modèle, la plus récente d'abord."""
    from intake import modeles

    services = open_house()
    found = services.db.read(modeles.listing)
    services.db.close()
    if as_json:
        emit([_plain(version) for version in found])
        return
    for version in found:
        day = f"{version.fait_at:%Y-%m-%d %H:%M}"
        line = f"n° {version.numero} du {day}, {ETATS[version.etat]} : "
        say(line + (version.motif or _measured(version)))
    if not found:
        say("Aucun modèle : les règles décident seules.")


@apprentissage.command("revenir")
def revenir(
    numero: Annotated[int, typer.Argument(min=1, help="La version à remettre.")],
) -> None:
    """Remet en service une version antérieure, ou arrêtée."""
    from intake import modeles

    services = open_house()
    found = services.db.write(
        modeles.roll_back,
        services.coffre,
        numero,
        auteur=AUTEUR,
        now=services.clock.now(),
    )
    services.db.close()
    say(f"Le modèle n° {found.numero} sert désormais.")


@apprentissage.command("arreter")
def arreter() -> None:
    """Arrête le modèle : les règles décident seules."""
    from intake import modeles

    services = open_house()
    numero = services.db.write(modeles.stop, auteur=AUTEUR, now=services.clock.now())
    services.db.close()
    say(f"Le modèle n° {numero} est arrêté : les règles décident seules.")


@apprentissage.command("seuil")
def seuil(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Code du catalogue.")],
    valeur: Annotated[
        float | None, typer.Argument(help="De 0,5 à 1 ; absent : le seuil est retiré.")
    ] = None,
    *,
    collectivite: Annotated[
        str | None, typer.Option(help="Référence ; absente : toute la maison.")
    ] = None,
) -> None:
    """Dit sous quelle confiance un type n'est pas affirmé."""
    from intake import seuils

    services = open_house()
    home = _home(services, collectivite) if collectivite else None
    services.db.write(
        seuils.fix,
        type_,
        valeur,
        auteur=AUTEUR,
        now=services.clock.now(),
        collectivite_id=home,
    )
    services.db.close()
    done = "retiré" if valeur is None else f"fixé à {valeur:g}"
    say(f"Seuil de {type_} {done}.")


@apprentissage.command("seuils")
def seuils_(*, as_json: AsJson = False) -> None:
    """Montre les seuils fixés."""
    from intake import seuils
    from records.store import collectivites

    services = open_house()
    rows = [
        {
            "collectivite": services.db.read(collectivites.by_id, home).reference
            if home
            else None,
            "type": code,
            "seuil": value,
        }
        for home, code, value in services.db.read(seuils.listing)
    ]
    services.db.close()
    if as_json:
        emit(rows)
        return
    for row in rows:
        say(f"{row['collectivite'] or 'maison'} : {row['type']} {row['seuil']:g}")
    if not rows:
        say("Aucun seuil fixé : ceux de la maison valent partout.")


def _home(services: Services, reference: str) -> int:
    from records.store.comptes import find_collectivite

    found = services.db.read(find_collectivite, reference)
    if found is None:
        raise NotFoundError("introuvable", "Aucune collectivité à cette référence.")
    return found


def _measured(version: Any) -> str:  # noqa: ANN401 - `intake.modeles.Version`
    m = version.mesures
    said = m.get("engages", 0) + m.get("inconnus_engages", 0)
    right = f"{m['engages_justes'] / said:.1%} justes" if said else "jamais assez sûr"
    return (
        f"{version.nb_lecons} leçons dont {version.nb_corrections} corrections ; sur des "
        f"mises en page jamais vues, {right} quand il se prononce "
        f"(annoncé {m.get('engages_annonce', 0):.1%})"
    )


def _plain(version: Any) -> dict[str, Any]:  # noqa: ANN401 - `intake.modeles.Version`
    return {
        "numero": version.numero,
        "etat": version.etat,
        "fait_at": version.fait_at.isoformat(),
        "auteur": version.auteur,
        "nb_lecons": version.nb_lecons,
        "nb_corrections": version.nb_corrections,
        "motif": version.motif,
        "mesures": version.mesures,
        "comparaison": version.comparaison,
        "suivi": version.suivi,
        "empreinte": version.empreinte,
    }
