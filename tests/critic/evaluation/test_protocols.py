"""Each protocol end to end: a made-up corpus, a tiny untrained network."""

import json

import pytest

from musecritic.critic.evaluation import evaluate, evaluate_ablation, run
from musecritic.critic.evaluation import full_protocol as full
from musecritic.critic.evaluation import seed_protocol as seed
from musecritic.critic.evaluation.late_composers import LateWorks
from musecritic.critic.evaluation.order_sources import order_sources
from musecritic.critic.evaluation.severity import ONE_NOTE, share
from musecritic.errors import UnknownName

FEW = {
    "shuffle": (share(0.3),),
    "off-key": (ONE_NOTE, share(0.1), share(0.5)),
    "noise": (ONE_NOTE,),
}
KEYS = {
    "protocol", "model", "weights_sha256", "seed", "data_fingerprint", "date", "intervals",
    "n_songs", "n_clips", "threshold", "total", "real", "kinds", "ece", "by_severity",
    "by_composer", "attention",
}  # fmt: skip


@pytest.fixture(autouse=True)
def few_grades(monkeypatch):
    for module in (seed, full):
        monkeypatch.setattr(module, "GRADES", FEW)
    monkeypatch.setattr(full, "N_FOR_BLAME", 2)


def written(out, name):
    text = (out / f"{name}.md").read_text("utf-8")
    pictures = sorted(path.name for path in out.glob("*.png"))
    assert all(f"({picture})" in text for picture in pictures)
    assert not list(out.glob(".part-*"))
    return json.loads((out / f"{name}.json").read_text("utf-8")), text, pictures


def test_seed_protocol(tiny_critic, toy_corpus, toy_manifest, tmp_path):
    stages = []
    record = evaluate(
        tiny_critic,
        toy_corpus,
        protocol="seed",
        out=tmp_path,
        manifest=toy_manifest,
        progress=lambda what, done, of: stages.append((done, of)),
        command="musecritic evaluate critic",
    )
    found, text, pictures = written(tmp_path, "seed")
    assert found == json.loads(json.dumps(record))
    assert KEYS | {"probe", "degenerate", "invariance", "stated_severity"} <= set(found)
    assert found["n_songs"] == 3
    assert set(found["kinds"]["noise"]) >= {"accuracy", "loss", "auroc", "ap"}
    assert set(found["off_key_10_and_50"]) == {"0.1", "0.5"}
    low, high = found["intervals"]["total"]
    assert low <= found["total"] <= high
    kinds = [row["accuracy"] for row in found["kinds"].values()]
    assert found["total"] == pytest.approx((found["real"] + sum(kinds) / 3) / 2, abs=1e-4)
    assert found["stated_severity"]["kinds"]["off-key"]["severity"] < 0.12
    assert found["invariance"]["velocity"]["x0.5"]["p_real"] == 0
    assert "musecritic evaluate critic" in text
    assert "Where it falls short" in text
    assert {"seed-reliability.png", "seed-severity.png", "seed-composers.png"} <= set(pictures)
    assert any(picture.startswith("seed-blind-") for picture in pictures)
    assert stages == sorted(stages)
    assert stages[-1] == (8, 8)


@pytest.fixture
def unwritten(monkeypatch):
    """Leave out the report: its pictures take longest."""
    monkeypatch.setattr(run, "write_report", lambda record, blind_tests, out: None)


@pytest.mark.usefixtures("unwritten")
def test_the_same_seed_gives_the_same_figures(tiny_critic, toy_corpus, toy_manifest, tmp_path):
    first, second = (
        evaluate(
            tiny_critic,
            toy_corpus,
            protocol="seed",
            out=tmp_path / run,
            manifest=toy_manifest,
            limit=1,
        )
        for run in ("a", "b")
    )
    assert first == second
    assert first["limit"] == 1


def test_full_protocol(tiny_critic, toy_corpus, tmp_path):
    evaluate(
        tiny_critic,
        toy_corpus,
        protocol="full",
        out=tmp_path,
        others={"elsewhere": {work.path: notes for work, notes in toy_corpus}},
        sources=order_sources(toy_corpus, None, {}, seed=0, limit=5),
        late=[LateWorks("Alban Berg", "elsewhere", "kept", False, {"a": toy_corpus[0]})],
    )
    found, text, _ = written(tmp_path, "full")
    assert set(found) >= KEYS
    assert found["n_clips"] == 24
    assert found["threshold"] == tiny_critic.card.threshold
    assert 0 <= found["by_corpus"]["elsewhere"]["false_alarm"] <= 1
    assert "elsewhere" in text
    assert set(found["order"]["rungs"]) == {"people", "n-gram", "random notes"}
    assert found["by_style"]["Alban Berg"]["elsewhere, kept"]["n_pieces"] == 1
    assert "## Who ranks where" in text
    assert "## False alarms on late and atonal music" in text
    for of_kind in found["blame"]["kinds"].values():
        assert set(of_kind) == {"occlusion", "gradient", "attention"}
    assert found["blame"]["n_clips"] == 2
    assert "| off-key, gradient × input | " in text


@pytest.mark.usefixtures("unwritten")
def test_full_protocol_limited(tiny_critic, toy_corpus, tmp_path):
    record = evaluate(tiny_critic, toy_corpus, protocol="full", out=tmp_path, limit=5)
    assert (record["n_clips"], record["limit"]) == (5, 5)


def test_ablation(tiny_critic, toy_corpus, toy_manifest, tmp_path):
    record = evaluate_ablation(
        {"one": tiny_critic, "two": tiny_critic}, toy_corpus, out=tmp_path, manifest=toy_manifest
    )
    found, text, _ = written(tmp_path, "ablation")
    assert found == json.loads(json.dumps(record))
    assert found["models"]["two"]["total_minus_first"] == 0
    assert "| one | two |" in text


def test_unknown_protocol(tiny_critic, toy_corpus, tmp_path):
    with pytest.raises(UnknownName, match="seed"):
        evaluate(tiny_critic, toy_corpus, protocol="easy", out=tmp_path)
