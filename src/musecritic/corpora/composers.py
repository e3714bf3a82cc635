"""Composers: one name for each, however a corpus spells it, and the period they belong to."""

from __future__ import annotations

import re
import unicodedata

PERIODS = ("Baroque", "Classical", "Romantic", "Modern")

# Born before; a composer's manner is formed some thirty years later.
_BOUNDS = (("Baroque", 1700), ("Classical", 1780), ("Romantic", 1870))

#: Year of birth of those whom the corpora name without one.
BORN = {
    "Antonio Vivaldi": 1678,
    "Anton Bruckner": 1824,
    "Antonín Dvořák": 1841,
    "Clara Schumann": 1819,
    "Alban Berg": 1885,
    "Claude Debussy": 1862,
    "Franz Liszt": 1811,
    "Giuseppe Verdi": 1813,
    "Hector Berlioz": 1803,
    "Franz Schubert": 1797,
    "Frédéric Chopin": 1810,
    "Gabriel Fauré": 1845,
    "George Frideric Handel": 1685,
    "Giovanni Pierluigi da Palestrina": 1525,
    "Giuseppe Maria Cambini": 1746,
    "Ignaz Pleyel": 1757,
    "Johann Pachelbel": 1653,
    "Johann Sebastian Bach": 1685,
    "Johannes Brahms": 1833,
    "Joseph Haydn": 1732,
    "Leopold Mozart": 1719,
    "Ludwig van Beethoven": 1770,
    "Maurice Ravel": 1875,
    "Richard Wagner": 1813,
    "Wolfgang Amadeus Mozart": 1756,
}

#: Whom MusicNet means by a surname.
SURNAMES = {
    "Bach": "Johann Sebastian Bach",
    "Beethoven": "Ludwig van Beethoven",
    "Brahms": "Johannes Brahms",
    "Cambini": "Giuseppe Maria Cambini",
    "Dvorak": "Antonín Dvořák",
    "Faure": "Gabriel Fauré",
    "Haydn": "Joseph Haydn",
    "Mozart": "Wolfgang Amadeus Mozart",
    "Ravel": "Maurice Ravel",
    "Schubert": "Franz Schubert",
}


def words(text: str) -> tuple[str, ...]:
    """Return a text's words in lower case, without accents and punctuation, in any script."""
    parts = unicodedata.normalize("NFKD", text)
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    return tuple(re.findall(r"[^\W_]+", plain.casefold()))


_ALIASES = {"Franz Joseph Haydn": "Joseph Haydn"}

_KNOWN = {frozenset(words(name)): name for name in BORN}


def one_name(name: str) -> str:
    """Return a composer's name, first names first.

    Parameters
    ----------
    name
        "Gounod, Charles", "Gounod,_Charles" or "Charles Gounod"; what stands in brackets is left
        out.
    """
    name = re.sub(r"\s*\([^)]*\)", "", name.replace("_", " ")).strip()
    surname, comma, first = name.partition(", ")
    name = f"{first} {surname}".replace("’ ", "’") if comma else name
    spelt = frozenset(words(name))
    if len(spelt) < 2:  # there are two Mozarts
        return name
    # "Giovanni Pierluigi Palestrina" is da Palestrina, too.
    return next(
        (full for known, full in _KNOWN.items() if spelt <= known), _ALIASES.get(name, name)
    )


def period(born: int | None) -> str:
    """Return the period of a composer born in this year; empty where the year is unknown.

    Before 1700 Baroque, before 1780 Classical, before 1870 Romantic, then Modern: by birth alone,
    so that the label is the same in every corpus. Those near a bound are as near to both.
    """
    if born is None:
        return ""
    return next((name for name, before in _BOUNDS if born < before), "Modern")
