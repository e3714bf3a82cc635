"""Attention between notes knows intervals and distances, and whom to put together."""

from __future__ import annotations

import numpy as np
import torch

from musecritic.networks.note_layers import alike, turned, turns


def test_attention_knows_intervals_and_distances_alone() -> None:
    def likeness(up: int, later: int) -> torch.Tensor:
        keys, onsets = torch.tensor([30, 37]) + up, torch.tensor([10, 22]) + later
        turn = turns(keys, onsets, onsets + 5, 4, (3.0, 400.0), torch.float32)
        torch.manual_seed(0)
        queries, against = (
            turned(torch.randn(2, 4, 32), turn.query),
            turned(torch.randn(2, 4, 32), turn.key),
        )
        return torch.einsum("qhd,khd->hqk", queries, against)

    torch.testing.assert_close(likeness(0, 0), likeness(7, 31), rtol=1e-4, atol=1e-4)


def test_groups_hold_sets_of_about_as_many_notes() -> None:
    counts = sorted(np.random.default_rng(0).integers(1, 300, 100).tolist())
    groups = alike(counts)
    assert [count for group in groups for count in group] == counts
    assert max(map(len, groups)) <= 8
    assert all(group[-1] <= 2 * group[0] for group in groups)
    assert alike([]) == []
