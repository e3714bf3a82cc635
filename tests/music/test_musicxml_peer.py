"""Our MusicXML reader beside partitura's, on the shipped score."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from musecritic.music.read import read

SCORE = Path(__file__).parents[2] / "examples" / "petzold_minuet.musicxml"


def test_pitches_and_onsets_are_partituras() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # partitura warns of its own imports
        import partitura

        score = partitura.load_musicxml(str(SCORE), force_note_ids="keep")
        unfolded = partitura.score.unfold_part_maximal(score)
        peer = unfolded.note_array()
    ours = read(SCORE).notes
    assert len(peer) == len(ours)
    peer = peer[np.lexsort((peer["pitch"], peer["onset_quarter"]))]
    ours = ours[np.lexsort((ours["pitch"], ours["onset"].round(4)))]
    assert np.array_equal(peer["pitch"], ours["pitch"])
    # One tempo throughout, so that seconds are quarters times a constant.
    seconds = ours["onset"] - ours["onset"][0]
    quarters = peer["onset_quarter"] - peer["onset_quarter"][0]
    assert np.allclose(seconds, quarters * seconds[-1] / quarters[-1], atol=1e-3)
