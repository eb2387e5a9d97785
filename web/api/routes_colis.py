"""Every operation on colis: received, shown, reconciled, acted upon."""

from typing import Any

from records.vocabulary import Role
from web.api import colis
from web.api import models_colis as mc
from web.api import reponses as r
from web.api.operations import Operation
from web.security import roles


def operation(
    method: str,
    path: str,
    handler: Any,  # noqa: ANN401 - a view
    resume: str,
    etiquette: str,
    **rest: Any,  # noqa: ANN401 - fields of `Operation`
) -> Operation:
    """Declare an operation of the API."""
    return Operation(
        method=method,
        path=path,
        handler=handler,
        resume=resume,
        etiquette=etiquette,
        **rest,
    )


_CLS = "Colis"
OPERATEURS = roles(Role.OPERATEUR, Role.ADMINISTRATEUR)
OPERATIONS = (
    operation("GET", "/colis", colis.list_colis, "Les colis, entrants et sortants.", _CLS,
        query=mc.ColisRecherche, reponse=r.Liste[mc.ColisBref]),
    operation("POST", "/colis", colis.post_colis, "Reçoit un colis entrant.", _CLS,
        policy=OPERATEURS, statut=201, is_upload=True,
        detail="201 seulement quand les octets sont durables ; rien n'est ouvert avant. "
        "Les mêmes octets déjà reçus donnent 200 et le premier récépissé. Avec "
        "`?essai=true`, le colis est contrôlé et rien n'est gardé (200).",
        formulaire=mc.FORMULAIRE, has_cle=False, reponse=mc.RecepisseColisLu,
        erreurs=(404, 409, 429, 503, 507)),
    operation("GET", "/colis/{reference}", colis.get_colis,
        "Un colis : dates, éléments annoncés et trouvés, conservation.", _CLS,
        reponse=mc.ColisLu),
    operation("GET", "/colis/{reference}/reconciliation", colis.get_reconciliation,
        "Les écarts d'un colis, chacun avec qui doit agir.", _CLS,
        reponse=mc.Rapprochement),
    operation("POST", "/colis/{reference}/actes", colis.post_acte,
        "Un acte de l'établi, essayé ou fait : reprendre, rendre, attribuer, clore…",
        _CLS, policy=OPERATEURS, corps=mc.ActeColisEntree, reponse=mc.ActeColisLu,
        erreurs=(409,)),
    operation("POST", "/ecarts/{reference}/cloture", colis.post_cloture,
        "Clôt un écart, avec un motif.", _CLS, policy=OPERATEURS,
        corps=mc.EcartClos, reponse=mc.EcartLu, erreurs=(409,)),
)  # fmt: skip
