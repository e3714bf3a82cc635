"""The coloured score: its notes have the colours of their probabilities, and it needs nothing else."""

from __future__ import annotations

import base64
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from musecritic.errors import BadFile, BadInput, MissingExtra
from musecritic.music.read import read
from musecritic.show.score_page import colour, score_svg, write_score_page
from musecritic.show.verdict_plot import DAMAGED

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE = EXAMPLES / "petzold_minuet.musicxml"
SVG = "{http://www.w3.org/2000/svg}"

SCORE = """<?xml version="1.0" encoding="{encoding}"?>
<score-partwise version="3.1"><work><work-title>{title}</work-title></work>
<part-list><score-part id="P1"><part-name/></score-part></part-list><part id="P1">
<measure number="1"><attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type>
</time><clef><sign>G</sign><line>2</line></clef></attributes>{notes}
<barline location="right"><repeat direction="backward"/></barline></measure></part></score-partwise>
"""


def note(step: str, before: str = "", tie: str = "") -> str:
    tied = f'<notations><tied type="{tie}"/></notations>' if tie else ""
    tie = f'<tie type="{tie}"/>' if tie else ""
    return (
        f"<note>{before}<pitch><step>{step}</step><octave>5</octave></pitch><duration>1</duration>"
        f"{tie}<voice>1</voice><type>quarter</type>{tied}</note>"
    )


NOTES = (
    note("C") + note("E", "<chord/>") + note("D") + note("F", tie="start") + note("F", tie="stop")
)


def written(folder: Path, title: str = "Air", encoding: str = "UTF-8") -> Path:
    path = folder / "a.xml"
    path.write_text(SCORE.format(title=title, notes=NOTES, encoding=encoding), encoding)
    return path


def colours(svg: str) -> list[str | None]:
    """Return the colour of each note in the order in which they stand, a chord's downwards."""
    groups = (g for g in ET.fromstring(svg).iter(f"{SVG}g") if g.get("class") == "note")
    return [group.get("color") for group in groups]


def test_the_scale_goes_from_black_to_red_by_the_threshold() -> None:
    assert (colour(0.0, 0.5), colour(0.5, 0.5), colour(1.0, 0.5)) == ("#000000", DAMAGED, DAMAGED)
    reds = [int(colour(p, 0.3)[1:3], 16) for p in (0.0, 0.1, 0.2, 0.2999, 0.3)]
    assert reds == sorted(set(reds))
    assert reds[4] > 1.9 * reds[3]  # who is above is seen at once


def test_every_note_has_the_colour_of_its_probability(tmp_path: Path) -> None:
    path = written(tmp_path)
    notes = read(path).notes  # C and E together, D, F; and all again
    assert notes["pitch"].tolist() == [72, 76, 74, 77] * 2
    p = np.array([0.1, 0.9, np.nan, 0.2, 0.3, 0.0, np.nan, 0.8])
    (svg,) = score_svg(path, notes, p)
    # Of two turns the worse is shown; what was not judged has no colour of its own.
    c, e, d, f = colour(0.3, 0.5), DAMAGED, None, DAMAGED
    assert sorted(map(str, colours(svg)[:2])) == sorted([c, e])
    assert colours(svg)[2:] == [d, f, f]
    (other,) = score_svg(path, notes, p, threshold=0.25)
    assert colours(other)[2:] == [d, f, f]
    assert set(colours(other)[:2]) == {DAMAGED}
    (few,) = score_svg(path, notes[[2]], np.array([0.7]))
    assert colours(few) == [None, None, DAMAGED, None, None]


def test_the_example_is_engraved_the_same_each_time() -> None:
    notes = read(EXAMPLE).notes
    p = np.zeros(len(notes))
    p[0] = 1.0
    pages = score_svg(EXAMPLE, notes, p)
    assert pages == score_svg(EXAMPLE, notes, p)
    found = [each for page in pages for each in colours(page)]
    assert found.count(DAMAGED) == 1
    assert found.count("#000000") == len(found) - 1
    assert len(found) == len(notes) // 2  # repeated as a whole


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    path, out = (
        written(tmp_path, title="&lt;script&gt;x&lt;/script&gt; ö", encoding="utf-16"),
        tmp_path / "a.html",
    )
    notes = read(path).notes
    write_score_page(path, notes, np.linspace(0.0, 0.99, len(notes)), out, threshold=0.6)
    page = out.read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;x&lt;/script&gt; ö" in page
    assert "Of 8 notes 3 are probably wrong." in page
    assert "from 0 to 0.6" in page
    assert re.findall(r"<td[^>]*>([^<]*)</td>", page) == [
        "1",
        "0:03",
        "0.99",
        "1",
        "0:02",
        "0.85",
        "1",
        "0:02",
        "0.71",
    ]
    images = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', page)
    assert len(images) == page.count("<img") == 1
    svg = base64.b64decode(images[0]).decode()
    assert colours(svg).count(DAMAGED) == 4  # two of them one tied note
    for text in (page, svg):
        # Names of namespaces are no addresses.
        links = set(re.findall(r"https?://[^\"'<\s]+", text))
        assert all(link.startswith("http://www.w3.org/") for link in links)


def test_what_cannot_be_engraved_is_refused(tmp_path: Path) -> None:
    notes = read(EXAMPLE).notes
    p = np.zeros(len(notes))
    for name in ("beethoven_fur_elise.abc", "bach_prelude.mid"):
        with pytest.raises(BadFile, match="not MusicXML"):
            score_svg(EXAMPLES / name, notes, p)
    with pytest.raises(BadInput, match="not all of these notes"):
        score_svg(written(tmp_path), notes, p)
    with pytest.raises(BadInput, match="one probability a note"):
        score_svg(EXAMPLE, notes, p[1:])
    with pytest.raises(BadInput, match="to 2"):
        score_svg(EXAMPLE, notes, p + 2)


def test_without_verovio_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "verovio", None)
    notes = read(EXAMPLE).notes
    with pytest.raises(MissingExtra, match=r"musecritic\[score\]"):
        score_svg(EXAMPLE, notes, np.zeros(len(notes)))
