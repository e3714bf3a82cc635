"""Which files hold the same work, within a corpus and across corpora.

Beethoven's quartets stand in MusicNet and in OpenScore, MAESTRO names a sonata in ten ways. Two
files are taken for the same work where they share a composer and a number in a catalogue, or a
title; whatever hangs together so is one group, which a split leaves on one side. An opus is not
taken apart into its numbers, and a title's key and place in a set do not count: that errs on the
safe side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from musecritic.corpora.composers import one_name, words
from musecritic.corpora.corpus import Work

_CATALOGUES = re.compile(
    r"\b(bwv|hwv|hob[. ]*[ivx]+|rv|op|woo|kv|k|d|s)[:. ]*([0-9]+(?:[. ][0-9]+)?)",
    re.IGNORECASE,
)
_ALONE = ("bwv", "hwv", "rv")  # whose numbers after the point are works of their own
_LISTED = re.compile(r"[;,:/\"“”„]|\band\b", re.IGNORECASE)  # between the titles of one file
_LEFT_OUT = frozenset(
    {"major", "der", "die", "das", "ein", "eine", "le", "la", "les", "the", "a", "an"}
)
_KEY = re.compile(r"\bin +[a-h](?:[ -](?:flat|sharp))?(?:[ -](?:major|minor))?\b", re.IGNORECASE)
_PLACE = re.compile(r"^\s*(?:no\.? ?)?[0-9]+[. ]+", re.IGNORECASE)
# Words of which no number makes a title one work's: forms, tempi, keys, parts of a work.
_COMMON = """
adagio air allegretto allegro andante andantino animato aria arietta arioso assai bagatelle
bagatellen bagatelles ballade ballades book brillante brilliante brio cantabile capriccio cello
chanson chant choral chorale clarinet complete con concert concerto cor corrente danse de des di
duet duo elegie elegy english espressione espressivo etude etudes fantasia fantasie fantasy finale
first flat flute for french from fuge fugue fur gavotte gigue grand grande grandes grave hungarian
impromptu impromptus in intermezzi intermezzo isten larghetto largo lied lieder maestoso major
marche mazurka mazurkas menuet menuetto mesto minor minuet moderato moll molto momens moment
moments mouvement mov movement movements musical musicaux nocturne nocturnes non nos octet of on
op opus orchestra original overture part partita piano piece pieces poco polonaise prelude
preludes prestissimo presto quartet quartett quasi quintet rhapsody rondo round sarabande
scherzando scherzo second serenade set sextet sharp short sinfonia solo son sonata sonatas song
songs sostenuto st string suite symphony tempo theme third toccata transcendental transcription
transcriptions tre trio troppo und valse variation variations violin vivace vivo vocalise waltz
waltzes wtc wtk
"""


def groups(works: Iterable[Work]) -> list[int]:
    """Return the number of each work's group; the first group is 0."""
    leader: dict[str, str] = {}

    def find(key: str) -> str:
        while leader[key] != key:
            leader[key] = key = leader[leader[key]]
        return key

    first = []
    for work in works:
        mine = list(keys(work))
        for key in mine:
            leader.setdefault(key, key)
            leader[find(key)] = find(mine[0])
        first.append(mine[0])
    number: dict[str, int] = {}
    return [number.setdefault(find(key), len(number)) for key in first]


def keys(work: Work) -> Iterator[str]:
    """Yield what a work may be known by; two works with one in common are the same."""
    if not work.title:  # a machine's pieces, and files without labels, stand for themselves
        yield f"{work.generator} | {work.path}"
        return
    composer = " ".join(words(one_name(work.composer.partition(" / ")[0])))
    yield f"{composer} | {spelt(work.title)}"
    common = spelt(_COMMON).split()
    without = _CATALOGUES.sub(" ", work.title)
    for title in (without, *_LISTED.split(without)):
        plain = spelt(_KEY.sub(" ", _PLACE.sub("", title.strip())))
        if any(len(word) > 3 and word not in common for word in plain.split()):
            yield f"{composer} | {plain}"
    for catalogue, number in _CATALOGUES.findall(work.title):
        kind = re.sub(r"[. ]", "", catalogue.lower()).replace("kv", "k")
        whole = number if kind in _ALONE else re.split(r"[. ]", number)[0]
        if kind == "k" and len(whole) > 3:  # "K.421417b" is K. 421, once numbered 417b
            whole = whole[:3]
        yield f"{composer} | {kind}{whole}"


def spelt(title: str) -> str:
    """Return a title's words: no articles, no "major", umlauts as their vowels, "erlkonig"."""
    plain = [re.sub(r"(?<=[aou])e", "", word) for word in words(title)]
    return " ".join(word for word in plain if word not in _LEFT_OUT)
