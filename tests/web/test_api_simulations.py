"""Rights simulations over HTTP and by command: answers, refusals, what is kept."""

import copy
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from records.references import Sujet, parse_reference
from records.store import journal
from tests.bilan.maison import ROOT, environment, settings_for
from tests.web.maison import Maison, sign_in
from tests.web.monde import Client, make_agent, make_evenement
from tests.web.test_api_register import place

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios/droits").glob("*.toml"))
D7: dict[str, Any] = {
    "situation": {"statut": "CNRACL"},
    "historique": [],
    "arret": {"nature": "CMO", "debut": "2025-03-03", "fin": "2026-03-31"},
}


def plain(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a scenario as the API is asked it, and what it expects."""
    scenario = tomllib.loads(path.read_text())
    scenario = json.loads(json.dumps(scenario, default=str))
    names = ("statut", "date_entree", "stagiaire", "contrat_r326_6", "services",
             "date_fin_contrat")  # fmt: skip
    asked = {n: scenario.pop(n) for n in ("historique", "arret", "profil")
             if n in scenario}  # fmt: skip
    asked["situation"] = {n: scenario.pop(n) for n in names if n in scenario}
    return asked, scenario


async def test_the_answer_has_everything_the_interface_promises(maison: Maison) -> None:
    """Tranches with their sentence and source, recap, days to watch, profile."""
    found = await Client(maison, "rh_azur")("POST", "/simulations", json=D7, expect=200)

    first, second, third, last = found["tranches"]
    assert ("2025-03-03", "2025-03-03", 1, "carence", "0.00") == tuple(
        first[n] for n in ("debut", "fin", "jours", "position", "taux")
    )
    assert ("plein", "0.90", 89) == (
        second["position"],
        second["taux"],
        second["jours"],
    )
    assert ("demi", "0.50", 275) == (third["position"], third["taux"], third["jours"])
    assert ("epuise", "2026-03-03") == (last["position"], last["debut"])
    assert "1 jour à plein traitement déjà pris sur 90" in second["explication"]
    assert "loi n° 2025-127" in second["source"]
    assert [1, 89, 275, 29] == [total["jours"] for total in found["recapitulatif"]]
    assert "2025-06-01" == found["passage_demi_traitement"]
    assert "2026-03-03" == found["epuisement_le"]
    assert "plein" == found["profil"]["consommation"]
    assert any(
        "reprise effective n'est pas connue" in s for s in found["avertissements"]
    )
    assert found["version_regles"]
    assert found["reference"] is None


async def test_every_scenario_through_the_lot(maison: Maison) -> None:
    """The published examples come out of the API as they come out of the engine."""
    asked, expected = zip(*(plain(path) for path in SCENARIOS), strict=True)
    answer = await Client(maison, "operateur")(
        "POST", "/simulations/lot", json={"simulations": list(asked)}, expect=200
    )

    for path, scenario, one in zip(
        SCENARIOS, expected, answer["resultats"], strict=True
    ):
        rows = [
            {n: t[n] for n in ("debut", "fin", "position")}
            for t in one["simulation"]["tranches"]
        ]
        wanted = [
            {n: t[n] for n in ("debut", "fin", "position")}
            for t in scenario["tranches"]
        ]
        assert (path.stem, wanted) == (path.stem, rows)


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("arret.fin", {"arret": {"fin": "2025-01-01"}}, "arret", "précède le début"),
    ("a day", {"arret": {"debut": "03/03/2025"}}, "arret.debut", "AAAA-MM-JJ"),
    ("a day that is not", {"arret": {"debut": "2025-02-30"}}, "arret.debut", "jour"),
    ("a nature", {"arret": {"nature": "CONGE"}}, "arret.nature", "choisissez parmi"),
    ("a statute", {"situation": {"statut": "MAIRE"}}, "situation.statut", "Choisissez"),
    ("a profile", {"profil": {"unite": "heures"}}, "profil.unite", "hoisissez"),
    ("a cap", {"profil": {"plafond_demi": 0}}, "profil.plafond_demi", "au moins"),
    ("an unknown field", {"arret": {"motif": "x"}}, "arret.motif", "n'existe pas"),
    ("nobody", {"situation": None}, "", "situation de la personne"),
    (
        "a leave of another statute",
        {"arret": {"nature": "CGM"}}, "arret.nature", "Changez la nature ou le statut",
    ),
    (
        "a wrong line",
        {"historique": [{"nature": "CMO", "debut": "2024-01-01", "fin": "2024-01-05"},
                        {"nature": "CMO", "debut": "2024-02-01"}]},
        "historique[1].fin", "La ligne 2 de l'historique : ce champ est obligatoire",
    ),
    (
        "a line backwards",
        {"historique": [{"nature": "CMO", "debut": "2024-02-05", "fin": "2024-02-01"}]},
        "historique[0]", "La ligne 1 de l'historique : la fin (01/02/2024) précède",
    ),
    (
        "an overlap",
        {"historique": [{"nature": "CMO", "debut": "2024-01-01", "fin": "2024-01-09"},
                        {"nature": "CMO", "debut": "2024-01-05", "fin": "2024-01-12"}]},
        "historique[1]", "5 jours en commun",
    ),
    (
        "a duplicate",
        {"historique": [{"nature": "CMO", "debut": "2024-01-01", "fin": "2024-01-09"},
                        {"nature": "CMO", "debut": "2024-01-01", "fin": "2024-01-09"}]},
        "historique[1]", "répète la ligne 1",
    ),
]  # fmt: skip


async def test_each_kind_of_bad_input_says_where_and_what_to_do(
    maison: Maison,
) -> None:
    """422, the field, the line, and what to correct."""
    client, wrong = Client(maison, "rh_azur"), {}
    for kind, changes, champ, said in BAD:
        asked = copy.deepcopy(D7)
        for name, value in changes.items():
            is_part = isinstance(value, dict)
            asked[name] = asked.get(name, {}) | value if is_part else value
        refused = await client("POST", "/simulations", json=asked, expect=422)
        found = {one["champ"]: one["detail"] for one in refused["erreurs"]}
        if said.lower() not in found.get(champ, "").lower():
            wrong[kind] = found
    assert {} == wrong


async def test_one_refusal_does_not_stop_a_lot(maison: Maison) -> None:
    """Each answer stands at the place of its question."""
    wrong = D7 | {"arret": D7["arret"] | {"nature": "CGM"}}
    ghost = {"agent": "AG-2026-00000-00000-A", "arret": D7["arret"]}
    answer = await Client(maison, "rh_azur")(
        "POST", "/simulations/lot", json={"simulations": [D7, wrong, ghost, D7]},
        expect=200,
    )  # fmt: skip

    found = [
        one["refus"]["code"] if one["refus"] else "" for one in answer["resultats"]
    ]
    assert ["", "historique-incoherent", "introuvable", ""] == found


async def test_a_lot_keeps_nothing(maison: Maison) -> None:
    """Keeping is asked one by one."""
    asked = {"simulations": [D7 | {"conserver": True}]}
    refused = await Client(maison, "rh_azur")(
        "POST", "/simulations/lot", json=asked, expect=422
    )
    assert "lot-non-conserve" == refused["code"]


async def _agent(maison: Maison, **changes: Any) -> str:
    client = Client(maison, "administrateur")
    home = await place(client, "azur")
    made = await make_agent(client, home, regime="CNRACL", **changes)
    await make_evenement(
        client, made["reference"], date_survenance="2026-04-01",
        consequences=[{"type": "ARRET", "debut": "2026-04-01", "fin": "2026-06-30"},
                      {"type": "PROLONG", "debut": "2026-07-01", "fin": "2026-10-31"}],
    )  # fmt: skip
    return str(made["reference"])


async def test_the_history_of_an_agent_comes_from_the_register(maison: Maison) -> None:
    """`agent` replaces situation and history; its own leave is not counted twice."""
    agent = await _agent(maison)
    arret = {"nature": "CMO", "debut": "2026-11-02", "fin": "2026-11-30"}
    client = Client(maison, "rh_azur")
    found = await client(
        "POST", "/simulations", json={"agent": agent, "arret": arret}, expect=200
    )
    assert ["carence", "plein", "demi", "demi"] == [
        t["position"] for t in found["historique_calcule"]
    ]
    assert "demi" == found["tranches"][-1]["position"]
    again = {"nature": "CMO", "debut": "2026-07-01", "fin": "2026-10-31"}
    same = await client(
        "POST", "/simulations", json={"agent": agent, "arret": again}, expect=200
    )
    assert 1 == len([t for t in same["tranches"] if t["position"] == "demi"])


async def test_the_rights_of_an_agent_today(maison: Maison) -> None:
    """On leave: the leave that runs; else: a leave that would start that day."""
    agent = await _agent(maison)
    client = Client(maison, "rh_azur")
    now = await client("GET", f"/agents/{agent}/droits", expect=200)
    assert now["en_cours"]
    assert "2026-07-01" == now["arret"]["debut"]
    assert "CNRACL" == now["situation"]["statut"]
    later = await client("GET", f"/agents/{agent}/droits?au=2027-08-01", expect=200)
    assert not later["en_cours"]
    assert "2027-10-30" == later["droits"]["passage_demi_traitement"]
    await client("GET", f"/agents/{agent}/droits?au=demain", expect=422)


async def test_an_agent_without_regime_is_refused_with_what_to_do(
    maison: Maison,
) -> None:
    """The régime is asked for, nothing is guessed."""
    client = Client(maison, "administrateur")
    made = await make_agent(client, await place(client, "azur"))
    refused = await client("GET", f"/agents/{made['reference']}/droits", expect=422)
    assert "situation-inconnue" == refused["code"]
    assert "complétez sa fiche" in refused["detail"]


async def test_a_kept_simulation_holds_its_inputs_and_the_rules(maison: Maison) -> None:
    """What was asked, the history as it stood, the answer, the version, a fact."""
    agent = await _agent(maison)
    arret = {"nature": "CMO", "debut": "2026-11-02", "fin": "2026-11-30"}
    client = Client(maison, "rh_azur")
    made = await client(
        "POST", "/simulations", json={"agent": agent, "arret": arret, "conserver": True},
        expect=200,
    )  # fmt: skip
    reference = made["reference"]
    assert parse_reference(reference)
    assert reference.startswith(Sujet.SIMULATION.value)

    kept = await client("GET", f"/simulations/{reference}", expect=200)
    assert made == kept["resultat"]
    assert agent == kept["agent"]
    assert "2026-04-01" == kept["entrees"]["historique"][0]["debut"]
    assert made["version_regles"] == kept["version_regles"]
    assert () == maison.db.read(journal.verify)

    await Client(maison, "rh_brume")("GET", f"/simulations/{reference}", expect=404)


async def test_without_agent_it_is_kept_where_the_person_works(maison: Maison) -> None:
    """One who sees several places must say for whom."""
    asked = D7 | {"conserver": True}
    made = await Client(maison, "rh_azur")(
        "POST", "/simulations", json=asked, expect=200
    )
    assert made["reference"]
    refused = await Client(maison, "administrateur")(
        "POST", "/simulations", json=asked, expect=422
    )
    assert "collectivite-a-preciser" == refused["code"]


async def test_a_foreign_agent_looks_inexistent(maison: Maison) -> None:
    """Same answer as for one that is nowhere."""
    agent = await _agent(maison)
    arret = D7["arret"]
    foreign = Client(maison, "rh_brume")
    one, other = [
        await foreign(
            "POST", "/simulations", json={"agent": who, "arret": arret}, expect=404
        )
        for who in (agent, "AG-2026-00000-00000-A")
    ]
    assert one | {"requete": ""} == other | {"requete": ""}


async def test_the_session_of_the_portal_needs_its_token(maison: Maison) -> None:
    """A page of another site cannot make a browser keep a simulation."""
    nav = await sign_in(maison, "rh_azur")
    answer = await maison.client.post(
        "/api/v1/simulations", json=D7, cookies=nav.cookies
    )
    assert 403 == answer.status


# --- the command ------------------------------------------------------------------------


def _run(
    folder: Path, content: str, *options: str
) -> "subprocess.CompletedProcess[str]":
    path = folder / "demande.json"
    path.write_text(content, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "web", "simuler", str(path), *options],
        cwd=ROOT, env=environment(settings_for(folder / "donnees", 1)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command_answers_like_the_api(tmp_path: Path) -> None:
    """JSON for a machine, lines for a person, no database."""
    machine = _run(tmp_path, json.dumps(D7), "--json")
    assert 0 == machine.returncode
    assert "2025-06-01" == json.loads(machine.stdout)["passage_demi_traitement"]
    person = _run(tmp_path, json.dumps(D7))
    assert 0 == person.returncode
    assert "04/03/2025 – 31/05/2025  plein traitement" in person.stdout
    assert "Profil : consommation = plein" in person.stdout
    many = _run(tmp_path, json.dumps({"simulations": [D7, D7]}), "--json")
    assert 2 == len(json.loads(many.stdout)["resultats"])
    assert [] == [path.name for path in tmp_path.iterdir() if path.is_dir()]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "n'est pas du JSON lisible"),
        ("[]", "un objet JSON"),
        (json.dumps(D7 | {"arret": {}}), "arret.nature"),
        (json.dumps({"agent": "AG-1", "arret": D7["arret"]}), "Hors ligne"),
        (json.dumps(D7 | {"conserver": True}), "Hors ligne"),
        (
            json.dumps(D7 | {"historique": [D7["arret"]]}),
            "L'arrêt à étudier (du 03/03/2025 au 31/03/2026) répète la ligne 1",
        ),
    ],
)
def test_the_command_says_what_is_wrong(
    tmp_path: Path, content: str, said: str
) -> None:
    """Exit 1, the lines on stderr."""
    refused = _run(tmp_path, content)
    assert 1 == refused.returncode
    assert said in refused.stderr
