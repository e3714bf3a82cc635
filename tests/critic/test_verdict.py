"""Verdicts: passages, records, pictures."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.conftest import made_up_notes

from musecritic.critic.verdict import ClipVerdict, Passage, Verdict
from musecritic.errors import Failure, UnreadableFile
from musecritic.music.piece import Piece
from musecritic.show.clock import clock

RECORD = {
    "path", "kind", "duration_s", "p_real", "clips", "notes", "severity", "faults", "model",
}  # fmt: skip


def verdict(*p_real: float, seconds: float | None = None) -> Verdict:
    clips = tuple(
        ClipVerdict(
            10.0 * i,
            10.0 * (i + 1),
            p,
            0.0,
            np.full(100, 0.01, np.float32),
            np.eye(88, 100, dtype=np.uint8),
        )
        for i, p in enumerate(p_real)
    )
    piece = Piece(made_up_notes(0, seconds or 10.0 * len(p_real)))
    return Verdict(piece, float(np.mean(p_real)), clips, 0.5, {"name": "tiny"})


def test_neighbouring_clips_below_the_threshold_are_one_passage() -> None:
    assert verdict(0.9, 0.3, 0.2, 0.9, 0.1).worst() == [
        Passage(40.0, 50.0, 0.1),
        Passage(10.0, 30.0, 0.2),
    ]


def test_good_music_has_no_worst_passage() -> None:
    assert verdict(0.9, 0.5).worst() == []


def test_the_worst_are_as_many_as_asked_for() -> None:
    assert len(verdict(*[0.1, 0.9] * 6).worst(2)) == 2


def test_a_record_has_the_keys_of_the_contract_and_is_json() -> None:
    record = verdict(0.9, 0.2).record()
    assert set(record) >= RECORD
    assert set(record["clips"][0]) == {"start_s", "end_s", "p_real"}
    assert json.loads(json.dumps(record)) == record


def test_a_failure_names_file_and_cause() -> None:
    record = Failure("x.mid", UnreadableFile("x.mid", "it is empty", "Export it again.")).record()
    assert record["error"]["type"] == "UnreadableFile"
    assert "x.mid: it is empty. Export it again." in record["error"]["message"]


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (75.9, "1:15"), (3600, "60:00")])
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize("n_clips", [1, 3, 60])
def test_a_picture_of_any_length(n_clips: int, tmp_path) -> None:
    verdict(*np.linspace(0.1, 0.9, n_clips)).plot(tmp_path / "sub" / "v.png")
    data = (tmp_path / "sub" / "v.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert [p.name for p in (tmp_path / "sub").iterdir()] == ["v.png"]
