"""Invented numbers with right keys, none of which belongs to anybody."""

import datetime as dt
import itertools
import random


def nir(
    tirage: random.Random, naissance: dt.date, sexe: str, *, commune: str | None = None
) -> str:
    """Return 15 digits: the commune is 98x or 99x, which no town of France bears."""
    place = commune or f"{tirage.choice((98, 99))}{tirage.randint(100, 999)}"
    body = (
        f"{1 if sexe == 'M' else 2}{naissance:%y%m}{place}{tirage.randint(1, 999):03d}"
    )
    return f"{body}{97 - int(body) % 97:02d}"


def spaced_nir(number: str) -> str:
    """Group as forms print it: 1 85 05 78 006 084 91."""
    cuts = (0, 1, 3, 5, 7, 10, 13, 15)
    return " ".join(number[a:b] for a, b in itertools.pairwise(cuts))


def _luhn(digits: str) -> int:
    total = 0
    for rank, char in enumerate(reversed(digits)):
        value = int(char) * (2 if rank % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return (10 - total % 10) % 10


def siren(tirage: random.Random, head: str = "") -> str:
    """Return 9 digits with a right Luhn key."""
    body = head + "".join(str(tirage.randint(0, 9)) for _ in range(8 - len(head)))
    return f"{body}{_luhn(body)}"


def siret(tirage: random.Random, base: str) -> str:
    """Return 14 digits with a right Luhn key on a SIREN."""
    body = f"{base}{tirage.randint(1, 40):04d}"
    return f"{body}{_luhn(body)}"


def rpps(tirage: random.Random) -> str:
    """Return 11 digits that look like a practitioner's number."""
    body = "1099" + "".join(str(tirage.randint(0, 9)) for _ in range(6))
    return f"{body}{_luhn(body)}"


def finess(tirage: random.Random) -> str:
    """Return 9 digits with a right Luhn key, department 98."""
    return siren(tirage, "98")


def iban(tirage: random.Random) -> tuple[str, str, str]:
    """Return an IBAN, its BIC and the name of a bank that does not exist."""
    bank = f"9{tirage.randint(1000, 9999)}"
    desk = f"{tirage.randint(1, 99999):05d}"
    account = f"{tirage.randint(1, 99999999999):011d}"
    key = 97 - (89 * int(bank) + 15 * int(desk) + 3 * int(account)) % 97
    bban = f"{bank}{desk}{account}{key:02d}"
    check = 98 - int(f"{bban}152700") % 97
    names = ("Banque du Ponant", "Caisse des Trois Rives", "Crédit des Aulnaies")
    rank = tirage.randrange(len(names))
    bic = ("BDPOFR2X", "CTRIFR21", "CRAUFR2A")[rank]
    return f"FR{check:02d}{bban}", bic, names[rank]


def phone(tirage: random.Random) -> str:
    """Return a number of the range kept for fiction."""
    head = tirage.choice(("01 99 00", "02 61 91", "03 53 01", "04 65 71", "05 36 49"))
    return f"{head} {tirage.randint(0, 99):02d} {tirage.randint(0, 99):02d}"
