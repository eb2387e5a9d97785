"""Every page of the portal, and who may open it."""

from records.vocabulary import Role
from web import export
from web.api import bordereaux as listes
from web.api import courriers as lettres
from web.api import impression as papier
from web.api import listes as editions
from web.api import papiers as octets
from web.api.routes import ADMIN, EDITEURS, OPERATEURS
from web.portal import (
    absences,
    acces,
    accueil,
    aide,
    alertes,
    bordereaux,
    cloture,
    colis,
    comptes,
    contestations,
    courriels,
    courriers,
    declarer,
    decoupage,
    dossiers,
    doublons,
    envois,
    etabli,
    exports,
    facteur,
    fiche,
    import_personnel,
    integration,
    journees,
    listes_actions,
    modifier,
    oidc,
    paie,
    papiers,
    personnel,
    recours,
    redaction,
    services,
    simulations,
    sommes,
    suivi,
    taches,
)
from web.portal import listes as arrets
from web.security import PUBLIC, SIGNED_IN, STAFF, Handler, Policy, Route, roles


def _route(
    method: str,
    path: str,
    handler: Handler,
    policy: Policy = SIGNED_IN,
    *,
    is_upload: bool = False,
) -> Route:
    return Route(
        method=method, path=path, handler=handler, policy=policy, is_upload=is_upload
    )


DECLARANTS = roles(Role.COLLECTIVITE, Role.GESTIONNAIRE, Role.ADMINISTRATEUR)
_LIGNE = "/pieces-attendues/{reference}"
_EVENEMENT = "/evenements/{reference}"
_AGENT = "/agents/{reference}"
_CONSEQUENCE = f"{_EVENEMENT}/consequences"
_DEPOT = "/depots/{reference}"
_COMPTE = "/comptes/{reference}"
_FACTEUR = "/compte/second-facteur"
_LISTE = "/listes-arrets/{reference}"
_EDITION = f"{_LISTE}/executions/{{n:[0-9]+}}"
_PAPIER = "/documents/{reference}"
_COLIS = "/colis/{reference}"

ROUTES = (
    # coming in and out
    _route("GET", "/connexion", acces.get_connexion, PUBLIC),
    _route("POST", "/connexion", acces.post_connexion, PUBLIC),
    _route("POST", "/deconnexion", acces.post_deconnexion),
    _route("GET", "/activation", acces.get_activation, PUBLIC),
    _route("POST", "/activation", acces.post_activation, PUBLIC),
    _route("GET", "/compte", acces.get_compte),
    _route("POST", "/compte/connexions/fermer", acces.post_fermer_connexion),
    _route("GET", "/connexion/code", acces.get_code, PUBLIC),
    _route("POST", "/connexion/code", acces.post_code, PUBLIC),
    _route("GET", "/connexion/oidc", oidc.get_depart, PUBLIC),
    _route("GET", "/connexion/oidc/retour", oidc.get_retour, PUBLIC),
    # help, for whoever reads
    _route("GET", "/aide", aide.get_aide, PUBLIC),
    _route("GET", "/aide/{nom:[a-z-]+}", aide.get_page, PUBLIC),
    # the second factor
    _route("GET", _FACTEUR, facteur.get_facteur),
    _route("POST", f"{_FACTEUR}/commencer", facteur.post_commencer),
    _route("GET", f"{_FACTEUR}/code.png", facteur.get_image),
    _route("POST", f"{_FACTEUR}/activer", facteur.post_activer),
    _route("POST", f"{_FACTEUR}/codes", facteur.post_codes),
    _route("POST", f"{_FACTEUR}/retirer", facteur.post_retirer),
    # accounts
    _route("GET", "/comptes", comptes.get_comptes, ADMIN),
    _route("GET", "/comptes/nouveau", comptes.get_nouveau, ADMIN),
    _route("POST", "/comptes/nouveau", comptes.post_nouveau, ADMIN),
    _route("GET", _COMPTE, comptes.get_compte, ADMIN),
    _route("POST", f"{_COMPTE}/perimetre", comptes.post_perimetre, ADMIN),
    _route("POST", f"{_COMPTE}/suspendre", comptes.post_suspendre, ADMIN),
    _route("POST", f"{_COMPTE}/retablir", comptes.post_retablir, ADMIN),
    _route("POST", f"{_COMPTE}/reinitialiser", comptes.post_reinitialiser, ADMIN),
    _route("POST", f"{_COMPTE}/second-facteur", comptes.post_oublier_facteur, ADMIN),
    _route("POST", f"{_COMPTE}/deconnecter", comptes.post_deconnecter, ADMIN),
    # what waits
    _route("GET", "/", accueil.get_actions),
    _route("GET", "/documents-manquants", accueil.get_manquants),
    _route("GET", "/documents-manquants.xlsx", exports.get_export),
    _route("GET", "/documents-manquants.pdf", exports.get_export),
    _route("POST", "/actions/affecter", listes_actions.post_affecter),
    _route("GET", "/actions/{typologie}", listes_actions.get_typologie),
    _route("POST", "/actions/{typologie}/vues", listes_actions.post_vue),
    _route("GET", "/donnees-journalieres", journees.get_journee),
    # the integration window
    _route("GET", f"{_LIGNE}/integration", integration.get_integration),
    _route(
        "POST", f"{_LIGNE}/integration", integration.post_integration, is_upload=True
    ),
    _route("GET", f"{_LIGNE}/integration/lignes", integration.get_lignes),
    _route("POST", f"{_LIGNE}/contester", contestations.post_contester, DECLARANTS),
    _route("POST", f"{_LIGNE}/repondre", contestations.post_repondre, EDITEURS),
    _route("GET", f"{_EVENEMENT}/joindre", integration.get_joindre),
    _route("POST", f"{_EVENEMENT}/joindre", integration.post_joindre, is_upload=True),
    _route("GET", f"{_EVENEMENT}/joindre/lignes", integration.get_lignes_evenement),
    # deposits
    _route("GET", "/deposer", envois.get_deposer),
    _route("POST", "/deposer", envois.post_deposer, is_upload=True),
    _route("GET", "/depots", envois.get_depots),
    _route("GET", _DEPOT, envois.get_depot),
    _route("GET", f"{_DEPOT}/suivi", suivi.get_suivi),
    _route("GET", f"{_DEPOT}/original", envois.get_original),
    _route("POST", f"{_DEPOT}/relire", envois.post_relire, STAFF),
    _route("POST", f"{_DEPOT}/clore", envois.post_clore),
    _route("GET", f"{_DEPOT}/decoupage", decoupage.get_decoupage, STAFF),
    _route("POST", f"{_DEPOT}/decoupage", decoupage.post_decoupage, STAFF),
    _route(
        "GET",
        f"{_DEPOT}/apercu/{{page:[0-9]{{1,5}}}}.webp",
        decoupage.get_image,
        STAFF,
    ),
    # colis
    _route("GET", "/colis", colis.get_liste, STAFF),
    _route("POST", "/colis", colis.post_liste, OPERATEURS, is_upload=True),
    _route("GET", _COLIS, colis.get_colis, STAFF),
    _route("POST", f"{_COLIS}/actes", colis.post_acte, OPERATEURS),
    _route("POST", f"{_COLIS}/ecarts/{{ecart}}", colis.post_ecart, OPERATEURS),
    # letters
    _route("GET", "/courriers", courriers.get_courriers),
    _route("POST", "/courriers/edition", courriers.post_edition, EDITEURS),
    _route("GET", "/courriers.zip", lettres.get_courriers_zip),
    _route("GET", "/courriers/tournee.pdf", papier.get_tournee, EDITEURS),
    _route("POST", f"{_LIGNE}/page-de-garde", papier.post_garde, DECLARANTS),
    _route("GET", "/courriels", courriels.get_courriels, ADMIN),
    _route(
        "POST",
        "/courriels/{numero:[0-9]{1,12}}/reprendre",
        courriels.post_reprendre,
        EDITEURS,
    ),
    _route(
        "POST",
        "/courriels/{numero:[0-9]{1,12}}/classer",
        courriels.post_classer,
        EDITEURS,
    ),
    _route("GET", "/courriers/modele", redaction.get_modele, EDITEURS),
    _route("POST", "/courriers/modele", redaction.post_modele, EDITEURS),
    _route("POST", f"{_EVENEMENT}/editer", redaction.post_editer, DECLARANTS),
    _route("GET", "/courriers/{reference}.pdf", lettres.get_courrier_pdf),
    _route("GET", "/courriers/{reference}", courriers.get_courrier),
    # lists of leaves
    _route("GET", "/absences", absences.get_absences, DECLARANTS),
    _route("GET", "/listes-arrets", arrets.get_listes, DECLARANTS),
    _route("POST", "/listes-arrets", arrets.post_liste, DECLARANTS),
    _route("GET", "/listes-arrets/nouvelle", arrets.get_parametres, DECLARANTS),
    _route("GET", "/listes-arrets/nouvelle/risque", arrets.get_risque, DECLARANTS),
    _route("GET", _LISTE, arrets.get_liste, DECLARANTS),
    _route("POST", f"{_LISTE}/editer", arrets.post_editer, DECLARANTS),
    _route("POST", f"{_LISTE}/arreter", arrets.post_arreter, DECLARANTS),
    _route("GET", f"{_EDITION}.pdf", editions.get_execution_pdf, DECLARANTS),
    _route("GET", f"{_EDITION}.xlsx", editions.get_execution_xlsx, DECLARANTS),
    _route("GET", _EDITION, arrets.get_execution, DECLARANTS),
    # bordereaux, décomptes, relevés
    _route("GET", "/bordereaux", bordereaux.get_bordereaux),
    _route("POST", "/bordereaux", bordereaux.post_bordereaux, EDITEURS, is_upload=True),
    _route("GET", "/bordereaux/{reference}.pdf", listes.get_bordereau_pdf),
    _route("GET", "/bordereaux/{reference}.xlsx", listes.get_bordereau_xlsx),
    _route("GET", "/bordereaux/{reference}.csv", listes.get_bordereau_csv),
    _route("GET", "/bordereaux/{reference}", bordereaux.get_bordereau),
    _route("GET", "/decomptes/{reference}.pdf", listes.get_decompte_pdf),
    _route("GET", "/releves", sommes.get_releves),
    _route("GET", "/colis/{reference}/bordereau.pdf", listes.get_reception_pdf),
    _route("GET", "/colis/{reference}/bordereau.xlsx", listes.get_reception_xlsx),
    _route("GET", "/colis/{reference}/bordereau.csv", listes.get_reception_csv),
    # agents and events
    _route("GET", "/agents", dossiers.get_agents),
    _route("GET", "/agents/nouveau", personnel.get_nouveau, DECLARANTS),
    _route("POST", "/agents/nouveau", personnel.post_nouveau, DECLARANTS),
    _route("GET", "/agents/import", import_personnel.get_import, DECLARANTS),
    _route(
        "POST",
        "/agents/import",
        import_personnel.post_import,
        DECLARANTS,
        is_upload=True,
    ),
    _route("GET", "/agents/{reference}", dossiers.get_agent),
    _route("GET", f"{_AGENT}/modifier/{{partie}}", personnel.get_modifier, DECLARANTS),
    _route(
        "POST", f"{_AGENT}/modifier/{{partie}}", personnel.post_modifier, DECLARANTS
    ),
    _route("GET", "/services", services.get_services, DECLARANTS),
    _route("POST", "/services", services.post_services, DECLARANTS),
    _route("GET", "/services/{reference}", services.get_services, DECLARANTS),
    _route("POST", "/services/{reference}", services.post_services, DECLARANTS),
    _route("GET", _EVENEMENT, fiche.get_evenement),
    _route("GET", f"{_EVENEMENT}/sommes", sommes.get_sommes),
    _route("GET", f"{_EVENEMENT}/export.zip", export.get_export),
    # declaring
    _route("GET", "/declarer", declarer.get_declarer, DECLARANTS),
    _route("GET", f"{_AGENT}/declarer", declarer.get_formulaire, DECLARANTS),
    _route("POST", f"{_AGENT}/declarer", declarer.post_formulaire, DECLARANTS),
    _route(
        "POST", "/brouillons/{reference}/supprimer", declarer.post_supprimer, DECLARANTS
    ),
    _route("GET", f"{_EVENEMENT}/modifier", modifier.get_modifier, DECLARANTS),
    _route("POST", f"{_EVENEMENT}/modifier", modifier.post_modifier, DECLARANTS),
    _route("GET", f"{_CONSEQUENCE}/nouvelle", modifier.get_consequence, DECLARANTS),
    _route("POST", f"{_CONSEQUENCE}/nouvelle", modifier.post_consequence, DECLARANTS),
    _route(
        "GET", f"{_CONSEQUENCE}/{{consequence}}", modifier.get_consequence, DECLARANTS
    ),
    _route(
        "POST", f"{_CONSEQUENCE}/{{consequence}}", modifier.post_consequence, DECLARANTS
    ),
    _route("GET", f"{_EVENEMENT}/cloturer", cloture.get_cloturer, DECLARANTS),
    _route("POST", f"{_EVENEMENT}/cloturer", cloture.post_cloturer, DECLARANTS),
    _route("GET", f"{_EVENEMENT}/salaires", paie.get_salaires, DECLARANTS),
    _route("POST", f"{_EVENEMENT}/salaires", paie.post_salaires, DECLARANTS),
    _route("GET", f"{_EVENEMENT}/recours/nouveau", recours.get_recours, DECLARANTS),
    _route("POST", f"{_EVENEMENT}/recours/nouveau", recours.post_recours, DECLARANTS),
    _route("GET", f"{_EVENEMENT}/recours/{{recours}}", recours.get_recours, DECLARANTS),
    _route(
        "POST", f"{_EVENEMENT}/recours/{{recours}}", recours.post_recours, DECLARANTS
    ),
    # rights
    _route("GET", "/simulations", simulations.get_simulations),
    _route("GET", "/simulations/nouvelle", simulations.get_nouvelle),
    _route("POST", "/simulations/nouvelle", simulations.post_nouvelle),
    _route(
        "POST", "/simulations/nouvelle/import", simulations.post_import, is_upload=True
    ),
    _route("GET", "/simulations/alertes", alertes.get_alertes),
    _route(
        "GET", "/simulations/{reference}.{format:pdf|xlsx}", simulations.get_fichier
    ),
    _route("GET", "/simulations/{reference}", simulations.get_gardee),
    _route("GET", f"{_AGENT}/simulation", simulations.get_agent),
    _route("POST", f"{_AGENT}/simulation", simulations.post_agent),
    # papers
    _route("GET", "/documents.xlsx", exports.get_export),
    _route("GET", "/documents.pdf", exports.get_export),
    _route("GET", "/documents", papiers.get_integres),
    _route("GET", _PAPIER, papiers.get_document),
    _route("GET", f"{_PAPIER}/original", octets.get_original),
    _route("GET", f"{_PAPIER}/apercu/{{page:[0-9]{{1,4}}}}.webp", octets.get_apercu),
    # the bench
    _route("GET", f"{_PAPIER}/traiter", etabli.get_traiter, STAFF),
    _route("GET", "/taches/{reference}", taches.get_tache, STAFF),
    _route("POST", "/taches/{reference}", taches.post_tache, STAFF),
    _route("POST", f"{_PAPIER}/doublon", doublons.post_doublon, STAFF),
    _route("POST", f"{_PAPIER}/rattacher", etabli.post_rattacher, STAFF),
    _route("POST", f"{_PAPIER}/detacher", etabli.post_detacher, STAFF),
    _route("POST", f"{_PAPIER}/type", etabli.post_type, STAFF),
    _route("POST", f"{_PAPIER}/classer", etabli.post_classer, STAFF),
    _route("POST", f"{_PAPIER}/anomalie", etabli.post_anomalie, STAFF),
    _route("POST", f"{_PAPIER}/remettre", etabli.post_remettre, STAFF),
    _route("POST", f"{_PAPIER}/tourner", etabli.post_tourner, STAFF),
)
