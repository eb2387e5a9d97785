"""Who may see what: roles and perimeters as values.

`records.store.perimetres.narrow` is the one function that applies them to a query.
"""

from dataclasses import dataclass, field

from records.vocabulary import Role

EVERYTHING = (Role.OPERATEUR.code, Role.ADMINISTRATEUR.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Perimetre:
    """What one identity may see.

    `collectivites` is None for a role that sees them all. `services` is None when the
    whole collectivité is seen.
    """

    collectivites: frozenset[int] | None
    services: frozenset[int] | None = None
    has_secret_medical: bool = False

    def sees(self, collectivite_id: int | None) -> bool:
        """Tell whether a collectivité is inside."""
        return self.collectivites is None or collectivite_id in self.collectivites


# Workers and the command line act for the house itself.
HOUSE = Perimetre(collectivites=None, has_secret_medical=True)
NOBODY = Perimetre(collectivites=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Identite:
    """The account behind a request: who acts, with which role, over what."""

    compte_id: int
    reference: str
    identifiant: str
    role: str
    perimetre: Perimetre = field(default=NOBODY)
    # "session" (portal) or "jeton" (API): a token needs no anti-forgery proof
    moyen: str = "session"

    def has_role(self, *roles: Role) -> bool:
        """Tell whether the role is one of these."""
        return any(self.role == role.code for role in roles)
