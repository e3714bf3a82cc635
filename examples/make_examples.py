"""Make the example pieces: public-domain music typed in here, played with a little freedom.

    python examples/make_examples.py [FOLDER]

Each piece is given as voices in a small notation: notes by name and octave (C4 is middle C),
``+`` between the notes of a chord, ``:n`` for a length of n units, ``r`` for a rest; bar lines
mean nothing to the machine. A seeded rule bends tempo, strokes and dynamics as a player does, so
that every run writes the same bytes.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musecritic.corrupt import corrupt_piece
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece
from musecritic.music.write import write_midi

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True)
class Voice:
    """A line of music.

    Attributes
    ----------
    text
        Its notes, see above.
    unit
        The length of a note without one, in quarters.
    velocity
        How loud it is played on the whole.
    start
        Quarters from the piece's start.
    """

    text: str
    unit: float
    velocity: int
    start: float = 0.0


def pitch_of(name: str) -> int:
    step, sign, octave = re.fullmatch(r"([A-G])(#*|b*)(\d)", name).groups()
    return 12 * (int(octave) + 1) + STEPS[step] + sign.count("#") - sign.count("b")


def chords(voice: Voice) -> list[tuple[float, float, list[int]]]:
    """Return onset and length, in quarters, and pitches of every chord of a voice."""
    now, found = voice.start, []
    for token in voice.text.replace("|", " ").split():
        names, _, length = token.partition(":")
        quarters = voice.unit * float(length or 1)
        if names != "r":
            found.append((now, quarters, [pitch_of(name) for name in names.split("+")]))
        now += quarters
    return found


def play(title: str, voices: list[Voice], qpm: float, seed: int, slowing: float = 4.0) -> Piece:
    """Play voices as one player would.

    The tempo sways by 4 % over phrases of sixteen quarters and slows down by a third in the last
    `slowing` quarters. Strokes are off by some milliseconds, chords are not quite together, the
    higher of two notes is a little louder, and keys are let go a little before the next.
    """
    rng = np.random.default_rng(seed)
    end = max(onset + length for voice in voices for onset, length, _ in chords(voice))
    grid = np.arange(0.0, end + 0.01, 0.01)
    sway = 1 + 0.04 * np.cos(2 * np.pi * grid / 16)
    sway += 0.35 * np.clip((grid - (end - slowing)) / slowing, 0, 1) ** 2
    seconds = np.concatenate([[0], np.cumsum(sway[:-1] * 0.01 * 60 / qpm)]) + 0.5

    rows = []
    for voice in voices:
        lines = chords(voice)
        middle = np.mean([pitch for _, _, pitches in lines for pitch in pitches])
        for onset, length, pitches in lines:
            stroke = np.interp(onset, grid, seconds) + rng.normal(0, 0.006)
            release = np.interp(onset + length * rng.uniform(0.86, 0.99), grid, seconds)
            for i, pitch in enumerate(pitches):
                swell = 6 * np.sin(2 * np.pi * onset / 16) + 0.5 * (pitch - middle)
                velocity = round(voice.velocity + swell + rng.normal(0, 3))
                at = stroke + i * rng.uniform(0, 0.012)
                rows.append((at, max(release, at + 0.04), pitch, min(max(velocity, 20), 110)))
    onset, offset, pitch, velocity = zip(*rows, strict=True)
    return Piece(notes_from(onset, offset, pitch, velocity), (Part("Piano"),), title=title)


# J. S. Bach, Prelude in C major, BWV 846: five notes a bar, in one figure until the last three.
PRELUDE = """
C4 E4 G4 C5 E5 | C4 D4 A4 D5 F5 | B3 D4 G4 D5 F5 | C4 E4 G4 C5 E5 | C4 E4 A4 E5 A5
C4 D4 F#4 A4 D5 | B3 D4 G4 D5 G5 | B3 C4 E4 G4 C5 | A3 C4 E4 G4 C5 | D3 A3 D4 F#4 C5
G3 B3 D4 G4 B4 | G3 Bb3 E4 G4 C#5 | F3 A3 D4 A4 D5 | F3 Ab3 D4 F4 B4 | E3 G3 C4 G4 C5
E3 F3 A3 C4 F4 | D3 F3 A3 C4 F4 | G2 D3 G3 B3 F4 | C3 E3 G3 C4 E4 | C3 G3 Bb3 C4 E4
F2 F3 A3 C4 E4 | F#2 C3 A3 C4 Eb4 | Ab2 F3 B3 C4 D4 | G2 F3 G3 B3 D4 | G2 E3 G3 C4 E4
G2 D3 G3 C4 F4 | G2 D3 G3 B3 F4 | G2 Eb3 A3 C4 F#4 | G2 E3 G3 C4 G4 | G2 D3 G3 C4 F4
G2 D3 G3 B3 F4 | C2 C3 G3 Bb3 E4
"""
PRELUDE_END = """
r:2 F3 A3 C4 F4 C4 A3 C4 A3 F3 A3 F3 D3 F3 D3 |
r:2 G3 B3 D4 F4 D4 B3 D4 B3 G3 B3 D3 F3 E3 D3 | E4+G4+C5:16
"""


def bach_prelude() -> Piece:
    low, middle, high = [], [], []
    for bar in re.split(r"[|\n]", PRELUDE.strip()):
        bass, tenor, *top = bar.split()
        figure = " ".join([*top, *top])
        low += [f"{bass}:8"] * 2
        middle += [f"r {tenor}:7"] * 2
        high += [f"r:2 {figure}"] * 2
    low += ["C2:16 | C2:16 | C2:16"]
    middle += ["r C3:15 | r B2:15 | C3:16"]
    voices = [
        Voice(" ".join(low), 0.25, 60),
        Voice(" ".join(middle), 0.25, 54),
        Voice(" ".join(high) + PRELUDE_END, 0.25, 58),
    ]
    return play("Prelude in C major, BWV 846", voices, 69, seed=1)


# Christian Petzold, Minuet in G major, BWV Anh. 114, first half; units are eighths.
MINUET = """
D5:2 G4 A4 B4 C5 | D5:2 G4:2 G4:2 | E5:2 C5 D5 E5 F#5 | G5:2 G4:2 G4:2 |
C5:2 D5 C5 B4 A4 | B4:2 C5 B4 A4 G4 | F#4:2 G4 A4 B4 G4 | A4:6 |
D5:2 G4 A4 B4 C5 | D5:2 G4:2 G4:2 | E5:2 C5 D5 E5 F#5 | G5:2 G4:2 G4:2 |
C5:2 D5 C5 B4 A4 | B4:2 C5 B4 A4 G4 | A4:2 B4 A4 G4 F#4 | G4:6 |
"""
MINUET_BASS = """
G3+B3+D4:4 A3:2 | B3:6 | C4:6 | B3:6 | A3:6 | G3:6 | D4:2 B3:2 G3:2 | D4:2 D3 C4 B3 A3 |
B3:4 A3:2 | G3:2 B3:2 G3:2 | C4:6 | B3:2 C4 B3 A3 G3 |
A3:4 F#3:2 | G3:4 B3:2 | C4:2 D4:2 D3:2 | G3:4 G2:2 |
"""


def petzold_minuet() -> Piece:
    voices = [Voice(MINUET * 2, 0.5, 70), Voice(MINUET_BASS * 2, 0.5, 56)]
    return play("Minuet in G major, BWV Anh. 114", voices, 112, seed=2)


# Ludwig van Beethoven, Für Elise, WoO 59, bars 1 to 8 with their repeat; units are sixteenths.
ELISE = """
E5 D#5 E5 B4 D5 C5 | A4:2 r C4 E4 A4 | B4:2 r E4 G#4 B4 | C5:2 r E4 E5 D#5 |
E5 D#5 E5 B4 D5 C5 | A4:2 r C4 E4 A4 | B4:2 r E4 C5 B4 |
"""
ELISE_BASS = """
r:6 | A2 E3 A3 r:3 | E2 E3 G#3 r:3 | A2 E3 A3 r:3 |
r:6 | A2 E3 A3 r:3 | E2 E3 G#3 r:3 |
"""


def fur_elise() -> Piece:
    voices = [
        Voice(f"E5 D#5 | {ELISE} A4:2 r:2 E5 D#5 | {ELISE} A4:4", 0.25, 60),
        Voice(f"r:2 | {ELISE_BASS} A2 E3 A3 r:3 | {ELISE_BASS} A2 E3 A3:2", 0.25, 50),
    ]
    return play("Für Elise, WoO 59 (opening)", voices, 62, seed=3, slowing=3)


# Ludwig van Beethoven, Sonata in C sharp minor, op. 27 no. 2, first movement, bars 1 to 9. The
# triplets are by figure, each twelfth of a bar a unit.
def moonlight() -> Piece:
    figures = """
    G#3 C#4 E4 x4 | G#3 C#4 E4 x4 | A3 C#4 E4 x2 | A3 D4 F#4 x2
    G#3 B#3 F#4 x1 | G#3 C#4 E4 x1 | G#3 C#4 D#4 x1 | F#3 B#3 D#4 x1
    E3 G#3 C#4 x1 | G#3 C#4 E4 x3 | G#3 D#4 F#4 x4 | G#3 C#4 E4 x2 | A3 C#4 F#4 x2
    G#3 B3 E4 x2 | A3 B3 D#4 x2 | G#3 B3 E4 x4
    """
    triplets = []
    for figure in re.split(r"[|\n]", figures.strip()):
        *names, times = figure.split()
        triplets += names * int(times[1:])
    # B sharp is written in its own octave: B#3 sounds as C4.
    bass = """
    C#2+C#3:4 | B1+B2:4 | A1+A2:2 F#1+F#2:2 | G#1+G#2:2 G#1+G#2:2 |
    C#2+G#2+C#3:4 | G#1+D#2+G#2:4 | C#2+C#3:2 F#1+F#2:2 | B1+B2:2 B1+B2:2 | E2+E3:4
    """
    melody = "G#4:.75 G#4:.25 | G#4:3 G#4:.75 G#4:.25 | G#4:2 A4:2 | G#4:2 F#4 B4 | E4:4"
    voices = [
        Voice(" ".join(triplets), 1 / 3, 42),
        Voice(bass, 1.0, 44),
        Voice(melody, 1.0, 56, start=19.0),
    ]
    return play("Sonata op. 27 no. 2, first movement (opening)", voices, 56, seed=4)


# Erik Satie, Gymnopédie no. 1, bars 1 to 16; units are quarters.
def gymnopedie() -> Piece:
    melody = "r F#5 A5 | G5 F#5 C#5 | B4 C#5 D5 | A4:3 |"
    voices = [
        Voice(f"r:12 | {melody} F#4:12 | {melody}", 1.0, 58),
        Voice("G2:3 | D2:3 | " * 8, 1.0, 44),
        Voice("r B3+D4+F#4:2 | r A3+C#4+F#4:2 | " * 8, 1.0, 38),
    ]
    return play("Gymnopédie no. 1 (opening)", voices, 72, seed=5, slowing=3)


ELISE_ABC = """X:1
T:Für Elise, WoO 59 (opening)
C:Ludwig van Beethoven
M:3/8
L:1/16
Q:1/8=124
V:1 clef=treble name="Right hand"
V:2 clef=bass name="Left hand"
K:Am
[V:1] e^d |: e^deB=dc | A2 zCEA | B2 zE^GB | c2 zEe^d |
[V:2] z2  |: z6 | A,,E,A, z3 | E,,E,^G, z3 | A,,E,A, z3 |
[V:1] e^deB=dc | A2 zCEA | B2 zEcB |1 A2 z2 e^d :|2 A4 |]
[V:2] z6 | A,,E,A, z3 | E,,E,^G, z3 |1 A,,E,A, z3 :|2 A,,E,A,2 |]
"""

MINUET_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" \
"http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise version="3.1">
  <work><work-title>Minuet in G major, BWV Anh. 114</work-title></work>
  <identification><creator type="composer">Christian Petzold</creator></identification>
  <part-list><score-part id="P1"><part-name>Piano</part-name></score-part></part-list>
  <part id="P1">
"""
MINUET_OPENING = """      <attributes>
        <divisions>2</divisions>
        <key><fifths>1</fifths></key>
        <time><beats>3</beats><beat-type>4</beat-type></time>
        <staves>2</staves>
        <clef number="1"><sign>G</sign><line>2</line></clef>
        <clef number="2"><sign>F</sign><line>4</line></clef>
      </attributes>
      <direction placement="above">
        <direction-type>
          <metronome><beat-unit>quarter</beat-unit><per-minute>112</per-minute></metronome>
        </direction-type>
        <sound tempo="112"/>
      </direction>"""

DURATIONS = {1: "eighth", 2: "quarter", 4: "half", 6: "half"}


def minuet_musicxml() -> str:
    """Return the minuet as it is printed: two staves, a repeat, no freedom."""
    hands = [[bar.split() for bar in text.split("|")[:-1]] for text in (MINUET, MINUET_BASS)]
    measures = []
    for number, (right, left) in enumerate(zip(*hands, strict=True), start=1):
        lines = [f'    <measure number="{number}">']
        if number == 1:
            lines.append(MINUET_OPENING)
        lines += [note for token in right for note in xml_notes(token, 1)]
        lines.append("      <backup><duration>6</duration></backup>")
        lines += [note for token in left for note in xml_notes(token, 2)]
        if number == len(hands[0]):
            lines.append(
                '      <barline location="right"><bar-style>light-heavy</bar-style>'
                '<repeat direction="backward"/></barline>'
            )
        measures.append("\n".join([*lines, "    </measure>"]))
    return MINUET_HEAD + "\n".join([*measures, "  </part>", "</score-partwise>", ""])


def xml_notes(token: str, staff: int) -> list[str]:
    names, _, length = token.partition(":")
    units = int(length or 1)
    lines = []
    for i, name in enumerate(names.split("+")):
        step, sharp, octave = re.fullmatch(r"([A-G])(#?)(\d)", name).groups()
        lines.append(
            "      <note>"
            + ("<chord/>" if i else "")
            + f"<pitch><step>{step}</step>"
            + ("<alter>1</alter>" if sharp else "")
            + f"<octave>{octave}</octave></pitch><duration>{units}</duration>"
            + f"<voice>{4 * staff - 3}</voice><type>{DURATIONS[units]}</type>"
            + ("<dot/>" if units == 6 else "")
            + f"<staff>{staff}</staff></note>"
        )
    return lines


def make(folder: Path) -> None:
    pieces = {
        "bach_prelude.mid": bach_prelude,
        "petzold_minuet.mid": petzold_minuet,
        "beethoven_fur_elise.mid": fur_elise,
        "beethoven_moonlight.mid": moonlight,
        "satie_gymnopedie.mid": gymnopedie,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, piece in pieces.items():
        write_midi(piece(), folder / name)
    (folder / "petzold_minuet.musicxml").write_text(minuet_musicxml(), encoding="utf-8")
    (folder / "beethoven_fur_elise.abc").write_text(ELISE_ABC, encoding="utf-8")


def make_for_page(folder: Path) -> None:
    """Write what the service's page offers to be tried: a prelude, as it is and damaged."""
    folder.mkdir(parents=True, exist_ok=True)
    prelude = bach_prelude()
    write_midi(prelude, folder / "prelude.mid")
    for kind, severity in (("off-key", 0.06), ("shuffle", 0.35)):
        damaged = corrupt_piece(prelude, kind, severity, seed=1).piece
        write_midi(damaged, folder / f"prelude-{kind}.mid")


PAGE = Path(__file__).parents[1] / "src/musecritic/web/page/examples"

if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
    if len(sys.argv) == 1:
        make_for_page(PAGE)
