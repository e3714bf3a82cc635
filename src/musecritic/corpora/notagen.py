"""Pieces written by NotaGen, in one folder for each prompt (Wang et al., 2025)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from musecritic.corpora.composers import PERIODS, one_name
from musecritic.corpora.corpus import Work
from musecritic.corpora.place import place

_PROMPT = re.compile(r"([^_]+)_([^_]+)_([^_]+)")
_GENRES = {
    "artsong": "song",
    "chamber": "chamber",
    "choral": "choral",
    "keyboard": "keyboard",
    "orchestra": "orchestral",
    "orchestral": "orchestral",
}


def works(root: Path) -> Iterator[Work]:
    """List the pieces by prompt and number.

    A piece that is there as ``.xml`` and ``.abc`` is listed once, as MusicXML, the form in which
    people's scores are published. Composer and period are those that the prompt asked for.

    Parameters
    ----------
    root
        The folder of the folders ``<Period>_<Composer>_<Genre>``.
    """
    for folder in sorted(base(root).iterdir()):
        prompt = _prompt(folder)
        if prompt is None:
            continue
        period, manner, genre = prompt.groups()
        last, *first = re.findall(r"[A-ZÀ-Ž][^A-ZÀ-Ž]*", manner) or [manner]
        composer = one_name(" ".join([*first, last]).replace("- ", " "))
        genre = _GENRES.get(re.sub(r"[^a-z]", "", genre.lower()), genre.lower())
        if genre == "choral" and composer == "Johann Sebastian Bach":
            genre = "chorale"  # what NotaGen has learned of him by this name
        pieces = {path.stem: path for path in sorted(folder.glob("*.abc"))}
        pieces |= {path.stem: path for path in sorted(folder.glob("*.xml"))}
        for _, path in sorted(pieces.items(), key=lambda item: (len(item[0]), item[0])):
            yield Work(
                f"{folder.name}/{path.name}",
                composer,
                origin="ai",
                generator="NotaGen",
                period=period,
                genre=genre,
            )


def _prompt(folder: Path) -> re.Match[str] | None:
    found = _PROMPT.fullmatch(folder.name) if folder.is_dir() else None
    return found if found and found.group(1) in PERIODS else None


def base(root: Path) -> Path:
    """Return the folder of the prompts: `root`, or one in it."""
    return place(
        root,
        "notagen",
        lambda folder: folder.is_dir() and any(map(_prompt, folder.iterdir())),
        "no folder <Period>_<Composer>_<Genre> is here. Name the folder into which NotaGen wrote "
        "its pieces.",
    )
