"""Every note of a piece is judged once, where it stands most in the middle."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from musecritic.critic.edits import EDITS, KEEP
from musecritic.critic.finding import Finding, NoteFinding
from musecritic.critic.judged_notes import Windows
from musecritic.music.clip import clip_at
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece

pieces = st.lists(
    st.tuples(st.floats(0, 90), st.floats(0.02, 120), st.integers(0, 127)), min_size=1, max_size=60
).map(lambda rows: _piece(*map(np.array, zip(*rows, strict=True))))


def _piece(onset, length, pitch) -> Piece:
    return Piece(notes_from(onset, onset + length, pitch))


def telling(clip, number: int) -> Finding:
    """A finding whose numbers tell which note of which window they were said of."""
    n_notes = len(clip.notes)
    edits = np.zeros((n_notes, len(EDITS)), dtype=np.float32)
    edits[:, KEEP] = clip.notes["pitch"] / 256
    found = NoteFinding(
        edits, np.full(n_notes, number, np.float32), clip.notes["onset"].astype(np.float32), 0, {}
    )
    return Finding(float(number), np.full(100, 0.01, np.float32), found)


@given(pieces)
def test_each_note_is_judged_once_and_by_its_own_finding(piece: Piece) -> None:
    windows = Windows(piece)
    judged = windows.judged([telling(clip, i) for i, clip in enumerate(windows.clips)])
    on_piano = piece.notes[(piece.notes["pitch"] >= 21) & (piece.notes["pitch"] <= 108)]
    assert np.array_equal(judged.notes, on_piano)
    assert np.allclose(judged.edits[:, KEEP] * 256, judged.notes["pitch"])
    assert np.array_equal(judged.seam, judged.window)
    where = judged.notes["onset"] - judged.start[judged.window]
    assert np.allclose(judged.missing, where, atol=1e-4)
    # In the middle half of its window, but at the piece's beginning.
    assert ((where >= 2.5 - 1e-6) | (judged.start[judged.window] == 0)).all()
    assert (where < 7.5 + 1e-6).all()


@given(pieces)
def test_windows_hold_what_a_clip_there_holds(piece: Piece) -> None:
    for clip in Windows(piece).clips:
        plain = clip_at(piece, clip.start)
        key = ["pitch", "onset", "offset"]
        assert sorted(clip.notes[key].tolist()) == sorted(plain.notes[key].tolist())


def test_drums_are_not_judged() -> None:
    notes = notes_from([0, 1], [1, 2], [60, 38], part=[0, 1])
    windows = Windows(Piece(notes, (Part(), Part(is_drum=True))))
    assert [len(clip.notes) for clip in windows.clips] == [1]


def test_places_are_named_once_for_a_chord_and_in_order_of_time() -> None:
    onset = np.array([0.0, 1.0, 1.02, 2.0, 3.0])
    windows = Windows(_piece(onset, np.full(5, 0.5), np.array([60, 62, 65, 64, 67])))
    seam = np.array([0.1, 0.6, 0.8, 0.2, 0.9], dtype=np.float32)
    missing = np.array([0.7, 0.0, 0.0, 0.0, 0.4], dtype=np.float32)

    def found(clip, number: int) -> Finding:
        return replace(
            telling(clip, number),
            notes=replace(telling(clip, number).notes, seam=seam, missing=missing),
        )

    (window,) = windows.clips
    judged = windows.judged([found(window, 0)])
    gaps = [(gap.at, gap.what, round(gap.p, 3)) for gap in judged.gaps()]
    assert gaps == [(0.0, "missing", 0.7), (1.0, "cut", 0.8), (3.0, "cut", 0.9)]
    assert [gap.at for gap in judged.gaps(least=0.85)] == [3.0]
