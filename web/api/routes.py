"""Every operation of the API on one screen."""

from typing import Any

from records.vocabulary import Role
from socle import tableurs
from web import export
from web.api import bordereaux as listes
from web.api import (
    contestations,
    docs,
    impression,
    papiers,
    redaction,
    routes_actions,
    routes_colis,
    vues,
)
from web.api import courriers as lettres
from web.api import listes as arrets
from web.api import modeles_droits as md
from web.api import models as m
from web.api import models_bordereaux as mb
from web.api import models_papiers as mp
from web.api import reponses as r
from web.api import simulations as sim
from web.api.operations import Operation
from web.api.routes_colis import operation as _op
from web.security import PUBLIC, STAFF, Route, roles

ADMIN = roles(Role.ADMINISTRATEUR)
OPERATEURS = routes_colis.OPERATEURS
DECLARANTS = roles(Role.COLLECTIVITE, Role.GESTIONNAIRE, Role.ADMINISTRATEUR)
EDITEURS = roles(Role.GESTIONNAIRE, Role.ADMINISTRATEUR)
_FILES: dict[str, Any] = {
    "type": "object",
    "required": ["fichier"],
    "properties": {
        "fichier": {
            "description": "Un ou plusieurs fichiers : PDF, TIFF, JPEG, PNG ou HEIC.",
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "format": "binary"},
        },
        **{
            name: {"type": "string", "description": sentence}
            for name, sentence in (
                (
                    "piece_attendue",
                    "Référence de la pièce attendue à laquelle répond l'envoi.",
                ),
                ("evenement", "Référence de l'évènement."),
                ("agent", "Référence de l'agent."),
                ("type", "Code du type de document."),
                (
                    "collectivite",
                    "Référence de la collectivité, si vous en voyez plusieurs.",
                ),
            )
        },
    },
}


_REF, _EVT, _PCE, _DEP, _DOC = (
    "Référentiel",
    "Évènements",
    "Pièces attendues",
    "Dépôts",
    "Documents",
)
_NEW: dict[str, Any] = {"statut": 201, "erreurs": (409,)}
_MOD: dict[str, Any] = {"erreurs": (409,)}

REFERENTIEL = (
    _op("GET", "/collectivites", vues.list_collectivites,
        "Les collectivités que vous voyez.", _REF,
        query=m.ParReferenceExterne, reponse=r.Liste[r.CollectiviteLue]),
    _op("POST", "/collectivites", vues.create_collectivite, "Crée une collectivité.",
        _REF, policy=ADMIN, corps=m.CollectiviteEntree, reponse=r.CollectiviteLue, **_NEW),
    _op("GET", "/collectivites/{reference}", vues.get_collectivite, "Une collectivité.",
        _REF, reponse=r.CollectiviteLue),
    _op("PATCH", "/collectivites/{reference}", vues.change_collectivite,
        "Modifie une collectivité.", _REF, policy=ADMIN, corps=m.CollectiviteChangement,
        reponse=r.CollectiviteLue, **_MOD),
    _op("GET", "/services", vues.list_services, "Les services.",
        _REF, query=m.ServiceRecherche, reponse=r.Liste[r.ServiceLu]),
    _op("POST", "/services", vues.create_service, "Crée un service.",
        _REF, policy=DECLARANTS, corps=m.ServiceEntree, reponse=r.ServiceLu, **_NEW),
    _op("GET", "/services/{reference}", vues.get_service, "Un service.",
        _REF, reponse=r.ServiceLu),
    _op("PATCH", "/services/{reference}", vues.change_service, "Modifie un service.",
        _REF, policy=DECLARANTS, corps=m.ServiceChangement, reponse=r.ServiceLu, **_MOD),
    _op("GET", "/agents", vues.list_agents,
        "Les agents ; `q` cherche dans les noms et prénoms dès trois lettres.",
        _REF, query=m.AgentRecherche, reponse=r.Liste[r.AgentLu]),
    _op("POST", "/agents", vues.create_agent, "Crée un agent.",
        _REF, policy=DECLARANTS, corps=m.AgentEntree, reponse=r.AgentLu, **_NEW),
    _op("GET", "/agents/{reference}", vues.get_agent, "Un agent.",
        _REF, reponse=r.AgentLu),
    _op("PATCH", "/agents/{reference}", vues.change_agent, "Modifie un agent.",
        _REF, policy=DECLARANTS, corps=m.AgentChangement, reponse=r.AgentLu, **_MOD),
    _op("GET", "/natures", vues.get_natures,
        "Les natures, les conséquences et les types de documents, avec leurs champs.",
        _REF, reponse=r.Lexique),
)  # fmt: skip

EVENEMENTS = (
    _op("GET", "/evenements", vues.list_evenements, "Les évènements.",
        _EVT, query=m.EvenementRecherche, reponse=r.Liste[r.EvenementLu]),
    _op("POST", "/evenements", vues.create_evenement,
        "Déclare un sinistre : l'enregistrer vaut déclaration.", _EVT,
        policy=DECLARANTS, corps=m.EvenementEntree, reponse=r.EvenementFiche, **_NEW),
    _op("GET", "/evenements/{reference}", vues.get_evenement,
        "La fiche évènement unique, ce jour ou telle que connue un jour passé.", _EVT,
        query=m.FicheAu, reponse=r.EvenementFiche),
    _op("GET", "/evenements/{reference}/export.zip", export.get_export,
        "La fiche entière en une archive signée, avec de quoi la vérifier.", _EVT,
        reponse="application/zip"),
    _op("PATCH", "/evenements/{reference}", vues.change_evenement,
        "Modifie un évènement ; ses pièces attendues sont dérivées à nouveau.", _EVT,
        policy=DECLARANTS, corps=m.EvenementChangement, reponse=r.EvenementFiche, **_MOD),
    _op("POST", "/evenements/{reference}/cloture", vues.close_evenement,
        "Clôt un dossier, avec son motif.", _EVT, policy=DECLARANTS,
        corps=m.ClotureEntree, reponse=r.EvenementFiche, **_MOD),
    _op("GET", "/evenements/{reference}/consequences", vues.list_consequences,
        "Les conséquences d'un évènement.", _EVT, reponse=r.Liste[r.ConsequenceLue]),
    _op("POST", "/evenements/{reference}/consequences", vues.create_consequence,
        "Ajoute une conséquence.", _EVT, policy=DECLARANTS, corps=m.ConsequenceEntree,
        reponse=r.ConsequenceLue, **_NEW),
    _op("PATCH", "/evenements/{reference}/consequences/{consequence}",
        vues.change_consequence, "Modifie une conséquence.", _EVT, policy=DECLARANTS,
        corps=m.ConsequenceChangement, reponse=r.ConsequenceLue, **_MOD),
    _op("GET", "/evenements/{reference}/salaires", vues.get_salaires,
        "Les éléments de paie saisis.", _EVT, reponse=r.SalairesLus),
    _op("POST", "/evenements/{reference}/salaires", vues.set_salaires,
        "Saisit les éléments de paie (remplace les précédents).", _EVT,
        policy=DECLARANTS, corps=m.SalairesEntree, reponse=r.SalairesLus, **_MOD),
    _op("GET", "/evenements/{reference}/recours", vues.list_recours,
        "Les recours contre tiers.", _EVT, reponse=r.Liste[r.RecoursLu]),
    _op("POST", "/evenements/{reference}/recours", vues.create_recours,
        "Enregistre ou envoie une demande de recours.", _EVT, policy=DECLARANTS,
        corps=m.RecoursEntree, reponse=r.RecoursLu, **_NEW),
    _op("PATCH", "/evenements/{reference}/recours/{recours}", vues.change_recours,
        "Modifie un recours.", _EVT, policy=DECLARANTS, corps=m.RecoursChangement,
        reponse=r.RecoursLu, **_MOD),
)  # fmt: skip

PIECES = (
    _op("GET", "/pieces-attendues", vues.list_pieces, "Les pièces attendues.",
        _PCE, query=m.PieceRecherche, reponse=r.Liste[r.PieceLue]),
    _op("POST", "/pieces-attendues", vues.create_piece, "Ouvre une exigence à la main.",
        _PCE, policy=STAFF, corps=m.PieceEntree, reponse=r.PieceLue, **_NEW),
    _op("GET", "/pieces-attendues/{reference}", vues.get_piece, "Une pièce attendue.",
        _PCE, reponse=r.PieceLue),
    _op("POST", "/pieces-attendues/{reference}/dispense", vues.waive_piece,
        "Dispense de cette pièce.", _PCE, policy=STAFF, corps=m.Acte,
        reponse=r.PieceLue, **_MOD),
    _op("POST", "/pieces-attendues/{reference}/impossible",
        contestations.post_impossible,
        "Déclare la pièce impossible à produire ; un gestionnaire y répond.", _PCE,
        corps=m.Acte, reponse=r.PieceLue, **_MOD),
    _op("POST", "/pieces-attendues/{reference}/mal-lue", contestations.post_mal_lue,
        "Dit que le document a été adressé et mal lu ; aucune relance avant la réponse.",
        _PCE, policy=DECLARANTS, corps=m.Acte, reponse=contestations.ContestationLue,
        **_MOD),
    _op("POST", "/pieces-attendues/{reference}/page-de-garde", impression.post_garde,
        "Une page de garde : son code mène à la ligne le document posé derrière.", _PCE,
        policy=DECLARANTS, reponse="application/pdf", **_MOD),
    _op("GET", "/pieces-attendues/{reference}/contestation",
        contestations.get_contestation,
        "Ce qui a été dit de la pièce, et la réponse.", _PCE,
        reponse=contestations.ContestationLue),
    _op("POST", "/pieces-attendues/{reference}/reponse", contestations.post_reponse,
        "Répond à ce qui a été dit de la pièce.", _PCE, policy=EDITEURS,
        corps=contestations.ReponseEntree, reponse=contestations.ContestationLue,
        **_MOD),
    _op("POST", "/pieces-attendues/{reference}/rouvrir", vues.reopen_piece,
        "Rouvre l'exigence.", _PCE, policy=STAFF, corps=m.Acte, reponse=r.PieceLue,
        **_MOD),
)  # fmt: skip

PAPIERS = (
    _op("GET", "/depots", papiers.list_depots, "Les dépôts.", _DEP,
        query=mp.DepotRecherche, reponse=r.Liste[r.DepotBref]),
    _op("POST", "/depots", papiers.post_depots,
        "Dépose un ou plusieurs fichiers.", _DEP, statut=201, is_upload=True,
        detail="201 seulement quand les octets sont durables ; rien n'est lu avant. "
        "Les mêmes octets déjà reçus donnent 200 et le premier récépissé.",
        formulaire=_FILES, reponse=r.RecepissesLus, erreurs=(404, 409, 429, 503, 507)),
    _op("GET", "/depots/{reference}", papiers.get_depot,
        "Un dépôt, ses documents et leurs motifs.", _DEP, reponse=r.DepotLu),
    _op("POST", "/depots/{reference}/decoupage", papiers.split_depot,
        "Corrige le découpage en documents.", _DEP, corps=mp.DecoupageEntree,
        reponse=r.DepotLu, **_MOD),
    _op("GET", "/documents", papiers.list_documents,
        "Les documents intégrés, avec filtres et recherche dans le texte lu.", _DOC,
        query=mp.JustificatifRecherche, reponse=r.Liste[r.JustificatifLu]),
    _op("GET", "/documents/{reference}", papiers.get_document, "Un document.", _DOC,
        reponse=r.JustificatifLu),
    _op("GET", "/documents/{reference}/apercu/{page:[0-9]+}.webp",
        papiers.get_apercu, "L'image d'une page.", _DOC, reponse="image/webp"),
    _op("GET", "/documents/{reference}/original", papiers.get_original,
        "Les octets reçus, inchangés.", _DOC, reponse="application/octet-stream"),
    _op("POST", "/documents/{reference}/type", papiers.retype_document,
        "Corrige le type.", _DOC, corps=mp.Retypage, reponse=r.JustificatifLu, **_MOD),
    _op("POST", "/documents/{reference}/rattachement", papiers.link_document,
        "Rattache à un agent, un évènement, des pièces attendues.", _DOC,
        corps=mp.RattachementEntree, reponse=r.JustificatifLu, **_MOD),
    _op("POST", "/documents/{reference}/detachement", papiers.unlink_document,
        "Défait des rattachements.", _DOC, corps=mp.DetachementEntree,
        reponse=r.JustificatifLu, **_MOD),
    _op("POST", "/documents/{reference}/anomalie", papiers.set_anomaly,
        "Met le document en anomalie.", _DOC, corps=mp.AnomalieEntree,
        reponse=r.JustificatifLu, **_MOD),
    _op("POST", "/documents/{reference}/rotation", papiers.rotate_document,
        "Tourne des pages.", _DOC, corps=mp.RotationEntree, reponse=r.JustificatifLu,
        **_MOD),
)  # fmt: skip

_CRR = "Courriers"
COURRIERS = (
    _op("GET", "/courriers", lettres.list_courriers, "Les courriers émis.", _CRR,
        query=lettres.CourrierRecherche, reponse=r.Liste[lettres.CourrierLu]),
    _op("GET", "/courriers.zip", lettres.get_courriers_zip,
        "Les courriers d'un filtre, en une archive.", _CRR,
        query=lettres.CourrierFiltre, reponse="application/zip"),
    _op("GET", "/courriers/tournee.pdf", impression.get_tournee,
        "Les courriers d'un jour en un fichier prêt à imprimer, avec leur bordereau.",
        _CRR, policy=EDITEURS, query=impression.TourneeRecherche,
        reponse="application/pdf", erreurs=(404,)),
    _op("GET", "/courriers/modele", redaction.get_modele,
        "Les textes d'un courrier et leurs versions.", _CRR, policy=EDITEURS,
        query=redaction.ModeleRecherche, reponse=redaction.ModeleLu),
    _op("POST", "/courriers/modele", redaction.post_modele,
        "Enregistre des textes ; un texte qui ne se compose pas est refusé.", _CRR,
        policy=EDITEURS, corps=redaction.ModeleEntree, reponse=redaction.ModeleLu,
        **_MOD),
    _op("POST", "/courriers/modele/apercu", redaction.post_apercu,
        "Un spécimen avec ces textes ; rien n'est gardé.", _CRR, policy=EDITEURS,
        corps=redaction.ModeleEntree, reponse="application/pdf"),
    _op("POST", "/evenements/{reference}/courriers", redaction.post_courrier_evenement,
        "Édite l'attestation de prise en charge ou l'enquête d'un évènement.", _CRR,
        policy=DECLARANTS, corps=redaction.EditionEvenementEntree,
        reponse=lettres.CourrierLu, **_NEW),
    _op("POST", "/courriers/edition", lettres.post_edition,
        "Édite les courriers dus un jour ; `essai` dit ce qui partirait, et pourquoi.",
        _CRR, policy=EDITEURS, corps=lettres.EditionEntree, statut=201,
        statut_essai=200,
        reponse=lettres.EditionLue, erreurs=(404, 409, 503)),
    _op("GET", "/courriers/{reference}.pdf", lettres.get_courrier_pdf,
        "Les octets d'un courrier, tels qu'émis.", _CRR, reponse="application/pdf"),
    _op("GET", "/courriers/{reference}", lettres.get_courrier,
        "Un courrier et sa liste telle qu'elle était.", _CRR,
        reponse=lettres.CourrierFiche),
)  # fmt: skip

_SIM = "Droits"
SIMULATIONS = (
    _op("POST", "/simulations", sim.post_simulations,
        "Simule les droits : comment chaque jour est payé, et pourquoi.", _SIM,
        detail="Rien n'est gardé, sauf si `conserver` est vrai. `agent` remplace "
        "`situation` et `historique` par ceux du registre.",
        corps=md.SimulationEntree, reponse=sim.SimulationLue, erreurs=(404,)),
    _op("POST", "/simulations/lot", sim.post_lot,
        "Simule en lot, dans l'ordre ; un refus n'arrête pas les autres.", _SIM,
        corps=md.LotEntree, reponse=sim.LotLu),
    _op("GET", "/simulations/{reference}", sim.get_simulation,
        "Une simulation gardée.", _SIM, reponse=sim.SimulationGardeeLue),
    _op("GET", "/agents/{reference}/droits", sim.get_droits,
        "Les droits d'un agent, un jour donné.", _SIM, query=sim.DroitsDemandes,
        reponse=sim.DroitsLus),
)  # fmt: skip

_LST = "Listes des arrêts"
_LISTE = "/listes-arrets/{reference}"
LISTES = (
    _op("GET", "/listes-arrets", arrets.list_listes, "Les listes demandées.", _LST,
        policy=DECLARANTS, query=m.Page, reponse=r.Liste[arrets.ListeLue]),
    _op("POST", "/listes-arrets", arrets.post_liste,
        "Demande une liste : elle est éditée aussitôt, puis à sa fréquence.", _LST,
        policy=DECLARANTS, corps=arrets.ListeEntree, reponse=arrets.ListeFiche,
        statut=201, erreurs=(404, 503)),
    _op("GET", _LISTE, arrets.get_liste, "Une liste et ses éditions.", _LST,
        policy=DECLARANTS, reponse=arrets.ListeFiche),
    _op("POST", f"{_LISTE}/arret", arrets.stop_liste,
        "Arrête la programmation ; les éditions restent.", _LST, policy=DECLARANTS,
        reponse=arrets.ListeLue),
    _op("POST", f"{_LISTE}/executions", arrets.post_execution,
        "Édite la liste une fois de plus.", _LST, policy=DECLARANTS, statut=201,
        reponse=arrets.ExecutionLue, erreurs=(503,)),
    _op("GET", f"{_LISTE}/executions/{{n:[0-9]+}}.pdf", arrets.get_execution_pdf,
        "Une édition en PDF, telle qu'elle a été faite.", _LST, policy=DECLARANTS,
        reponse="application/pdf"),
    _op("GET", f"{_LISTE}/executions/{{n:[0-9]+}}.xlsx", arrets.get_execution_xlsx,
        "Une édition en XLSX, telle qu'elle a été faite.", _LST, policy=DECLARANTS,
        reponse=tableurs.XLSX),
)  # fmt: skip

_BRD = "Bordereaux"
_ONE_FILE: dict[str, Any] = {
    "type": "object",
    "required": ["fichier"],
    "properties": {
        "fichier": {
            "description": "Un fichier CSV, XLSX ou ZIP de l'outil Prestations.",
            "type": "string",
            "format": "binary",
        }
    },
}
_XLSX, _CSV, _PDF = tableurs.XLSX, tableurs.CSV, "application/pdf"
BORDEREAUX = (
    _op("GET", "/bordereaux", listes.list_bordereaux,
        "Les bordereaux de prestations.", _BRD, query=mb.BordereauRecherche,
        reponse=r.Liste[mb.BordereauLu]),
    _op("POST", "/bordereaux", listes.post_bordereaux,
        "Importe un fichier de bordereaux ; répond ligne par ligne.", _BRD,
        policy=EDITEURS, statut=201, is_upload=True, formulaire=_ONE_FILE,
        has_cle=False, reponse=mb.ImportLu, erreurs=(409, 429, 503, 507),
        detail="Chaque colis est écrit en une fois. Les lignes justes sont gardées ; "
        "les autres sont dites avec leur ligne et leur colonne. Rejouer le même "
        "fichier ne change rien (200)."),
    _op("GET", "/bordereaux/{reference}.pdf", listes.get_bordereau_pdf,
        "Un bordereau de prestations, en PDF.", _BRD, reponse=_PDF, erreurs=(503,)),
    _op("GET", "/bordereaux/{reference}.xlsx", listes.get_bordereau_xlsx,
        "Un bordereau de prestations, en XLSX.", _BRD, reponse=_XLSX, erreurs=(503,)),
    _op("GET", "/bordereaux/{reference}.csv", listes.get_bordereau_csv,
        "Un bordereau de prestations, en CSV.", _BRD, reponse=_CSV, erreurs=(503,)),
    _op("GET", "/bordereaux/{reference}", listes.get_bordereau,
        "Un bordereau de prestations et ses lignes.", _BRD, query=m.Page,
        reponse=mb.BordereauFiche),
    _op("GET", "/decomptes", listes.list_decomptes, "Les décomptes reçus.", _BRD,
        query=mb.DecompteRecherche, reponse=r.Liste[mb.DecompteLu]),
    _op("GET", "/decomptes/{reference}.pdf", listes.get_decompte_pdf,
        "Les octets d'un décompte, tels que reçus.", _BRD, reponse=_PDF),
    _op("GET", "/releves", listes.get_releves,
        "Ce qui a été remboursé sur une période, six mois au plus.", _BRD,
        query=mb.ReleveRecherche, reponse=mb.ReleveLu),
    _op("GET", "/colis/{reference}/bordereau.pdf", listes.get_reception_pdf,
        "Le bordereau de réception d'un colis, en PDF.", _BRD,
        query=mb.ReceptionRecherche, reponse=_PDF, erreurs=(409, 503)),
    _op("GET", "/colis/{reference}/bordereau.xlsx", listes.get_reception_xlsx,
        "Le bordereau de réception d'un colis, en XLSX.", _BRD,
        query=mb.ReceptionRecherche, reponse=_XLSX, erreurs=(409, 503)),
    _op("GET", "/colis/{reference}/bordereau.csv", listes.get_reception_csv,
        "Le bordereau de réception d'un colis, en CSV.", _BRD,
        query=mb.ReceptionRecherche, reponse=_CSV, erreurs=(409, 503)),
)  # fmt: skip

OPERATIONS: tuple[Operation, ...] = (
    *REFERENTIEL,
    *EVENEMENTS,
    *PIECES,
    *PAPIERS,
    *routes_actions.OPERATIONS,
    *COURRIERS,
    *SIMULATIONS,
    *LISTES,
    *BORDEREAUX,
    *routes_colis.OPERATIONS,
)
ROUTES: tuple[Route, ...] = (
    *(operation.route() for operation in OPERATIONS),
    Route(
        method="GET",
        path="/api/v1/openapi.json",
        handler=docs.get_openapi,
        policy=PUBLIC,
    ),
    Route(method="GET", path="/api/docs", handler=docs.get_docs, policy=PUBLIC),
)
