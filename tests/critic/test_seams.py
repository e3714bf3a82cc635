"""The part of the network over notes that hears where music was cut."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import made_up_notes

from musecritic.critic.clip_notes import together
from musecritic.critic.note_transformer import NoteConfig, NoteTransformer, begin_with
from musecritic.critic.paired_joins import PairedJoins
from musecritic.critic.seams import Seams, rolls_of
from musecritic.errors import BadWeights
from musecritic.music.clip import Clip, cut
from musecritic.music.notes import notes_from
from musecritic.music.piece import Piece
from musecritic.music.roll import piano_roll

CONFIG = NoteConfig(("shuffle", "off-key"), depth=1, seams=32, gaps=(2,))

in_ms = st.tuples(st.integers(0, 9_990), st.integers(1, 12_000), st.integers(0, 127))


def learned(module: torch.nn.Module) -> torch.nn.Module:
    """Its zeros, where it would begin as something simpler, replaced."""
    for weight in module.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.1)
    return module.eval()


def rolls(n: int = 3) -> torch.Tensor:
    drawn = [piano_roll(made_up_notes(seed, 10.0)) for seed in range(n)]
    return torch.from_numpy(np.stack(drawn)).float()


@settings(deadline=None, max_examples=40)
@given(st.lists(in_ms, min_size=1, max_size=30))
def test_rolls_are_drawn_as_everywhere(many) -> None:
    onset, length, pitch = np.array(many).T
    notes = notes_from(onset / 1000, (onset + length) / 1000, pitch)
    clips = [Clip(notes), Clip(notes).on_grid()]
    for drawn, clip in zip(rolls_of(together(clips)), clips, strict=True):
        assert (drawn.numpy() == clip.roll()).all()


def test_an_untrained_pair_is_compared_as_the_joins_compare_it() -> None:
    torch.manual_seed(0)
    pairs = PairedJoins(32, (2,)).eval()
    assert torch.allclose(pairs(rolls()), pairs.joins(rolls()), atol=1e-5)


def test_neither_side_of_a_boundary_looks_across() -> None:
    torch.manual_seed(0)
    pairs = learned(PairedJoins(32, (2, 5)))
    before = rolls(1)
    frame = 40
    after = before.clone()
    after[..., frame] = 1 - after[..., frame]
    with torch.no_grad():
        one, other = pairs.likeness(before)[0], pairs.likeness(after)[0]
    same = torch.isclose(one, other, atol=1e-5)
    # Boundary i stands after frame i: what ends there has heard up to i, what begins from i + 1.
    assert same[:frame, frame:].all()
    assert not same[frame, :].all()
    assert not same[:, frame - 1].all()


def test_many_rolls_are_heard_as_each_by_itself() -> None:
    torch.manual_seed(0)
    seams = learned(Seams(32, (2,)))
    many = rolls(3).repeat(13, 1, 1)
    with torch.no_grad():
        together_, alone = seams(many), seams(many[-1:])
    for all_of_them, one in zip(together_, alone, strict=True):
        assert len(all_of_them) == len(many)
        assert torch.allclose(all_of_them[-1:], one, atol=1e-4)


def test_a_network_begins_as_one_that_hears_no_seams() -> None:
    torch.manual_seed(0)
    plain = learned(NoteTransformer(replace(CONFIG, seams=0, gaps=())))
    network = NoteTransformer(CONFIG).eval()
    begin_with(network, plain)
    clips = together(cut(Piece(made_up_notes(3, 35.0))))
    with torch.no_grad():
        was, now = plain(clips), network(clips)
    assert torch.equal(was.logit, now.logit)
    assert torch.equal(was.edits, now.edits)


@pytest.mark.parametrize(("field", "value"), [("depth", 2), ("seams", 64), ("width", 512)])
def test_a_network_cannot_begin_with_one_of_another_size(field, value) -> None:
    with pytest.raises(BadWeights, match="do not fit"):
        begin_with(NoteTransformer(CONFIG), NoteTransformer(replace(CONFIG, **{field: value})))


def test_what_is_heard_reaches_verdict_and_notes() -> None:
    torch.manual_seed(0)
    network = learned(NoteTransformer(CONFIG))
    clips = together(cut(Piece(made_up_notes(3, 35.0))))
    with torch.no_grad():
        was = network(clips)
        network.seams.seam.bias += 3.0
        now = network(clips)
    assert not torch.allclose(was.logit, now.logit)
    assert not torch.allclose(was.seam, now.seam)
