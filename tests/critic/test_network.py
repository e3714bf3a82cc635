"""The networks have the seed's shape."""

from __future__ import annotations

import pytest
import torch
from tests.conftest import TINY

from musecritic.critic.network import NETWORKS, Config, Network, network_config
from musecritic.errors import UnknownName


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
    assert reading.wrong.shape == (2, 25, 88)
    assert reading.seam.shape == (2, 25)


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


def test_an_excitation_begins_as_the_identity() -> None:
    torch.manual_seed(0)
    rolls = (torch.rand(2, 88, 100) < 0.05).float()
    without = Network(Config()).eval()
    torch.manual_seed(1)
    added = Network(Config(excitation=256)).eval()
    added.load_state_dict(without.state_dict(), strict=False)
    assert torch.allclose(added(rolls).logit, without(rolls).logit, atol=1e-6)
