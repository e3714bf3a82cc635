"""MusicBrain's figures: those of scikit-learn, over pieces, on what was not learned from."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    precision_recall_curve,
    roc_auc_score,
)
from tests.conftest import made_up_notes

from musecritic.brain.checkpoint import Card, load, save
from musecritic.brain.evaluation import of_works
from musecritic.brain.evaluation.heads import (
    Decided,
    confusion,
    labelled,
    origin,
    precision_at_recalls,
)
from musecritic.brain.evaluation.of_works import decide, decisions, truth
from musecritic.brain.evaluation.pieces import judge_whole
from musecritic.brain.evaluation.pooling import learn_pooling
from musecritic.brain.evaluation.report import report
from musecritic.brain.judged import Judged
from musecritic.brain.network import Config, Network
from musecritic.brain.note_network import NoteConfig, NoteNetwork
from musecritic.corpora.collection import Collection
from musecritic.corpora.corpus import Corpus, Work
from musecritic.errors import BadWeights
from musecritic.measure.bootstrap import Estimate
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece
from musecritic.show.precision_plot import plot_precision

N = 300


@pytest.fixture(scope="module")
def scored():
    rng = np.random.default_rng(0)
    is_ai = rng.random(N) < 0.4
    return rng.normal(size=N) + is_ai, is_ai, rng.integers(0, 100, N)


def decided(logit: np.ndarray) -> list[Decided]:
    judged = (
        Judged(np.zeros(1), np.ones(1), {"origin": np.full((1, 1), x)}, {}, np.zeros((1, 1)))
        for x in logit
    )
    card = Card("x", "0", "notes", None, 2.0, 0.4, 0.7)
    return [decide(one, card) for one in judged]


def test_origin_is_scikit_learns(scored) -> None:
    logit, is_ai, works = scored
    p_ai = 1 / (1 + np.exp(-logit / 2))
    found = origin(decided(logit), is_ai, works)
    assert found["auroc"].value == pytest.approx(roc_auc_score(is_ai, logit))
    assert found["balanced_accuracy"].value == pytest.approx(
        balanced_accuracy_score(is_ai, p_ai > 0.5)
    )
    assert found["fpr"].value == pytest.approx(np.mean(p_ai[~is_ai] > 0.7))
    assert found["recall_ai"].value == pytest.approx(np.mean(p_ai[is_ai] > 0.7))
    assert found["coverage"].value == pytest.approx(np.mean((p_ai > 0.7) | (p_ai < 0.4)))
    for figure in found.values():
        if isinstance(figure, Estimate):
            assert figure.low <= figure.value <= figure.high


def test_people_alone_have_no_auroc(scored) -> None:
    logit, is_ai, works = scored
    found = origin(decided(logit[~is_ai]), is_ai[~is_ai], works[~is_ai])
    assert "auroc" not in found
    assert "recall_ai" not in found
    assert found["n_ai"] == 0


def test_labels_are_scikit_learns_and_rare_ones_left_out() -> None:
    rng = np.random.default_rng(1)
    names = ("a", "b", "c", "rare")
    which = rng.integers(0, 3, N)
    which[:2] = 3
    which[2:9] = 4  # a composer that the network does not know
    truth = [((*names, "other")[i],) for i in which]
    logits = rng.normal(size=(N, 4)) + 1.5 * (which[:, None] == np.arange(4))
    found = labelled(logits, truth, names, rng.integers(0, 80, N))
    assert found["left_out"] == ["rare"]
    expected = [average_precision_score(which == i, logits[:, i]) for i in range(3)]
    for name, value in zip(names, expected, strict=False):
        assert found["per_label"][name]["ap"].value == pytest.approx(value)
    assert found["map"].value == pytest.approx(np.mean(expected))
    recalls = [np.mean(logits[which == i].argmax(axis=1) == i) for i in range(3)]
    assert found["balanced_accuracy"].value == pytest.approx(np.mean(recalls))
    table = confusion(logits, truth, names)
    assert table["a"]["a"] == np.sum(logits[which == 0].argmax(axis=1) == 0)
    assert "other" not in table


def test_several_labels_at_once_have_no_balanced_accuracy() -> None:
    rng = np.random.default_rng(2)
    truth = [("a", "b") if i % 2 else ("a",) if i % 3 else () for i in range(60)]
    found = labelled(rng.normal(size=(60, 2)), truth, ("a", "b"), np.arange(60))
    assert "balanced_accuracy" not in found
    assert set(found["per_label"]) == {"a", "b"}


@pytest.fixture(scope="module")
def collection() -> Collection:
    human = [
        (Work(f"h{i}", "A", f"H{i}", origin="human", period="Modern", genre="chorale"), i)
        for i in range(30)
    ]
    made = [
        (Work(f"m{i}", origin="ai", generator="Mill", genre="chorale"), 30 + i) for i in range(30)
    ]
    return Collection.gather(
        {
            name: Corpus.gather(name, ((w, Piece(made_up_notes(i, 40.0))) for w, i in works))
            for name, works in (("people", human), ("mill", made))
        }
    )


LABELS = {
    "origin": ("ai",),
    "published": ("ai",),
    "period": ("Baroque", "Modern"),
    "instruments": ("organ", "piano", "violin"),
}


def weights(folder, name: str, collection: Collection, **training: object):
    torch.manual_seed(0)
    if name == "audio":
        network = Network(Config(LABELS, widths=(4, 4, 4), depths=(1, 1, 1)))
    else:
        network = NoteNetwork(NoteConfig(LABELS, depth=1))
    record = {"data_fingerprint": collection.fingerprint, "split_seed": 0, **training}
    save(network, Card(name, "0", name, network.config, 1.0, 0.3, 0.7, training=record), folder)
    return folder / f"{name}.safetensors"


def test_the_test_part_is_measured_and_written(collection, tmp_path) -> None:
    models = [weights(tmp_path, name, collection) for name in ("audio", "notes")]
    record = report(collection, models, tmp_path / "out", command="x")
    written = json.loads((tmp_path / "out" / "heads.json").read_text())
    assert written == json.loads(json.dumps(record))
    n_test = len(collection.of("test"))
    assert record["heads"]["origin"]["n_human"] + record["heads"]["origin"]["n_ai"] == n_test
    assert set(record["listener"]) == {"in_form", "as_published", "played_by_lot"}
    assert set(record["listener"]["played_by_lot"]) == {"instruments"}
    assert len(record["weights_sha256"].split()) == 2
    told = (tmp_path / "out" / "heads.md").read_text()
    assert "## Origin" in told
    for picture in ("heads-period-confusion.png", "heads-instruments-confusion.png"):
        assert picture in told
        assert (tmp_path / "out" / picture).read_bytes().startswith(b"\x89PNG")
    assert set(record["by_seconds"]) == {"10 s", "30 s", "64 s"}
    alone = report(collection, models[1:], tmp_path / "alone", command="x")
    assert alone["reader"] == record["reader"]
    assert "listener" not in alone
    assert alone["by_genre"]["whole"] == record["by_genre"]["whole"]
    with pytest.raises(BadWeights, match="one network that reads"):
        report(collection, models[:1], tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_where_there_is_a_caveat_nothing_is_decided(collection, tmp_path, monkeypatch) -> None:
    network, card = load(weights(tmp_path, "notes", collection))
    found = judge_whole(network, collection, [0, 1, 40])
    sure = replace(card, human_below=0.0, ai_above=0.0)  # accuses everybody
    for why, accused in (("too few notes", False), (None, True)):
        monkeypatch.setattr(of_works, "caveat", lambda notes, why=why: why)
        decided = decisions(found, sure, collection, whole=True)
        assert [one.accused for one in decided.values()] == [accused] * 3
        assert not any(one.cleared for one in decided.values())
    monkeypatch.setattr(of_works, "caveat", lambda notes: "too few notes")
    of_excerpts = decisions(found, sure, collection, whole=False)
    assert all(one.accused for one in of_excerpts.values())


def test_folds_are_put_together(collection, tmp_path) -> None:
    specs = ("fold:0/2", "fold:1/2", "generator:Mill", "corpus:people")
    runs = [
        weights(tmp_path / str(i), "notes", collection, hold_out=spec)
        for i, spec in enumerate(specs)
    ]
    record = report(collection, runs, tmp_path, protocol="held-out")
    folds = record["folds"]
    assert (folds["n_human"], folds["n_ai"]) == (30, 30)
    assert folds["whole"]["chorale, Mill"]["auroc"] == folds["auroc"]
    assert folds["by_genre"]["chorale, Mill"]["n_ai"] == 30
    for form in ("beside_whole", "as_published"):
        beside = folds[form]["chorale, Mill"]
        assert (beside["n_human"], beside["n_ai"]) == (30, 30)
        assert set(beside["plain"]) == set(beside["together"]) == {"linear", "forest", "boosting"}
    assert folds["by_corpus"]["people"]["fpr"] == folds["fpr"]
    without = record["leave_one_generator_out"]["Mill"]["chorale, Mill"]
    assert (without["n_ai"], without["n_human"]) == (30, 6)
    assert record["leave_one_corpus_out"]["people"]["n_human"] == 30
    page = (tmp_path / "held-out.md").read_text()
    assert "## Folds" in page
    assert "Leave one generator out" in page


@pytest.mark.parametrize(
    ("training", "why"),
    [
        ([{}], "--hold-out"),
        ([{"hold_out": "fold:0/2", "data_fingerprint": "x"}], "another collection"),
        ([{"hold_out": "fold:0/2", "split_seed": 1}], "another collection"),
        ([{"hold_out": "fold:0/2"}], "name all folds"),
        ([{"hold_out": "corpus:mill"}] * 2, "the same"),
    ],
)
def test_runs_that_would_mislead_are_refused(collection, tmp_path, training, why) -> None:
    runs = [weights(tmp_path / str(i), "notes", collection, **t) for i, t in enumerate(training)]
    with pytest.raises(BadWeights, match=why):
        report(collection, runs, tmp_path, protocol="held-out")


def test_runs_of_two_networks_are_refused(collection, tmp_path) -> None:
    runs = [
        weights(tmp_path, name, collection, hold_out=f"fold:{i}/2")
        for i, name in enumerate(("audio", "notes"))
    ]
    with pytest.raises(BadWeights, match="two networks"):
        report(collection, runs, tmp_path, protocol="held-out")


@pytest.mark.parametrize(
    "training", [{"hold_out": "fold:0/2"}, {"data_fingerprint": "x"}, {"split_seed": 1}]
)
def test_a_test_part_that_may_have_been_learned_from_is_refused(
    collection, tmp_path, training
) -> None:
    models = [weights(tmp_path, name, collection, **training) for name in ("audio", "notes")]
    with pytest.raises(BadWeights, match="may have been learned from"):
        report(collection, models, tmp_path)


def test_a_machines_corpus_can_be_left_out(collection, tmp_path) -> None:
    run = weights(tmp_path, "notes", collection, hold_out="corpus:mill")
    record = report(collection, [run], tmp_path, protocol="held-out")
    assert record["leave_one_corpus_out"]["mill"]["n_human"] == 0
    assert "recall_ai" in record["leave_one_corpus_out"]["mill"]


def test_instruments_are_those_of_the_beginning_that_is_heard() -> None:
    notes = notes_from([0.0, 200.0], [1.0, 201.0], [60, 62], part=[0, 1])
    piece = Piece(notes, (Part("", 40), Part("", 73)))
    collection = Collection.gather({"x": Corpus.gather("x", [(Work("a"), piece)])})
    assert truth(collection, 0, in_form=False)["instruments"] == ("violin",)


def test_precision_at_recalls_is_scikit_learns(scored) -> None:
    logit, holds, _ = scored
    logit = np.round(logit, 1)  # some are equal
    precision, recall, _ = precision_recall_curve(holds, logit)
    found = precision_at_recalls(logit, holds)
    expected = [precision[:-1][recall[:-1] >= r - 1e-9].max() for r in np.linspace(0, 1, 21)]
    assert found == pytest.approx(expected, abs=1e-4)


def test_each_label_has_a_line_and_its_name(tmp_path) -> None:
    rising = {"n": 4, "ap": 0.5, "precision": [1.0, 0.5, 0.2]}
    plot_precision({"a": rising, "b": rising}, "x", tmp_path / "x.svg")
    drawn = (tmp_path / "x.svg").read_text()
    assert "a: 0.50 (4)" in drawn
    assert "b: 0.50 (4)" in drawn


def test_the_beginning_of_what_was_judged_has_its_first_window() -> None:
    start = np.array([0.0, 5.0, 10.0])
    logits = {"origin": np.array([[1.0], [2.0], [6.0]])}
    judged = Judged(start, start + 10, logits, {"low": start}, np.zeros((3, 2)))
    assert judged.beginning(15.0).of_piece("origin").tolist() == [1.5]
    assert judged.beginning(3.0).of_piece("origin").tolist() == [1.0]
    assert judged.beginning(99.0).of_piece("origin").tolist() == [3.0]


def test_attention_finds_the_window_that_tells() -> None:
    rng = np.random.default_rng(0)
    is_ai = np.arange(240) % 2 == 1
    found = []
    for ai in is_ai:
        summary = rng.normal(0, 1, (12, 6)).astype(np.float32)
        # One window in twelve, marked by its first number, tells by its second.
        summary[rng.integers(12), :2] = 8, 2 if ai else -2
        found.append(Judged(np.arange(12.0), np.arange(12.0) + 10, {}, {}, summary))
    areas = []
    for attends in (False, True):
        pooled = learn_pooling(found[:120], is_ai[:120], attends=attends)
        areas.append(roc_auc_score(is_ai[120:], pooled(found[120:])))
    assert areas[1] > 0.9
    assert areas[1] > areas[0] + 0.1
