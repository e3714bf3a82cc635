"""Heatmaps: where the evidence is, for each label its own, and measured to be so."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from musecritic.brain.network import Config, Network
from musecritic.brain.spectrogram import BINS
from musecritic.errors import BadInput
from musecritic.explain.alignment import (
    harmonics_mask,
    hotter_at,
    near_onsets,
    shares,
    sudden_changes,
)
from musecritic.explain.cam import Target, fused_map, grad_cam, heatmaps, integrated_gradients
from musecritic.explain.faithfulness import BASELINES, area, cells, deletion, insertion
from musecritic.music.notes import notes_from

LABELS = {"origin": ("ai",), "instruments": ("flute", "tuba")}
FLUTE, TUBA = Target("instruments", "flute"), Target("instruments", "tuba")
FRAMES = 24


@pytest.fixture(scope="module")
def network() -> Network:
    """A network that has learned that high tones are flutes and low ones tubas."""
    torch.manual_seed(0)
    network = Network(Config(LABELS, widths=(4, 4, 4), depths=(1, 1, 1), dropout=0.0))
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-3)
    for _ in range(300):
        flute, tuba = torch.rand(16) < 0.5, torch.rand(16) < 0.5
        logits = network(pictures(flute, tuba)).logits["instruments"]
        target = torch.stack([flute, tuba], dim=1).float()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.05
    return network.eval()


def pictures(flute: torch.Tensor, tuba: torch.Tensor) -> torch.Tensor:
    windows = torch.rand(len(flute), BINS, FRAMES) * 0.4
    windows[flute, 150:154, 4:12] += 0.6
    windows[tuba, 40:44, 12:20] += 0.6
    return windows


@pytest.fixture(scope="module")
def both() -> torch.Tensor:
    torch.manual_seed(1)
    yes = torch.tensor([True])
    return pictures(yes, yes)


def test_grad_cam_weighs_maps_by_their_mean_slope(network, both) -> None:
    heat = grad_cam(network, both, [FLUTE])[0, 0]
    assert heat.shape == (BINS // 2, FRAMES // 2)
    with torch.no_grad():
        fused, silence = network.fused(both), network.fused(torch.zeros_like(both))
        # A mean slope is the rise of the logit where a whole map is raised, by its number of cells.
        raised = []
        for channel in range(fused.shape[1]):
            higher, lower = fused.clone(), fused.clone()
            higher[:, channel] += 1e-2
            lower[:, channel] -= 1e-2
            rise = [network.read_fused(m).logits["instruments"][0, 0] for m in (higher, lower)]
            raised.append((rise[0] - rise[1]) / 2e-2 / heat.numel())
        expected = (torch.stack(raised)[:, None, None] * (fused - silence)[0]).sum(0).relu()
    assert torch.allclose(heat, expected, rtol=0.05, atol=0.02 * float(expected.max()))


def test_integrated_gradients_lie_on_the_evidence(network, both) -> None:
    flute, tuba = integrated_gradients(network, both, [FLUTE, TUBA])[0]
    assert flute.shape == (BINS // 2, FRAMES // 2)
    assert flute[74:78, 2:6].mean() > 3 * flute.mean()
    assert tuba[19:23, 6:10].mean() > 3 * tuba.mean()
    assert not integrated_gradients(network, torch.zeros_like(both), [FLUTE]).any()
    assert integrated_gradients(network, both, []).shape == (1, 0, BINS // 2, FRAMES // 2)
    by_lot = torch.rand(flute.shape, generator=torch.Generator().manual_seed(0))
    assert insertion(network, both[0], FLUTE, flute) > insertion(network, both[0], FLUTE, by_lot)


def test_heatmaps_show_the_sound_and_where_it_is_read(network, both) -> None:
    heat = heatmaps(network, both, [FLUTE, TUBA])[0]
    sound = integrated_gradients(network, both, [FLUTE, TUBA])[0]
    assert torch.allclose(heat.sum((1, 2)), sound.sum((1, 2)), rtol=1e-4)
    read = 2 * heat - sound  # the other half
    assert (read > -1e-5).all()
    assert not torch.allclose(read, sound, atol=1e-3)
    assert heat[0, 74:78, 2:6].mean() > 3 * heat[0].mean()
    assert not heatmaps(network, torch.zeros_like(both), [FLUTE]).any()
    assert heatmaps(network, both, []).shape == (1, 0, BINS // 2, FRAMES // 2)


def test_maps_are_of_each_label_by_itself(network, both) -> None:
    together = grad_cam(network, both, [FLUTE, TUBA])
    assert torch.equal(together[:, 1:], grad_cam(network, both, [TUBA]))
    assert grad_cam(network, both, []).shape == (1, 0, BINS // 2, FRAMES // 2)


def test_silence_has_no_heat(network, both) -> None:
    quiet = torch.zeros_like(both)
    assert not grad_cam(network, quiet, [FLUTE, TUBA]).any()
    most = both.clone()
    most[..., FRAMES // 3 :] = 0
    heat = fused_map(heatmaps(network, most, [FLUTE, TUBA]))
    assert heat[..., : FRAMES // 6].any()
    assert not heat[..., FRAMES // 6 + 1 :].any()


def test_what_speaks_against_is_not_what_speaks_for(network, both) -> None:
    against = grad_cam(network, both, [Target("instruments", "flute", holds=False)])
    assert not torch.allclose(against, grad_cam(network, both, [FLUTE]))


def test_an_unknown_label_is_named(network, both) -> None:
    with pytest.raises(BadInput, match="'lute' under 'instruments'"):
        grad_cam(network, both, [Target("instruments", "lute")])


def test_fm_g_cam_gives_each_cell_to_one_label() -> None:
    torch.manual_seed(0)
    maps = torch.rand(2, 3, 6, 5)
    before = maps.clone()
    fused = fused_map(maps)
    assert torch.equal(maps, before)
    assert ((fused > 0).sum(1) <= 1).all()
    assert torch.equal(fused.argmax(1)[fused.amax(1) > 0], maps.argmax(1)[fused.amax(1) > 0])
    assert fused.amax((1, 2, 3)).tolist() == pytest.approx([1, 1])
    # By hand for one picture.
    one = maps[0].numpy()
    mine = one * (one == one.max(axis=0))
    mine = mine / np.sqrt((mine**2).sum(axis=(1, 2), keepdims=True))
    assert np.allclose(fused[0].numpy(), mine / mine.max(), atol=1e-6)
    assert not fused_map(torch.zeros(1, 2, 3, 3)).any()


def test_the_evidence_in_order_beats_any_other_order(network, both) -> None:
    picture = both[0]
    evidence = torch.zeros(BINS // 2, FRAMES // 2)
    evidence[74:78, 2:6] = 1  # the flute's tone
    lots = BASELINES["random"](picture, torch.Generator().manual_seed(0))
    for better, worse in ((evidence, lots), (evidence, 1 - evidence)):
        assert deletion(network, picture, FLUTE, better) < deletion(network, picture, FLUTE, worse)
        assert insertion(network, picture, FLUTE, better) > insertion(
            network, picture, FLUTE, worse
        )


def test_deletion_and_insertion_end_where_the_other_begins(network, both) -> None:
    heat = cells(both[0])
    one = deletion(network, both[0], FLUTE, heat, steps=1)
    # One step takes all: both go between the whole picture and silence.
    assert one == pytest.approx(insertion(network, both[0], FLUTE, heat, steps=1), abs=1e-6)


def test_area_is_the_mean_by_trapezoids() -> None:
    assert area(torch.tensor([1.0, 1.0, 1.0])) == 1
    assert area(torch.tensor([1.0, 0.5, 0.0])) == pytest.approx(0.5)
    assert area(torch.tensor([1.0, 0.0, 0.0])) == pytest.approx(0.25)


def test_harmonics_are_where_a_note_sounds() -> None:
    notes = notes_from([0.5], [1.0], [69])  # 440 Hz
    mask = harmonics_mask(notes, 0.0, 20)
    assert not mask[:, :5].any()
    assert not mask[:, 10:].any()
    rows = mask[:, 7].nonzero().flatten().tolist()
    # Each harmonic has the cell that begins half a semitone below it, or less, and those beside.
    near = 48 + 12 * np.log2(np.arange(1, 9))
    assert rows == [row for row in range(96) if (np.abs(row + 0.25 - near) <= 0.75 + 1e-6).any()]
    assert {47, 48} <= set(rows)
    for pitch in range(30, 90):  # every fundamental has the row below and its own
        of_pitch = harmonics_mask(notes_from([0.0], [1.0], [pitch]), 0.0, 10)
        assert of_pitch[[pitch - 22, pitch - 21], 5].all()
    assert harmonics_mask(notes, 0.5, 20)[:, :5].any()


def test_shares_within_a_mask() -> None:
    mask = torch.zeros(4, 4)
    mask[0] = 1
    heat = torch.zeros(4, 4)
    heat[0, 0], heat[1, 0] = 3, 1
    found = shares(heat, torch.ones(4, 4), mask)
    assert found == (0.75, 0.25, 0.25)


def test_heat_at_onsets() -> None:
    frames = near_onsets(np.array([0.25, 1.05]), 0.0, 20)
    assert frames.nonzero().flatten().tolist() == [2, 10]
    every_beat = near_onsets(np.arange(0, 2, 0.5), 0.0, 20)  # on the edges of frames
    assert every_beat.nonzero().flatten().tolist() == [0, 5, 10, 15]
    assert near_onsets(np.arange(0, 2, 0.1), 0.0, 20).all()
    heat = torch.zeros(96, 20)
    heat[3, [2, 10]] = 1
    assert hotter_at(frames, heat) == 1
    assert hotter_at(frames, torch.ones(96, 20)) == 0.5
    assert np.isnan(hotter_at(near_onsets(np.array([]), 0.0, 20), heat))


def test_sudden_changes_are_where_the_texture_changes() -> None:
    # Two voices for three seconds, six for the next three.
    onset = np.repeat([0.0, 3.0, 3.0], 2)
    notes = notes_from(onset, np.repeat([6.0, 6.0, 6.0], 2), [60, 64, 67, 72, 76, 79], 60)
    frames = sudden_changes(notes, 0.0, 60).nonzero().flatten().tolist()
    assert frames
    assert all(abs(frame - 30) <= 5 for frame in frames if 10 < frame < 50)
    assert 30 in frames
    steady = notes_from([0.0, 0.0], [9.0, 9.0], [60, 64])
    assert not sudden_changes(steady, 2.0, 50).any()
