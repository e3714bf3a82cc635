"""The networks have the seed's shape."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.conftest import TINY

from musecritic.critic.joins import Encoder, Joins
from musecritic.critic.network import NETWORKS, Config, Network, network_config
from musecritic.critic.tonal import TonalContext
from musecritic.errors import BadInput, UnknownName


@pytest.fixture(params=NETWORKS)
def network(request) -> Network:
    torch.manual_seed(0)
    return Network(network_config(request.param)).eval()


def test_the_seeds_sizes(network: Network) -> None:
    rolls = torch.zeros(2, 88, 100)
    maps = network.stages(network.stem(rolls.unsqueeze(1)))
    assert maps.shape == (2, 256, 5, 25)  # height 88 to 5, 256 channels, time pooled by 4
    reading = network(rolls)
    assert reading.logit.shape == (2,)
    config = network.config
    n_times = 100 if config.attend else 50 if config.notes else 25
    assert reading.wrong.shape == (2, n_times, 88)
    assert reading.seam.shape == (2, 25)
    assert (reading.joins is None) == (not config.joins)
    assert (reading.heard is None) == (not config.attend)


def test_the_seeds_own_networks_have_no_aids() -> None:
    for name in ("crnn-plain", "crnn-mean", "cnn"):
        config = NETWORKS[name]
        assert not any((config.tonal, config.notes, config.joins, config.attend))


def test_attention_over_notes_wants_what_it_stands_on() -> None:
    for lacking in ({"notes": False}, {"joins": 0}):
        with pytest.raises(BadInput, match="stands on"):
            Network(replace(NETWORKS["crnn"], **lacking))


def test_the_attention_over_notes_begins_with_the_verdict_that_was() -> None:
    torch.manual_seed(0)
    network = Network(NETWORKS["crnn"]).eval()
    rolls = (torch.rand(3, 88, 100) < 0.05).float()
    with_notes = network(rolls).logit
    network.attend = None
    torch.testing.assert_close(with_notes, network(rolls).logit)


def test_attention_is_a_distribution_over_time(network: Network) -> None:
    rolls = (torch.rand(3, 88, 100) < 0.05).float()
    weights = network(rolls).attention
    assert weights.shape == (3, 25)
    assert torch.allclose(weights.sum(1), torch.ones(3), atol=1e-5)
    uneven = weights.std(1).min().item()
    assert (uneven > 0) == network.config.attention


def test_clips_of_a_batch_do_not_touch_each_other(network: Network) -> None:
    rolls = (torch.rand(4, 88, 100) < 0.05).float()
    together = network(rolls).logit
    alone = torch.cat([network(roll[None]).logit for roll in rolls])
    assert torch.allclose(together, alone, atol=1e-5)


def test_a_config_survives_json() -> None:
    assert Config.from_record(TINY.record()) == TINY


def test_an_unknown_network_names_the_known() -> None:
    with pytest.raises(UnknownName, match="crnn-mean"):
        network_config("transformer")


def test_the_harmony_of_a_note_is_the_same_in_every_key() -> None:
    torch.manual_seed(0)
    context = TonalContext(8, 4).eval()
    rolls = torch.zeros(2, 88, 100)
    chord = torch.tensor([36, 40, 43])
    for roll, up in zip(rolls, (0, 2), strict=True):
        roll[chord + up, 20:60] = 1
    here, transposed = context(rolls)
    assert here.shape == (4, 44, 50)
    assert here.std() > 0
    torch.testing.assert_close(transposed[:, 1:], here[:, :-1])  # a row is two semitones
    torch.testing.assert_close(here[:, 6:], here[:, :-6])  # and an octave six


def test_an_encoder_does_not_hear_what_comes_later() -> None:
    torch.manual_seed(0)
    encoder = Encoder(8, (2, 5)).eval()
    rolls = (torch.rand(1, 88, 100) < 0.05).float().repeat(2, 1, 1)
    rolls[1, :, 60:] = 1 - rolls[1, :, 60:]
    one, other = encoder(rolls)
    torch.testing.assert_close(one[:60], other[:60])
    assert not torch.allclose(one[60:], other[60:])


def test_joins_are_probabilities_over_the_moments_of_a_clip() -> None:
    torch.manual_seed(0)
    joins = Joins(8, (2, 5)).eval()
    follows, leads, _ = joins((torch.rand(1, 88, 100) < 0.05).float())[0]
    assert follows.shape == leads.shape == (99,)
    assert max(follows.max(), leads.max()) <= 0
    alike = torch.ones(1, 100, 64) / 8  # nothing tells these moments apart
    middle = joins.compare(alike, alike)[0, 0, 49]
    assert middle.exp().item() == pytest.approx(1 / (99 - 2 * 3))
