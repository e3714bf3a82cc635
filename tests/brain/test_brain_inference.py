"""MusicBrain at work with small networks: records, decisions, and inputs that are none."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
import torch
from tests.brain.conftest import LABELS
from tests.conftest import made_up_notes

from musecritic.brain import inference
from musecritic.brain.checkpoint import Card, load, save, sources_path
from musecritic.brain.collect_sources import collect_sources
from musecritic.brain.evaluation.pieces import judge_as_published, judge_in_form
from musecritic.brain.evaluation.thresholds import fix_thresholds
from musecritic.brain.figure_network import FigureConfig, FigureNetwork, bags
from musecritic.brain.figures import figures
from musecritic.brain.inference import MusicBrain
from musecritic.brain.judged import hear, windows
from musecritic.brain.one_form import sheet
from musecritic.brain.playing import BEGINS
from musecritic.brain.sources import Sources
from musecritic.brain.spectrogram import BINS
from musecritic.brain.window import FRAMES
from musecritic.errors import (
    BadFile,
    BadInput,
    BadWeights,
    Failure,
    MissingExtra,
    NoNotes,
    Overflows,
    OverLimit,
)
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece
from musecritic.music.tempo import Tempo
from musecritic.music.write import write_midi

# Lightning's own deprecations and advice are not this project's to heed.
pytestmark = pytest.mark.filterwarnings("ignore:::lightning", "ignore:.*LeafSpec.*")


def test_weights_that_take_something_else_are_refused(saved) -> None:
    with pytest.raises(BadWeights, match="a listener takes audio"):
        MusicBrain.load(*saved[::-1])
    with pytest.raises(BadWeights, match="a reader takes figures or notes"):
        MusicBrain.load(saved[0], saved[0])


def test_without_a_listener_scores_are_read_and_recordings_refused(saved, tmp_path) -> None:
    deaf = MusicBrain.load(None, saved[1])
    assert deaf(Piece(made_up_notes(0))).record()["listener"] is None
    soundfile.write(tmp_path / "a.wav", np.random.default_rng(0).normal(0, 0.1, 16_000), 16_000)
    with pytest.raises(BadFile, match=r"a\.wav: it is a recording.*MIDI, MusicXML or ABC"):
        deaf(tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("temperature", "hot"),
        ("bias", "high"),
        ("human_below", 0.9),
        ("config", {"labels": ["a"]}),
    ],
)
def test_a_damaged_card_is_named(saved, tmp_path, key, value) -> None:
    for path in (saved[1], saved[1].with_suffix(".json")):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    card = tmp_path / "notes.json"
    card.write_text(json.dumps({**json.loads(card.read_text()), key: value}))
    with pytest.raises(BadWeights, match=r"notes\.json"):
        load(tmp_path / "notes.safetensors")


def test_a_card_of_no_network_is_refused(saved, tmp_path) -> None:
    for path in (saved[0], saved[0].with_suffix(".json")):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    card = tmp_path / "audio.json"
    card.write_text(card.read_text().replace('"takes": "audio"', '"takes": "smell"'))
    with pytest.raises(BadWeights, match=r"audio\.json"):
        load(tmp_path / "audio.safetensors")


def test_a_recording_is_heard_window_by_window(brain, tmp_path) -> None:
    t = np.arange(23 * 22_050) / 22_050
    soundfile.write(tmp_path / "a.wav", 0.3 * np.sin(2 * np.pi * 440 * t), 22_050)
    found = brain(tmp_path / "a.wav")
    record = found.record()
    assert record["duration_s"] == pytest.approx(23, abs=0.01)
    assert [(w["start_s"], w["end_s"]) for w in record["windows"]] == [(0, 10), (5, 15), (10, 20)]
    assert set(record["stages"]) == {"low", "mid", "high"}
    assert set(record["labels"]) == {"composer", "period", "genre", "instruments", "generator"}
    p = [label["p"] for label in record["labels"]["instruments"]]
    assert p == sorted(p, reverse=True)
    logits = [np.log(w["p_ai"] / (1 - w["p_ai"])) for w in record["windows"]]
    assert found.p_ai == pytest.approx(1 / (1 + np.exp(-np.mean(logits))), abs=1e-3)


def test_a_score_is_read_and_its_windows_lie_in_its_own_time(brain, tmp_path) -> None:
    notes = made_up_notes(0, 40.0)
    write_midi(Piece(notes, (Part("", 40),)), tmp_path / "a.mid")
    found = brain(tmp_path / "a.mid")
    assert found.windows[0].start == pytest.approx(notes["onset"].min(), abs=0.03)
    assert found.windows[-1].end == pytest.approx(found.duration, abs=0.05)
    # 24 quarters at 120 a minute.
    assert found.windows[0].end - found.windows[0].start == pytest.approx(12, abs=0.01)
    assert found.model["name"] == "notes"


def test_thresholds_decide_and_between_them_nothing_is_said(brain, monkeypatch) -> None:
    onset = np.arange(200) * 0.5
    piece = Piece(notes_from(onset, onset + 0.4, [60, 64, 67, 72] * 50))
    for p_ai, decision in ((0.3, "human"), (0.5, "uncertain"), (0.7, "ai")):
        logit = 2.0 * np.log(p_ai / (1 - p_ai))
        monkeypatch.setattr(
            inference,
            "read_sheet",
            lambda network, sheet, logit=logit: _judged(logit),
        )
        found = brain(piece)
        assert found.p_ai == pytest.approx(p_ai)
        assert found.decision == decision


def test_a_network_over_figures_judges_by_the_whole_and_its_bias_is_taken_off(tmp_path) -> None:
    config = FigureConfig({"origin": {"people": "", "Mill": "ai"}})
    network = FigureNetwork(config)
    torch.manual_seed(0)
    torch.nn.init.normal_(network.weigh.weight)
    save(network, Card("figures", "0", "figures", config, 2.0, 0.4, 0.6, bias=0.5), tmp_path)
    brain = MusicBrain.load(None, tmp_path / "figures.safetensors")
    notes = made_up_notes(0, 60.0)
    found = brain(Piece(notes))
    whole = bags([figures(sheet(Piece(notes))).bucket])
    with torch.inference_mode():
        logit = float(brain.reader(whole).logits["origin"][0, 0])
    assert found.p_ai == pytest.approx(1 / (1 + np.exp(-(logit - 0.5) / 2)), abs=1e-4)
    assert len(found.windows) > 2
    assert found.p_ai != pytest.approx(np.mean([w.p_ai for w in found.windows]), abs=1e-3)


def _judged(logit: float):
    one = np.ones(1)
    return inference.Judged(
        0 * one, 576 * one, {"origin": np.full((1, 1), logit)}, {}, np.zeros((1, 2))
    )


def test_without_a_soundfont_a_score_is_read_all_the_same(brain, monkeypatch) -> None:
    def missing(*arguments: object) -> object:
        raise MissingExtra("no soundfont")

    monkeypatch.setattr(inference, "rendered", missing)
    found = brain(Piece(made_up_notes(0)))
    assert found.labels["instruments"] == ()
    assert found.labels["period"]
    assert not found.stages


def test_what_cannot_be_played_is_read_all_the_same(brain, monkeypatch) -> None:
    def overflowing(*arguments: object) -> object:
        raise Overflows("it overflows")

    monkeypatch.setattr(inference, "rendered", overflowing)
    assert brain(Piece(made_up_notes(0))).labels["instruments"] == ()


def test_off_its_own_beats_nothing_is_decided(brain) -> None:
    onset = np.arange(200) * 0.5  # quarters, at 120 a minute
    score = Piece(notes_from(onset, onset + 0.4, [60, 64, 67, 72] * 50))
    assert brain(score).caveat is None
    played = onset + np.random.default_rng(0).uniform(0, 0.5, 200)
    found = brain(Piece(notes_from(np.sort(played), np.sort(played) + 0.4, [60, 64, 67, 72] * 50)))
    assert "on the file's own" in found.caveat
    assert found.decision == "uncertain"


def test_what_other_libraries_hold_is_judged_as_the_file_is(brain, tmp_path) -> None:
    import pretty_midi
    import symusic

    path = tmp_path / "a.mid"
    write_midi(Piece(made_up_notes(0)), path)
    of_file, *others = brain([path, symusic.Score(path), pretty_midi.PrettyMIDI(str(path))])
    for other in others:
        assert other.p_ai == pytest.approx(of_file.p_ai, abs=1e-6)
    failure = next(brain.identify([3.0]))
    assert "a float cannot be judged" in str(failure.error)


def test_a_note_below_the_keyboard_does_not_shift_the_windows(brain) -> None:
    notes = notes_from(
        [0.0, *np.arange(10.0, 20.0)], [1.0, *np.arange(11.0, 21.0)], [12] + [60] * 10
    )
    assert brain(Piece(notes)).windows[0].start == pytest.approx(10.0)


def test_a_batch_goes_on_past_what_cannot_be_judged(brain, tmp_path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(16_000), 16_000)
    (tmp_path / "text.mp3").write_text("no music")
    drums = Piece(notes_from([0.0], [1.0], [40]), (Part("", 0, is_drum=True),))
    music = [tmp_path / "silent.wav", tmp_path / "text.mp3", drums, 7, Piece(made_up_notes(1))]
    results = list(brain.identify(music))
    assert [type(r) is Failure for r in results] == [True, True, True, True, False]
    assert "silent" in str(results[0].error)
    assert isinstance(results[2].error, NoNotes)
    assert isinstance(results[3].error, BadInput)
    with pytest.raises(BadFile, match="silent"):
        brain(tmp_path / "silent.wav")


def test_one_second_is_judged_and_says_how_little_it_is(brain, tmp_path) -> None:
    soundfile.write(tmp_path / "a.wav", np.random.default_rng(0).normal(0, 0.1, 16_000), 16_000)
    found = brain(tmp_path / "a.wav")
    assert len(found.windows) == 1
    assert found.windows[0].end == pytest.approx(1.0)
    assert "1.0 s" in found.caveat


def test_how_much_of_a_recording_is_heard_is_told(brain, tmp_path) -> None:
    rng = np.random.default_rng(0)
    soundfile.write(tmp_path / "a.wav", rng.normal(0, 0.1, 35 * 22_050), 22_050)
    told = []
    list(brain.identify([tmp_path / "a.wav"], progress=lambda *how_far: told.append(how_far)))
    assert [round(done, -1) for done, _ in told[:3]] == [10, 20, 30]
    assert told[-1] == (35, 35)


def test_a_piece_of_endless_quarters_is_refused(brain) -> None:
    notes = notes_from([0.0, 200.0], [1.0, 201.0], [60, 62])
    with pytest.raises(OverLimit, match="quarters"):
        brain(Piece(notes, (Part(""),), tempi=(Tempo(0.0, 1e6),)))


@pytest.mark.parametrize(("bias", "heard"), [(-9.0, False), (9.0, True)])
def test_where_no_instrument_is_heard_nothing_is_decided(saved, tmp_path, bias, heard) -> None:
    brain = MusicBrain.load(*saved)
    listener, _ = brain._hearing()
    with torch.no_grad():
        listener.trust.zero_()
        listener.head.bias[-len(LABELS["instruments"]) :] = bias
        listener.players[0].bias[BEGINS] = 9.0  # notes are heard to begin
    noise = np.random.default_rng(0).normal(0, 0.1, 12 * 16_000)
    soundfile.write(tmp_path / "a.wav", noise, 16_000)
    found = brain(tmp_path / "a.wav")
    assert (found.caveat is None) == heard
    assert heard or ("no instrument" in found.caveat and found.decision == "uncertain")


def test_where_no_note_is_heard_to_begin_nothing_is_decided(saved, tmp_path) -> None:
    brain = MusicBrain.load(*saved)
    with torch.no_grad():
        brain.listener.head.bias[:] = 9.0
        brain.listener.players[0].bias[BEGINS] = -9.0
    soundfile.write(tmp_path / "a.wav", np.random.default_rng(0).normal(0, 0.1, 192_000), 16_000)
    found = brain(tmp_path / "a.wav")
    assert "noise" in found.caveat
    assert found.decision == "uncertain"


def test_of_a_few_notes_nothing_is_decided(saved) -> None:
    found = MusicBrain.load(None, saved[1])(Piece(notes_from([0.0], [1.0], [60])))
    assert found.decision == "uncertain"
    assert "1 note in" in found.caveat


def test_windows_are_the_same_whatever_the_blocks() -> None:
    levels = torch.randn(BINS, 517) * 10 - 40
    whole = list(windows([levels]))
    pieces = list(windows(levels.split(37, dim=1)))
    assert [start for start, _ in whole] == [0.0, 5.0, 10.0, 15.0]
    for (start, one), (again, other) in zip(whole, pieces, strict=True):
        assert start == again
        assert torch.equal(one, other)
        assert one.shape == (BINS, FRAMES)


def test_collections_are_judged_in_form_and_as_published(collection, saved) -> None:
    listener, reader = (load(path)[0] for path in saved)
    for network in (listener, reader):
        found = judge_in_form(network, collection, [0, 40])
        assert set(found) == {0, 40}
        again = judge_in_form(network, collection, [40])
        assert np.allclose(found[40].of_piece("origin"), again[40].of_piece("origin"), atol=1e-5)
    published = judge_as_published(listener, collection, [3], seconds=20.0)
    assert len(published[3].start) <= 4


def test_thresholds_spare_people_of_every_genre_and_miss_no_machine() -> None:
    rng = np.random.default_rng(0)
    human = {"song": rng.normal(-3, 1, 1000), "chorale": rng.normal(-1, 1, 200)}
    machine = {"a": rng.normal(1, 1, 200), "b": rng.normal(0, 1, 50)}
    fixed = fix_thresholds(human, machine)

    def p_ai(logits):
        return 1 / (1 + np.exp(-(logits - fixed.bias) / fixed.temperature))

    for logits in human.values():
        assert np.mean(p_ai(logits) > fixed.ai_above) <= 0.01
    for logits in machine.values():
        assert np.mean(p_ai(logits) < fixed.human_below) <= 0.1
    assert fixed.human_below <= fixed.ai_above
    apart = fix_thresholds({name: logits - 20 for name, logits in human.items()}, machine)
    assert apart.human_below == apart.ai_above


def test_a_window_of_silence_is_heard(saved) -> None:
    listener, _ = load(saved[0])
    judged = hear(listener, windows([]))
    assert judged.start.tolist() == [0.0]
    assert np.isfinite(judged.of_piece("origin")).all()


def test_sources_stand_beside_the_weights_and_are_looked_through(
    collection, saved, tmp_path
) -> None:
    for path in saved:
        for file in (path, path.with_suffix(".json")):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    listener, reader = (tmp_path / path.name for path in saved)
    assert not MusicBrain.load(listener, reader)(collection.piece(0)).nearest
    network, _ = load(reader)
    human = [i for i in range(12) if collection.where[i][0] == "x"]
    Sources.build(collect_sources(network, collection, [*human, 40])).save(sources_path(reader))
    found = MusicBrain.load(listener, reader)(collection.piece(5))
    assert {neighbour.by for neighbour in found.nearest} == {"summary", "melody"}
    for neighbour in found.nearest[:1]:
        assert neighbour.work == "A: H5"
        assert neighbour.start == pytest.approx(neighbour.at)
        assert neighbour.similarity > 0.95
    melody = next(n for n in found.nearest if n.by == "melody")
    assert (melody.work, melody.similarity) == ("A: H5", 1.0)
    assert found.record()["nearest"][0]["work"] == "A: H5"
    heard = list(collect_sources(load(listener)[0], collection, [0, 40]))
    assert [passages.melody for passages in heard] == [None]
