"""What other desks add to the fiche: one reader and one template each.

`LECTEURS["sommes"]` gives `v.sections["sommes"]`, shown by `portail/fiche/_sommes.html`. A
name without a reader shows nothing.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from records.store.fiches import Fiche
from socle.db import ReadSession
from web.api.contexte import Contexte
from web.portal.sommes import of_fiche

Lecteur = Callable[[ReadSession, Contexte, Fiche], Any]
# in the order of the page; « droits » is a strip under the calendar
LECTEURS: Mapping[str, Lecteur] = MappingProxyType({"sommes": of_fiche})


def read(session: ReadSession, ctx: Contexte, fiche: Fiche) -> dict[str, Any]:
    """Read every section of a fiche, by name."""
    return {name: reader(session, ctx, fiche) for name, reader in LECTEURS.items()}
