"""A file opened → its colis, its bordereaux, and where it contradicts itself. Pure.

Rows are gathered by bordereau, whatever table they stand in; what the manifest announces
is compared with what is there, never taken for it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bordereaux.fichiers import Fichier, Rangee, Table
from bordereaux.lignes_lues import Faute
from bordereaux.reconcile import reconcile
from records import decompte
from records.importation import valeurs as v
from records.importation.valeurs import RefusError
from records.noms import fold
from socle.errors import RefusedError

NEEDED = ("n_bordereau", "date_emission", "type_ligne", "etat", "montant_rembourse")
EITHER = (("code_collectivite", "siret"), ("matricule", "n_evenement"))
_TOTALS = {"total", "totaux"}
LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """A row and the table it comes from."""

    table: str
    rangee: Rangee

    @property
    def is_total(self) -> bool:
        """Tell whether the row announces a total instead of paying something."""
        return fold(self.rangee.valeurs.get("type_ligne", "")) in _TOTALS


@dataclass(frozen=True, slots=True, kw_only=True)
class EcartLu:
    """Where a file contradicts itself: what it announced, what it holds."""

    objet: str
    champ: str
    annonce: str
    trouve: str


@dataclass(slots=True, kw_only=True)
class BordereauLu:
    """The rows of one bordereau, what was announced of it, its décomptes by name."""

    numero: str
    colis: str
    sources: list[Source] = field(default_factory=list)
    annonce: Mapping[str, Any] = field(default_factory=dict)
    decomptes: tuple[str, ...] = ()
    ecarts: list[EcartLu] = field(default_factory=list)
    # told once: the same questions are asked of every row
    _lignes: list[Source] = field(init=False, default_factory=list)
    _nb_totals: int = field(init=False, default=0)
    _said: dict[str, str] = field(init=False, default_factory=dict)

    @property
    def lignes(self) -> list[Source]:
        """Its rows, those of totals left out."""
        if len(self._lignes) + self._nb_totals != len(self.sources):
            self._lignes = [source for source in self.sources if not source.is_total]
            self._nb_totals = len(self.sources) - len(self._lignes)
        return self._lignes

    def commonest(self, column: str) -> str:
        """Return what most rows say in a column, "" when none says anything."""
        if column not in self._said:
            said = [source.rangee.valeurs.get(column, "") for source in self.lignes]
            found = Counter(filter(None, said)).most_common(1)
            self._said[column] = found[0][0] if found else ""
        return self._said[column]


@dataclass(slots=True, kw_only=True)
class Lecture:
    """What a file says: bordereaux by colis, rows of none, contradictions."""

    colis: dict[str, list[BordereauLu]] = field(default_factory=dict)
    refus: list[tuple[Source, Faute]] = field(default_factory=list)
    ecarts: list[EcartLu] = field(default_factory=list)
    entete: Mapping[str, str] = field(default_factory=dict)


def gather(fichier: Fichier) -> Lecture:
    """Gather the rows of a file by bordereau.

    Raises `RefusedError` (`sens-inattendu`) for a colis that does not go out.
    """
    manifest = fichier.manifeste or {}
    if fold(str(manifest.get("sens", "sortant"))) != "sortant":
        raise RefusedError(
            "sens-inattendu",
            "Ce colis n’est pas sortant : déposez-le à la salle du courrier.",
        )
    lecture = Lecture(
        entete={
            name: str(manifest[name])[:LONGEST]
            for name in ("n_colis", "date_emission", "mode_paiement", "emetteur")
            if isinstance(manifest.get(name), str)
        }
    )
    known: dict[tuple[str, str], BordereauLu] = {}
    for table in fichier.tables:
        _take_table(lecture, table, known)
    for name, detail in fichier.illisibles:
        _disagree(lecture.ecarts, name, "fichier", "lisible", detail)
    _compare(lecture, fichier, manifest)
    return lecture


def _take_table(
    lecture: Lecture, table: Table, known: dict[tuple[str, str], BordereauLu]
) -> None:
    columns = set(table.colonnes)
    missing = [name for name in NEEDED if name not in columns]
    missing += [pair[0] for pair in EITHER if not columns & set(pair)]
    if missing:
        head = Source(
            table=table.nom, rangee=Rangee(ligne=table.ligne_entete, valeurs={})
        )
        for name in missing if columns else ():
            faute = Faute(colonne=name, detail="cette colonne manque à la table.")
            lecture.refus.append((head, faute))
        return
    for rangee in table.rangees:
        source = Source(table=table.nom, rangee=rangee)
        try:
            numero = v.needed(rangee.valeurs, "n_bordereau", longest=LONGEST)
            colis = _colis(rangee.valeurs, numero, lecture.entete.get("n_colis"))
        except RefusError as error:
            faute = Faute(colonne=error.champ, detail=error.detail)
            lecture.refus.append((source, faute))
            continue
        if (colis, numero) not in known:
            known[colis, numero] = BordereauLu(numero=numero, colis=colis)
            lecture.colis.setdefault(colis, []).append(known[colis, numero])
        known[colis, numero].sources.append(source)


def _colis(valeurs: Mapping[str, str], numero: str, announced: str | None) -> str:
    said = v.text(valeurs, "n_colis", longest=LONGEST)
    if said and announced and said != announced:
        raise RefusError("n_colis", f"colis.json annonce le colis {announced}.")
    return said or announced or numero


# --- announced and found ---------------------------------------------------------------


def _compare(lecture: Lecture, fichier: Fichier, manifest: Mapping[str, Any]) -> None:
    listed = manifest.get("bordereaux")
    announced = (
        [one for one in listed if isinstance(one, dict)]
        if isinstance(listed, list)
        else []
    )
    by_number = {str(one.get("bordereau", "")): one for one in announced}
    found = {lu.numero: lu for many in lecture.colis.values() for lu in many}
    if fichier.manifeste is not None:
        _compare_names(lecture, fichier, announced, found)
    for numero, lu in found.items():
        lu.annonce = by_number.get(numero, {})
        lu.decomptes = tuple(
            name for name in _decomptes(lu.annonce) if name in fichier.decomptes
        )
        lu.ecarts += compare_totals(lu)


def _decomptes(announced: Mapping[str, Any]) -> list[str]:
    many = announced.get("decomptes")
    given = many if isinstance(many, list) else [announced.get("decompte")]
    return [name for name in given if isinstance(name, str) and name]


def _compare_names(
    lecture: Lecture,
    fichier: Fichier,
    announced: list[dict[str, Any]],
    found: Mapping[str, BordereauLu],
) -> None:
    numbers = reconcile([str(one.get("bordereau", "")) for one in announced], found)
    promised = [name for one in announced for name in _decomptes(one)]
    files = [str(one["fichier"]) for one in announced if one.get("fichier")]
    present = [table.nom for table in fichier.tables]
    ecarts = lecture.ecarts
    for rapprochement, champ in (
        (numbers, "bordereau"),
        (reconcile(promised, fichier.decomptes), "décompte"),
        (reconcile(files, present) if files else None, "fichier"),
    ):
        if rapprochement is None:
            continue
        for name in rapprochement.manquants:
            _disagree(ecarts, name, champ, "annoncé", "absent")
        for name in rapprochement.inattendus:
            _disagree(ecarts, name, champ, "non annoncé", "présent")
    # a décompte promised to two bordereaux would be shown to both
    for name, times in Counter(promised).items():
        if times > 1:
            fichier.decomptes.pop(name, None)
            _disagree(ecarts, name, "décompte", "pour un bordereau", f"pour {times}")


def compare_totals(lu: BordereauLu) -> list[EcartLu]:
    """Return where what is announced of a bordereau is not what its rows hold."""
    counts, sums = _counts(lu.lignes), _sums(lu.lignes)
    ecarts: list[EcartLu] = []
    for name, number in counts.items():
        said = lu.annonce.get(name)
        if said is not None and str(said) != str(number):
            _disagree(ecarts, lu.numero, name, str(said), str(number))
    for name, column in (("total_brut", "montant_brut"),
                         ("total_rembourse", "montant_rembourse")):  # fmt: skip
        said = _money(lu.annonce.get(name))
        if said is not None and said != sums[column]:
            _disagree(ecarts, lu.numero, name, f"{said:.2f}", f"{sums[column]:.2f}")
    return ecarts


def _disagree(
    ecarts: list[EcartLu], objet: str, champ: str, annonce: str, trouve: str
) -> None:
    ecarts.append(
        EcartLu(
            objet=objet[:LONGEST], champ=champ, annonce=annonce[:200], trouve=trouve
        )
    )


def _counts(rows: Iterable[Source]) -> dict[str, int]:
    kinds = Counter(fold(one.rangee.valeurs.get("type_ligne", "")) for one in rows)
    states = Counter(fold(one.rangee.valeurs.get("etat", "")) for one in rows)
    return {
        "lignes": sum(kinds.values()), "lignes_ij": kinds["ij"],
        "lignes_frais": kinds["frais"], "reglees": states["reglee"],
        "bloquees": states["bloquee"],
    }  # fmt: skip


def _sums(rows: Iterable[Source]) -> dict[str, Decimal]:
    listed = [one.rangee.valeurs for one in rows]
    return {
        column: decompte.total(
            [_money(row.get(column)) or Decimal("0.00") for row in listed]
        )
        for column in ("montant_brut", "montant_rembourse")
    }


def _money(value: object) -> Decimal | None:
    try:
        return v.exact_amount({"montant": value}, "montant")
    except RefusError:
        return None


def check_total(lu: BordereauLu, source: Source) -> list[Faute]:
    """Return what is wrong with a row that announces totals."""
    sums, fautes = _sums(lu.lignes), []
    for column, found in sums.items():
        try:
            said = v.exact_amount(source.rangee.valeurs, column)
        except RefusError as error:
            fautes.append(Faute(colonne=column, detail=error.detail))
            continue
        if said is not None and said != found:
            shown = f"{said:.2f}".replace(".", ","), f"{found:.2f}".replace(".", ",")
            fautes.append(
                Faute(
                    colonne=column,
                    detail=f"le total annoncé est {shown[0]}, les lignes font {shown[1]}.",
                )
            )
    return fautes
