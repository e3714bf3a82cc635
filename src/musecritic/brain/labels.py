"""What MusicBrain says of a piece: six heads, and which labels of each hold.

A head is silent on a piece, in training and in every figure, where its label is not known or not
the head's to learn: composer and period are of people, for a machine only borrows a manner;
generators are of machines. What a machine's files look like is a question of its own, "published",
which is measured and never part of a verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from musecritic.corpora.composers import PERIODS, one_name
from musecritic.corpora.corpus import Work

HEADS = ("origin", "published", "generator", "composer", "period", "genre", "instruments")

#: The one label of the heads of origin: a machine composed it.
AI = "ai"

MOST_COMPOSERS = 15

#: Heads that a score's rendering is asked for; a score in one form does not say who plays.
HEARD = ("instruments",)


def told(work: Work, *, in_form: bool) -> dict[str, tuple[str, ...]]:
    """Return the labels of a work that hold, for every head that has something to say of it.

    A work of unknown origin counts as a person's for composer and period.
    The instruments are those named beside the files; what a rendering plays is known apart.

    Parameters
    ----------
    in_form
        The work is given in the one form that all have; else as it was published.
    """
    heads: dict[str, tuple[str, ...]] = {}
    if work.origin:
        heads["origin" if in_form else "published"] = (AI,) if work.origin == AI else ()
    if work.origin == AI and work.generator and in_form:
        heads["generator"] = (work.generator,)
    if work.origin != AI and work.composer:
        heads["composer"] = (one_name(work.composer.partition(" / ")[0]),)
    if work.origin != AI and work.period:
        heads["period"] = (work.period,)
    if work.genre:
        heads["genre"] = (work.genre,)
    if work.instruments:
        heads["instruments"] = work.instruments
    return heads


def labels_of(
    works: Sequence[Work],
    groups: Sequence[int],
    instruments: Iterable[Iterable[str]],
    *,
    least: int = 10,
) -> dict[str, tuple[str, ...]]:
    """Return the labels that a collection is large enough to teach.

    Parameters
    ----------
    works, groups
        With the number of each one's group (`musecritic.corpora.same_work.groups`).
    instruments
        The instruments of each work.
    least
        How many groups a label needs; composers are the fifteen with most besides.
    """
    seen: dict[str, Counter[str]] = {head: Counter() for head in HEADS}
    counted = set()
    for work, group, played in zip(works, groups, instruments, strict=True):
        for head, names in {**told(work, in_form=True), "instruments": tuple(played)}.items():
            for name in names:
                if (head, name, group) not in counted:
                    counted.add((head, name, group))
                    seen[head][name] += 1
    enough = {head: [n for n, k in seen[head].most_common() if k >= least] for head in HEADS}
    return {
        "origin": (AI,),
        "published": (AI,),
        "generator": tuple(sorted(enough["generator"])),
        "composer": tuple(sorted(enough["composer"][:MOST_COMPOSERS])),
        "period": tuple(name for name in PERIODS if name in enough["period"]),
        "genre": tuple(sorted(enough["genre"])),
        "instruments": tuple(sorted(enough["instruments"])),
    }
