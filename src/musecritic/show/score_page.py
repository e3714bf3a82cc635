"""The engraved score, its notes coloured by how probable it is that they are wrong."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

import numpy as np
from jinja2 import Environment, FileSystemLoader
from matplotlib.colors import to_hex, to_rgb
from numpy.typing import NDArray

from musecritic.errors import BadFile, BadInput, MissingExtra
from musecritic.files import replacing
from musecritic.music.limits import Limits
from musecritic.music.manuscript import Manuscript, open_manuscript
from musecritic.music.notes import Notes
from musecritic.show.clock import clock
from musecritic.show.verdict_plot import DAMAGED

if TYPE_CHECKING:
    import verovio

THRESHOLD = 0.5
_INK = "#000000"
_LISTED = 30  # notes; a page that lists hundreds is not read
# Where a document says how its bytes are to be read, which a string has behind it.
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_ENGRAVING = {
    "inputFrom": "xml",
    "pageWidth": 2100,  # tenths of a millimetre: A4
    "pageHeight": 2970,
    "adjustPageHeight": True,  # the last page ends where its music does
    "scale": 45,
    "svgViewBox": True,  # so that it takes the width that there is
    "footer": "none",
    "xmlIdSeed": 1,  # the same score gives the same SVG
}


def score_svg(
    source: Path,
    notes: Notes,
    p_wrong: NDArray[np.floating],
    *,
    threshold: float = THRESHOLD,
    limits: Limits | None = None,
) -> list[str]:
    """Engrave a MusicXML file.

    Parameters
    ----------
    source
        Plain or packed.
    notes
        (N,), of those that `musecritic.music.read.read` gives for this file; all, or some.
    p_wrong
        (N,), 0 to 1, how probable it is that each is wrong; NaN where it was not judged. A note
        that is written once and sounds several times has the colour of its worst.
    threshold
        From which on a note is clearly red; see `colour`.
    limits
        How much the file may claim, as `read` takes them.

    Returns
    -------
    list of str
        An SVG a page, which needs nothing but itself.

    Raises
    ------
    MissingExtra
        verovio, which engraves, is not installed.
    UnreadableFile, OverLimit
        The file cannot be read.
    BadFile
        It is no MusicXML, or verovio cannot engrave it.
    BadInput
        A note is not in the file, or a probability is none.
    """
    toolkit = _toolkit()
    manuscript = open_manuscript(Path(source), limits or Limits())
    return _engraved(toolkit, manuscript, _worst(manuscript, notes, p_wrong), threshold)


def write_score_page(
    source: Path,
    notes: Notes,
    p_wrong: NDArray[np.floating],
    out: Path,
    *,
    threshold: float = THRESHOLD,
    limits: Limits | None = None,
) -> None:
    """Write the engraved score as one HTML page that needs nothing else.

    Takes and raises what `score_svg` does, and `BadFile` where `out` cannot be written.
    """
    source, toolkit = Path(source), _toolkit()
    manuscript = open_manuscript(source, limits or Limits())
    worst = _worst(manuscript, notes, p_wrong)
    red = p_wrong >= threshold
    # Titles come from files, so nothing goes into the page as it is.
    templates = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    page = templates.get_template("score_page.html").render(
        title=manuscript.piece.title or source.stem,
        composer=manuscript.piece.composer,
        pages=[_base64(svg) for svg in _engraved(toolkit, manuscript, worst, threshold)],
        threshold=threshold,
        scale=[colour(p * threshold, threshold) for p in (0.0, 0.999)],
        red=DAMAGED,
        n_red=int(red.sum()),
        n_judged=int(np.isfinite(p_wrong).sum()),
        listed=_listed(manuscript, notes[red], p_wrong[red]),
    )
    with replacing(out) as temporary:
        temporary.write_text(page, "utf-8")


def colour(p_wrong: float, threshold: float) -> str:
    """Return a note's colour, "#rrggbb".

    From black at 0 to half way to red just below the threshold; from there on red.
    """
    share = 1.0 if p_wrong >= threshold else 0.5 * p_wrong / threshold
    mixed = (1 - share) * np.array(to_rgb(_INK)) + share * np.array(to_rgb(DAMAGED))
    return to_hex(tuple(mixed))


def _toolkit() -> verovio.toolkit:
    try:
        import verovio
    except ImportError as error:
        raise MissingExtra(
            f"engraving needs the extra 'score' ({error}). Install it: "
            "pip install 'musecritic[score]'."
        ) from error
    verovio.enableLog(verovio.LOG_OFF)  # it would write to the terminal what it makes of a file
    return verovio.toolkit()


def _worst(
    manuscript: Manuscript, notes: Notes, p_wrong: NDArray[np.floating]
) -> dict[Element, float]:
    """Return the highest probability of each ``<note>`` that was judged."""
    judged = p_wrong[np.isfinite(p_wrong)]
    if p_wrong.shape != notes.shape or ((judged < 0) | (judged > 1)).any():
        raise BadInput(
            f"p_wrong must be one probability a note, {notes.shape}; it has {p_wrong.shape}, from "
            f"{judged.min(initial=1):g} to {judged.max(initial=0):g}."
        )
    worst: dict[Element, float] = {}
    for elements, p in zip(_written(manuscript, notes), p_wrong.tolist(), strict=True):
        for element in elements:
            if p >= worst.get(element, 0.0):  # never of NaN
                worst[element] = p
    return worst


def _written(manuscript: Manuscript, notes: Notes) -> list[list[Element]]:
    """Return what writes each of N notes."""
    left = manuscript.by_note()
    try:
        return [left[note].pop(0) for note in notes.tolist()]
    except (KeyError, IndexError) as error:
        raise BadInput(
            f"{manuscript.path} has not all of these notes; take them from this very file."
        ) from error


def _engraved(
    toolkit: verovio.toolkit, manuscript: Manuscript, worst: dict[Element, float], threshold: float
) -> list[str]:
    for element, p in worst.items():
        element.set("color", colour(p, threshold))
    text = manuscript.decoded(manuscript.text(worst.keys()))
    toolkit.setOptions(_ENGRAVING)
    n_pages = toolkit.getPageCount() if toolkit.loadData(_DECLARATION.sub("", text, count=1)) else 0
    if not n_pages:
        raise BadFile(manuscript.path, "verovio cannot engrave it", "Export it again as MusicXML.")
    return [toolkit.renderToSVG(page) for page in range(1, n_pages + 1)]


def _listed(
    manuscript: Manuscript, notes: Notes, p_wrong: NDArray[np.floating]
) -> list[dict[str, str]]:
    """Return when notes sound and in which bar they stand, the most probably wrong first."""
    first = np.argsort(-p_wrong, kind="stable")[:_LISTED]
    bars = _bars(manuscript.root.iterfind("part/measure"))
    return [
        {"when": clock(note["onset"]), "bar": bars[elements[0]], "p": f"{p:.2f}"}
        for note, p, elements in zip(
            notes[first], p_wrong[first], _written(manuscript, notes[first]), strict=True
        )
    ]


def _bars(measures: Iterable[Element]) -> dict[Element, str]:
    return {note: bar.get("number", "") for bar in measures for note in bar.iterfind("note")}


def _base64(svg: str) -> str:
    """Return an SVG as a data URI wants it; as an image it can run no script and load nothing."""
    return base64.b64encode(svg.encode()).decode("ascii")
