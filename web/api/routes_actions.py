"""Every operation on the basket: what waits, who takes charge, the views kept."""

from web.api import models as m
from web.api import prises, vues
from web.api import reponses as r
from web.api.routes_colis import operation

_ACT = "Actions"
OPERATIONS = (
    operation("GET", "/actions", vues.get_actions, "Combien d'actions, par typologie.",
        _ACT, reponse=r.ActionsLues),
    operation("GET", "/actions/{typologie}", vues.list_actions,
        "Les actions d'une typologie.", _ACT, query=m.ActionRecherche,
        reponse=r.Liste[r.LigneAction]),
    operation("GET", "/affectations/{reference}", vues.get_affectation,
        "Qui prend en charge une ligne de la corbeille.", _ACT,
        reponse=prises.AffectationLue),
    operation("PUT", "/affectations/{reference}", vues.take_line,
        "Prend une ligne en charge : document manquant, dossier à clôturer, tâche.",
        _ACT, reponse=prises.AffectationLue, erreurs=(409,),
        detail="Redire la même prise en charge ne change rien. 409 `deja-affecte` quand "
        "quelqu'un d'autre la tient."),
    operation("DELETE", "/affectations/{reference}", vues.give_line_back,
        "Rend une ligne aux autres.", _ACT, reponse=prises.AffectationLue,
        erreurs=(409,)),
    operation("GET", "/vues", vues.get_vues,
        "Les vues que ce compte garde d'une liste d'actions.", _ACT,
        query=prises.VueRecherche, reponse=r.Liste[prises.VueLue]),
    operation("POST", "/vues", vues.post_vue, "Garde des filtres sous un nom.", _ACT,
        corps=prises.VueEntree, statut=201, reponse=prises.VueLue,
        detail="Le même nom remplace les filtres ; vingt vues au plus par liste."),
    operation("DELETE", "/vues", vues.delete_vue, "Oublie une vue.", _ACT,
        query=prises.VueNommee, reponse=r.Liste[prises.VueLue]),
    operation("GET", "/donnees-journalieres", vues.list_day,
        "Ce qui a été saisi un jour donné, dans l'ordre.", _ACT,
        query=m.JourneeRecherche, reponse=r.Liste[r.SaisieLue]),
)  # fmt: skip
