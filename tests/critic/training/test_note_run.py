"""A training run of the network over notes, tiny, and what is made of it."""

from dataclasses import asdict, replace

import pytest
import torch
from tests.conftest import made_up_notes

from musecritic.critic.checkpoint import load
from musecritic.critic.evaluation import evaluate, full_protocol
from musecritic.critic.inference import Critic
from musecritic.critic.note_transformer import NoteConfig, NoteTransformer
from musecritic.critic.training.export import export
from musecritic.critic.training.known_music import known_music
from musecritic.critic.training.note_examples import NAMES, collate
from musecritic.critic.training.note_module import losses_of
from musecritic.critic.training.note_recipe import NoteRecipe
from musecritic.critic.training.note_run import as_real, train_notes, validation_sets
from musecritic.critic.training.trainees import trainee
from musecritic.errors import BadInput, UnknownName
from musecritic.music.clip import cut
from musecritic.music.piece import Piece
from musecritic.training.fit import trained_state
from musecritic.training.history import read_history

pytestmark = pytest.mark.filterwarnings("ignore:::lightning", "ignore:.*LeafSpec.*")

CONFIG = NoteConfig(NAMES, depth=1)
RECIPE = NoteRecipe(epochs=2, steps=2, notes=1024, warmup=1, others=0.5, average=0.5)
RUN = {"device": "cpu", "workers": 0, "progress": False}
OTHERS = {"elsewhere": [made_up_notes(50, 30.0)]}


@pytest.fixture(scope="module")
def run(toy_corpus, toy_manifest, tmp_path_factory):
    out = tmp_path_factory.mktemp("notes")
    return out, train_notes(
        toy_corpus, toy_manifest, CONFIG, RECIPE, out, others=OTHERS, seed=0, **RUN
    )


@pytest.fixture(scope="module")
def exported(run, toy_corpus, toy_manifest):
    out, best = run
    music = known_music(toy_corpus, None, seed=0, reported=None)
    music.known["elsewhere"], music.kept["elsewhere"] = (
        cut(Piece(made_up_notes(seed, 60.0))) for seed in (50, 51)
    )
    card = export(best, "notes", CONFIG, asdict(RECIPE), toy_corpus, toy_manifest, out, music=music)
    return out / "notes.safetensors", card


def test_a_run_is_validated_in_both_forms(run) -> None:
    out, best = run
    assert best.is_file()
    last = read_history(out)[-1]
    assert {"val_loss", "train_edits", "train_places", "train_verdict"} <= set(last)
    assert {"val_auroc_grid shuffle", "val_auroc_ms off-key", "val_notes_ap_ms noise"} <= set(last)


def test_a_run_goes_on_where_it_stopped(run, toy_corpus, toy_manifest) -> None:
    out, _ = run
    longer = replace(RECIPE, epochs=3)
    again = {"others": OTHERS, "seed": 0, "resume": True, **RUN}
    train_notes(toy_corpus, toy_manifest, CONFIG, longer, out, **again)
    assert [record["epoch"] for record in read_history(out)] == [0, 1, 2]
    with pytest.raises(BadInput, match="others"):
        train_notes(toy_corpus, toy_manifest, CONFIG, longer, out, **{**again, "others": {}})


def test_a_run_goes_on_at_the_rates_it_is_told(toy_corpus, toy_manifest, tmp_path) -> None:
    again = {"seed": 0, "others": OTHERS, **RUN}
    recipe = replace(RECIPE, epochs=1, average=0.0)
    train_notes(toy_corpus, toy_manifest, CONFIG, recipe, tmp_path, **again)
    before, _ = trained_state(tmp_path / "last.ckpt")
    stopped = replace(recipe, epochs=2, rate=0.0, matrix_rate=0.0)
    train_notes(toy_corpus, toy_manifest, CONFIG, stopped, tmp_path, resume=True, **again)
    after, length = trained_state(tmp_path / "last.ckpt")
    assert length["epochs"] == 2
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("part", ["seams", "notes"])
def test_either_the_seams_learn_or_all_else(part, toy_corpus, toy_manifest, tmp_path) -> None:
    config = replace(CONFIG, seams=128, gaps=(2, 5))
    torch.manual_seed(0)
    initial = NoteTransformer(config)
    recipe = replace(RECIPE, part=part, epochs=1, shuffles=1.0, seed_kinds=1.0, others=0.0)
    best = train_notes(
        toy_corpus, toy_manifest, config, recipe, tmp_path, initial=initial, seed=0, **RUN
    )
    learned, _ = trained_state(best)
    for name, weight in initial.named_parameters():
        if name.startswith("seams."):
            assert torch.equal(weight, learned[name]) == (part == "notes"), name
        elif part == "seams":
            assert torch.equal(weight, learned[name]), name
    assert any(not torch.equal(initial.state_dict()[name], learned[name]) for name in learned)


def test_seams_begin_with_the_joins_of_the_network_over_rolls(
    toy_corpus, toy_manifest, tmp_path
) -> None:
    config = replace(CONFIG, seams=128, gaps=(2, 5))
    recipe = replace(RECIPE, epochs=1, others=0.0)
    learned, _ = trained_state(
        train_notes(toy_corpus, toy_manifest, config, recipe, tmp_path, seed=0, **RUN)
    )
    for name, weight in load("crnn")[0].joins.state_dict().items():
        assert torch.equal(learned[f"seams.pairs.joins.{name}"], weight)


def test_exported_weights_judge_notes_as_before(exported, run) -> None:
    path, card = exported
    network, again = load(path)
    assert isinstance(network, NoteTransformer)
    assert again == card
    assert card.tail == tuple(sorted(card.tail))
    assert len(card.tail) >= 3
    assert card.training["recipe"]["others"] == 0.5
    verdict = Critic(network, again, device="cpu", precision="fp32")(Piece(made_up_notes(7, 25.0)))
    record = verdict.record()
    assert len(record["notes"]) == len(verdict.piece.notes)
    assert set(record["notes"][0]) == {"onset_s", "pitch", "p_wrong"}
    assert 0 <= record["severity"] <= 1
    assert all(set(fault) == {"kind", "p"} for fault in record["faults"])


def test_exported_weights_know_the_music_they_learned_from(exported) -> None:
    path, card = exported
    critic = Critic.load(path, device="cpu", precision="fp32")
    verdict = critic(Piece(made_up_notes(52, 40.0)))
    assert verdict.far == card.far
    assert verdict.is_far == (verdict.distance > card.far)
    far = replace(verdict, far=verdict.distance / 2)
    assert "far from all music" in far.caveat
    assert (far.record()["is_far"], far.record()["distance"]) == (True, round(verdict.distance, 4))
    assert far.record()["far"] == pytest.approx(verdict.distance / 2, abs=1e-4)
    assert replace(verdict, distance=None).record()["is_far"] is None


def test_training_begins_with_weights_that_know_music(
    exported, toy_corpus, toy_manifest, tmp_path
) -> None:
    network, _ = load(exported[0])
    assert network.config.known
    recipe = replace(RECIPE, epochs=1, steps=1, others=0.0)
    assert train_notes(
        toy_corpus, toy_manifest, CONFIG, recipe, tmp_path, initial=network, **RUN
    ).is_file()


def test_a_verdict_on_notes_is_drawn(exported, tmp_path) -> None:
    Critic.load(exported[0], device="cpu")(Piece(made_up_notes(7, 25.0))).plot(tmp_path / "p.png")
    assert (tmp_path / "p.png").stat().st_size > 10_000


@pytest.mark.filterwarnings("ignore:invalid value", "ignore:Mean of empty")
def test_the_full_protocol_has_figures_of_notes(
    exported, toy_corpus, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(full_protocol, "N_FOR_BLAME", 2)
    critic = Critic.load(exported[0], device="cpu")
    works = {"a": made_up_notes(60, 40.0), "b": made_up_notes(61, 40.0)}
    record = evaluate(
        critic, toy_corpus, protocol="full", out=tmp_path, others={"elsewhere": works}
    )
    assert set(record["notes"]["off-key"]) == {"auroc", "ap", "n"}
    assert 0 <= record["single"]["top3"] <= 1
    assert -1 <= record["severity_spearman"] <= 1
    assert set(record["blame"]["kinds"]["noise"]) == {"occlusion", "p_wrong", "agreement"}
    assert record["by_corpus"]["elsewhere"]["n_pieces"] == 2
    page = (tmp_path / "full.md").read_text("utf-8")
    assert "## Wrong notes" in page
    assert "## One wrong note in ten seconds" in page


def test_a_step_down_the_losses_lowers_them(toy_corpus, toy_manifest) -> None:
    torch.manual_seed(0)
    sets = validation_sets(toy_corpus, toy_manifest, n_clips=20)
    batch = collate([*sets["ms real"], *sets["ms off-key"], *sets["ms shuffle"]])
    network = NoteTransformer(CONFIG)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    seen = []
    for _ in range(12):
        losses = losses_of(network(batch.clips), batch)
        optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        optimizer.step()
        seen.append({name: loss.item() for name, loss in losses.items()})
    assert all(seen[-1][name] < seen[0][name] for name in ("edits", "places", "verdict", "kinds"))


def test_only_known_labels_teach(toy_corpus, toy_manifest) -> None:
    real = validation_sets(toy_corpus, toy_manifest, n_clips=4)["ms real"]
    batch = collate(real)
    reading = NoteTransformer(CONFIG)(batch.clips)
    unknown = batch._replace(placed=torch.zeros_like(batch.placed))
    assert float(losses_of(reading, unknown)["edits"].detach()) == 0
    assert float(losses_of(reading, batch)["edits"].detach()) > 0
    assert as_real(real[0].clip).real


def test_recipes_find_their_networks() -> None:
    assert trainee(None, "styles").network == "notes"
    assert trainee(None, "trunk").network == "crnn-trunk"
    with pytest.raises(BadInput, match="is of the network notes"):
        trainee("crnn", "notes")
    with pytest.raises(BadInput, match="its own are seams, notes, styles"):
        trainee("notes", "seed")
    with pytest.raises(UnknownName):
        trainee(None, "nothing")


def test_what_hears_seams_is_to_learn_first(toy_corpus, toy_manifest, tmp_path) -> None:
    task = trainee(None, "notes")
    with pytest.raises(BadInput, match="--recipe seams"):
        task.train(
            toy_corpus, toy_manifest, task.recipe, tmp_path, root=None, initial=None, reported={}
        )
    assert list(tmp_path.iterdir()) == []
