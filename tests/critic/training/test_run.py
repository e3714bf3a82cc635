"""A training run from beginning to exported weights, tiny."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from tests.conftest import TINY

from musecritic.critic.checkpoint import Card, load
from musecritic.critic.network import Network
from musecritic.critic.note_attention import Heard, runs_of
from musecritic.critic.training.export import export
from musecritic.critic.training.module import local_loss, note_loss, validation_figures
from musecritic.critic.training.pairs import Batch
from musecritic.critic.training.recipe import Recipe
from musecritic.critic.training.run import begin_with, train
from musecritic.errors import BadInput, BadWeights
from musecritic.training.fit import LAST, moving_average, write_curves
from musecritic.training.history import read_history

# Lightning's own deprecations and advice are not this project's to heed.
pytestmark = pytest.mark.filterwarnings("ignore:::lightning", "ignore:.*LeafSpec.*")

RECIPE = Recipe(
    clips="stream",
    epochs=2,
    pairs=16,
    batch=8,
    optimizer="muon",
    average=0.5,
    local=1.0,
    joins_first=1,
    joins=0.5,
    transpose=2,
    warmup=2,
)


@pytest.fixture(scope="module")
def run(toy_corpus, toy_manifest, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    options = {"device": "cpu", "workers": 0, "progress": False}
    best = train(toy_corpus, toy_manifest, TINY, RECIPE, out, **options)
    return out, best, options


def test_a_run_leaves_checkpoints_and_curves(run) -> None:
    out, best, _ = run
    assert best.is_file()
    assert (out / LAST).is_file()
    assert (out / "manifest.json").is_file()
    history = read_history(out)
    assert [record["epoch"] for record in history] == [0, 1]
    assert {"train_loss", "train_local", "val_loss", "val_accuracy", "val_auroc_noise"} <= set(
        history[-1]
    )
    write_curves(out, "tiny")
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "metrics.csv").read_text().count("\n") == 3


def test_a_resumed_run_goes_on_and_keeps_its_history(run, toy_corpus, toy_manifest) -> None:
    out, _, options = run
    longer = replace(RECIPE, epochs=3)
    train(toy_corpus, toy_manifest, TINY, longer, out, resume=True, **options)
    assert [record["epoch"] for record in read_history(out)] == [0, 1, 2]


def test_a_folder_holds_one_run_alone(run, toy_corpus, toy_manifest) -> None:
    out, _, options = run
    with pytest.raises(BadInput, match="--resume"):
        train(toy_corpus, toy_manifest, TINY, RECIPE, out, **options)
    with pytest.raises(BadInput, match="seed differ"):
        train(toy_corpus, toy_manifest, TINY, RECIPE, out, resume=True, seed=1, **options)


def test_exported_weights_are_the_trained_ones(run, toy_corpus, toy_manifest, tmp_path) -> None:
    _, best, _ = run
    card = export(best, "tiny", TINY, asdict(RECIPE), toy_corpus, toy_manifest, tmp_path)
    network, found = load(tmp_path / "tiny.safetensors")
    assert found == card
    assert card.training["data_fingerprint"] == toy_corpus.fingerprint
    assert card.temperature > 0
    assert 0 <= card.threshold <= 1
    trained = torch.load(best, weights_only=False)["state_dict"]["network.head.weight"]
    assert torch.allclose(network.head.weight, trained, atol=1e-3)


def test_what_is_exported_may_lie_on_the_way_back(run, toy_corpus, toy_manifest, tmp_path) -> None:
    _, best, _ = run
    torch.manual_seed(8)
    begun = Network(TINY), Card("begun", "0", TINY)
    card = export(
        best, "tiny", TINY, asdict(RECIPE), toy_corpus, toy_manifest, tmp_path, begun, keep=0.25
    )
    network, _ = load(tmp_path / "tiny.safetensors")
    learned = torch.load(best, weights_only=False)["state_dict"]["network.head.weight"]
    expected = 0.75 * learned + 0.25 * begun[0].head.weight
    assert torch.allclose(network.head.weight, expected, atol=1e-3)
    assert not torch.allclose(network.head.weight, learned, atol=1e-3)
    assert card.training["keep"] == 0.25
    assert card.training["initial"]["name"] == "begun"


def test_what_a_recipe_keeps_stays_and_the_rest_learns(toy_corpus, toy_manifest, tmp_path) -> None:
    torch.manual_seed(7)
    initial = Network(replace(TINY, attend=0))
    recipe = replace(RECIPE, joins_first=0, learns="attention", epochs=1, average=0.0)
    best = train(
        toy_corpus,
        toy_manifest,
        TINY,
        recipe,
        tmp_path,
        initial=initial,
        device="cpu",
        workers=0,
        progress=False,
    )
    trained = torch.load(best, weights_only=False)["state_dict"]
    for name, weight in initial.state_dict().items():
        assert torch.equal(trained[f"network.{name}"], weight), name
    assert trained["network.verdict.weight"][0, 1:].abs().max() > 0  # they begin at zero


@pytest.mark.parametrize(
    ("config", "recipe", "why"),
    [
        (replace(TINY, attend=0), replace(RECIPE, learns="attention"), "has none"),
        (TINY, replace(RECIPE, learns="attention"), "--initial"),
        (replace(TINY, joins=0, attend=0), RECIPE, "begins with the joins"),
        (TINY, Recipe(), "as chance made them"),
    ],
)
def test_a_recipe_for_another_network_is_refused(
    toy_corpus, toy_manifest, tmp_path, config, recipe, why
) -> None:
    with pytest.raises(BadInput, match=why):
        train(toy_corpus, toy_manifest, config, recipe, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(BadWeights, match="another network"):
        begin_with(Network(TINY), Network(replace(TINY, hidden=6)))


def test_the_note_loss_asks_for_damaged_notes_and_those_after_a_seam() -> None:
    rolls = torch.zeros(2, 88, 100)
    wrong, seam = torch.zeros(2, 88, 100), torch.zeros(2, 100)
    rolls[0, 40, 8:12] = rolls[0, 50, 20:24] = 1
    wrong[0, 50, 20:24] = 1
    rolls[1, 30, 10:15] = rolls[1, 31, 40:45] = rolls[1, 32, 50:55] = 1
    seam[1, 36:40] = 1  # cut between frames 37 and 38; the next onset is at 40
    batch = Batch(rolls, torch.zeros(2), wrong, seam)
    runs = runs_of(rolls)
    damaged, follows = -9.0 * torch.ones(5), -9.0 * torch.ones(5)
    damaged[(runs.key == 50).nonzero()] = 9
    follows[(runs.key == 31).nonzero()] = 9

    def loss(damaged: torch.Tensor, follows: torch.Tensor) -> float:
        heard = Heard(torch.zeros(2, 3), runs, damaged, follows)
        return note_loss(heard, batch).item()

    assert loss(damaged, follows) < 0.01
    assert loss(-damaged, follows) > 5
    assert loss(damaged, -follows) > 5
    assert loss(damaged, follows.roll(1)) > 1


def test_the_local_loss_is_low_where_the_damage_is_placed_right() -> None:
    rolls = torch.zeros(1, 88, 100)
    rolls[0, 40, 8:12] = rolls[0, 50, 20:24] = 1
    wrong, seam = torch.zeros(1, 88, 100), torch.zeros(1, 100)
    wrong[0, 50, 20:24] = 1
    seam[0, 40:44] = 1
    batch = Batch(rolls, torch.zeros(1), wrong, seam)
    right = torch.full((1, 25, 88), -9.0)
    right[0, 5, 50] = 9
    joined = torch.full((1, 25), -9.0)
    joined[0, 10] = 9
    assert local_loss(right, joined, batch) < 0.01
    assert local_loss(-right, joined, batch) > 5
    assert local_loss(right, -joined, batch) > 5


def test_validation_weighs_real_clips_as_much_as_all_kinds() -> None:
    logit = torch.tensor([9.0, 9.0, 9.0, 9.0, -9.0, -9.0])
    kind = torch.tensor([0, 0, 0, 1, 2, 2])  # all real right, one kind wrong, the other right
    figures = validation_figures(logit, kind, ("a", "b"))
    assert figures["val_accuracy"] == pytest.approx((1 + 0.5) / 2)
    assert figures["val_auroc_b"] == 1
    assert figures["val_loss"] == pytest.approx((0 + (9 + 0) / 2) / 2, abs=1e-3)


def test_the_moving_average_forgets_its_first_weights() -> None:
    average = moving_average(0.998)
    value = torch.tensor(100.0)
    for n in range(1, 60):
        value = average(value, torch.tensor(0.0), n)
    assert abs(value.item()) < 1e-3
    steady = average(torch.tensor(1.0), torch.tensor(0.0), 10**6)
    assert steady.item() == pytest.approx(0.998)
    assert np.isclose(average(torch.tensor(3), torch.tensor(7), 5).item(), 7)
