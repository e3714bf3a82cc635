"""The network over notes: what it must give whatever it has learned."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import made_up_notes

from musecritic.critic.clip_notes import together
from musecritic.critic.edits import EDITS
from musecritic.critic.note_reader import MOST_NOTES, NoteReader
from musecritic.critic.note_transformer import NoteConfig, NoteTransformer, Surroundings
from musecritic.errors import BadInput
from musecritic.music.clip import Clip, cut
from musecritic.music.notes import notes_from
from musecritic.music.piece import Piece

CONFIG = NoteConfig(("shuffle", "off-key"), depth=2)


def learned() -> NoteTransformer:
    """A network whose last layers are not the zeros they begin as."""
    torch.manual_seed(0)
    network = NoteTransformer(CONFIG)
    for weight in network.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.1)
    return network.eval()


@pytest.fixture(scope="module")
def reader() -> NoteReader:
    return NoteReader(learned(), torch.device("cpu"), "fp32")


def clips(n: int = 6) -> list[Clip]:
    return [clip for i in range(n) for clip in cut(Piece(made_up_notes(i, 7.0 + 11 * i)))]


def same(one, other) -> None:
    assert one.logit == pytest.approx(other.logit, abs=2e-4)
    assert np.allclose(one.attention, other.attention, atol=1e-4)
    assert np.allclose(one.notes.edits, other.notes.edits, atol=1e-4)
    assert one.notes.severity == pytest.approx(other.notes.severity, abs=1e-4)


def test_batches_change_nothing(reader) -> None:
    many = clips()
    for clip, finding in zip(many, reader.read(many), strict=True):
        same(finding, reader.read([clip])[0])
        assert finding.notes.edits.shape == (len(clip.notes), len(EDITS))
        assert np.allclose(finding.notes.edits.sum(1), 1, atol=1e-4)
        assert finding.attention.sum() == pytest.approx(1, abs=1e-4)
        assert set(finding.notes.kinds) == set(CONFIG.kinds)


def test_the_order_of_notes_changes_nothing_but_their_order(reader) -> None:
    clip = clips(3)[-1]
    order = np.random.default_rng(1).permutation(len(clip.notes))
    mixed = reader.read([clip.with_notes(clip.notes[order])])[0]
    plain = reader.read([clip])[0]
    assert mixed.logit == pytest.approx(plain.logit, abs=2e-4)
    assert np.allclose(mixed.notes.edits, plain.notes.edits[order], atol=1e-4)


def test_velocity_and_part_are_not_heard(reader) -> None:
    clip = clips(1)[0]
    notes = clip.notes.copy()
    notes["velocity"], notes["part"] = 127 - notes["velocity"], 3
    same(reader.read([clip.with_notes(notes)])[0], reader.read([clip])[0])


def test_every_note_is_heard(reader) -> None:
    clip = clips(1)[0]
    whole = reader.read([clip])[0].logit
    for gone in range(0, len(clip.notes), 7):
        assert reader.read([clip.with_notes(np.delete(clip.notes, gone))])[0].logit != whole


def test_ten_milliseconds_are_heard(reader) -> None:
    clip = clips(1)[0]
    notes = clip.notes.copy()
    notes["onset"][5] += 0.01
    assert reader.read([clip.with_notes(notes)])[0].logit != reader.read([clip])[0].logit


def test_silence_and_one_note_have_findings(reader) -> None:
    silence = Clip(notes_from([], [], []))
    alone = Clip(notes_from([1.0], [2.0], [60]))
    empty, one = reader.read([silence, alone])
    assert np.isfinite([empty.logit, one.logit]).all()
    assert empty.attention.sum() == pytest.approx(1)
    assert empty.notes.edits.shape == (0, len(EDITS))
    assert one.attention[10] == pytest.approx(1)
    same(reader.read([silence])[0], empty)


def test_a_clip_of_very_many_notes_is_read_in_parts(reader) -> None:
    rng = np.random.default_rng(0)
    onset = rng.uniform(0, 9.9, 3 * MOST_NOTES)
    crowd = Clip(notes_from(onset, onset + 0.05, rng.integers(21, 109, len(onset))))
    finding = reader.read([crowd])[0]
    assert finding.notes.edits.shape == (len(onset), len(EDITS))
    parts = np.array_split(crowd.notes, 3)
    alone = reader.read([crowd.with_notes(part) for part in parts])
    assert finding.logit == pytest.approx(np.mean([f.logit for f in alone]), abs=1e-3)
    assert np.allclose(
        finding.notes.edits, np.concatenate([f.notes.edits for f in alone]), atol=1e-3
    )


@given(st.integers(-6, 6), st.floats(0.0, 2.0), st.sampled_from([0.1, 0.125, 0.25]))
@settings(max_examples=30)
def test_surroundings_move_with_key_and_time(shift: int, later: float, beat: float) -> None:
    """At the beats of scores and the frames of rolls too, where rounding must not matter."""
    rng = np.random.default_rng(0)
    onset = beat * rng.integers(0, 30, 40)
    notes = notes_from(onset, onset + beat * rng.integers(1, 5, 40), rng.integers(40, 80, 40))
    moved = notes.copy()
    moved["pitch"] = moved["pitch"].astype(int) + shift
    for name in ("onset", "offset"):
        moved[name] = notes[name] + later
    look = Surroundings(8).look
    (_, length, _, *gaps), seen = look(together([Clip(notes)]))
    (_, length_then, _, *gaps_then), seen_then = look(together([Clip(moved)]))
    assert torch.equal(seen, seen_then)
    assert torch.equal(length, length_then)
    assert all(torch.equal(one, other) for one, other in zip(gaps, gaps_then, strict=True))


def test_a_width_that_has_no_whole_heads_is_refused() -> None:
    with pytest.raises(BadInput, match="multiple"):
        replace(CONFIG, width=100)


def test_the_configuration_survives_its_record() -> None:
    assert NoteConfig.from_record(CONFIG.record()) == CONFIG
