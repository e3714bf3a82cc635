"""The language model of notes: probabilities that are, of what comes next alone; and it learns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from tests.conftest import made_up_notes

from musecritic.brain.figure_network import SURE, FigureConfig, FigureNetwork, bags
from musecritic.brain.figures import figures
from musecritic.brain.language import N_KEYS, TIMES, Language, Tokens
from musecritic.brain.one_form import GRID, sheet
from musecritic.brain.training.fit_figures import _weigh_rhythm
from musecritic.brain.training.fit_language import fit_language
from musecritic.brain.training.recipe import Recipe
from musecritic.corpora.corpus import Work
from musecritic.music.piece import Piece


@pytest.fixture(scope="module")
def model() -> Language:
    torch.manual_seed(0)
    return Language(16).eval()


def test_notes_are_read_in_time_and_from_the_lowest() -> None:
    notes = np.array([[60, 0, 24], [64, 25, 50], [55, 24, 49], [72, 200, 400]])
    tokens = Tokens.of(notes)
    assert tokens.key.tolist() == [44 - 2, 44 - 7, 44 + 2, 44 + 10]  # about the median
    assert TIMES[tokens.wait].tolist() == [0, 24, 0, 96]  # the nearest
    assert TIMES[tokens.length].tolist() == [24, 24, 24, 96]
    assert tokens.place.tolist() == [0, 12, 12, 4]


@pytest.mark.parametrize(("what", "n"), [("wait", len(TIMES)), ("key", N_KEYS), ("length", 16)])
def test_of_all_that_may_come_one_comes(model: Language, what: str, n: int) -> None:
    tokens, _ = Tokens.batch([Tokens.of(sheet(Piece(made_up_notes(0))))])
    tokens = Tokens(*(column[:, :9].expand(n, -1).clone() for column in tokens))
    getattr(tokens, what)[:, -1] = torch.arange(n)
    with torch.inference_mode():
        p = torch.exp(-getattr(model(tokens), what)[:, -1])
    assert float(p.sum()) == pytest.approx(1, abs=1e-5)


def test_what_comes_later_surprises_nobody_before(model: Language) -> None:
    tokens, _ = Tokens.batch([Tokens.of(sheet(Piece(made_up_notes(1))))])
    other = Tokens(*(column.clone() for column in tokens))
    for column in other:
        column[:, 10:] = 3
    with torch.inference_mode():
        for one, changed in zip(model(tokens), model(other), strict=True):
            assert torch.equal(one[:, :9], changed[:, :9])
            assert not torch.equal(one[:, 9:], changed[:, 9:])


def test_a_passage_surprises_as_much_among_others(model: Language) -> None:
    passages = [Tokens.of(sheet(Piece(made_up_notes(i, 5.0 + i)))) for i in range(5)]
    passages.append(Tokens(*(column[:1] for column in passages[0])))
    with torch.inference_mode():
        together = model.rhythm(passages)
        alone = torch.cat([model.rhythm([passage]) for passage in passages])
    assert torch.allclose(together[:5], alone[:5], atol=1e-5)
    assert together[5].isnan()
    assert model.rhythm([]).shape == (0,)


def test_a_passage_has_the_notes_that_begin_in_it() -> None:
    notes = sheet(Piece(made_up_notes(2, 40.0)))
    whole = Tokens.of(notes)
    parts = whole.passages(notes, range(0, int(notes[:, 1].max()) + 1, 96), 96)
    for column, pieces in zip(whole, zip(*parts, strict=True), strict=True):
        assert torch.equal(torch.cat(pieces), column)
    onset = np.sort(notes[:, 1])
    assert len(parts[1].key) == ((onset >= 96) & (onset < 192)).sum()
    assert whole.passages(notes, [], 96) == []


def test_what_it_has_learned_surprises_it_less() -> None:
    steps = np.arange(60)
    even = np.stack([60 + steps % 5, steps * GRID, (steps + 1) * GRID], axis=1)
    rng = np.random.default_rng(0)
    onset = np.cumsum(rng.choice(TIMES[1:], 60))
    uneven = np.stack([60 + steps % 5, onset, onset + rng.choice(TIMES[1:], 60)], axis=1)
    recipe = Recipe(draws=640, batch=8, rate=1e-2)
    learned = fit_language([even] * 4, ["song"] * 4, recipe, 16)
    with torch.inference_mode():
        usual, unusual = learned.rhythm([Tokens.of(even), Tokens.of(uneven)]).tolist()
    assert usual < 0.5 < 3 < unusual


def test_a_rhythm_too_usual_adds_the_odds_of_a_machine_not_met() -> None:
    config = FigureConfig({"origin": {"people": "", "Mill": "ai"}}, language=8)
    network = FigureNetwork(config).eval()
    with torch.no_grad():
        network.usual.fill_(2.0)
        network.suspicion.fill_(3.0)
    nothing = bags([np.array([0])] * 4)
    rhythm = torch.tensor([2.0, 1.0, -100.0, float("nan")])
    with torch.inference_mode():
        logit = network(nothing, rhythm).logits["origin"][:, 0]
    odds = [1, (1 + np.exp(3)) / 2]
    assert torch.exp(logit[:2]).tolist() == pytest.approx(odds, rel=1e-5)
    assert logit[2] == SURE
    assert float(logit[3]) == pytest.approx(0, abs=1e-6)


def test_a_transposed_piece_reads_the_same_and_all_of_it_is_one_row() -> None:
    torch.manual_seed(0)
    classes = {"origin": {"people": "", "Mill": "ai"}, "genre": {"a": "a", "b": "b"}}
    network = FigureNetwork(FigureConfig(classes, language=8)).eval()
    torch.nn.init.normal_(network.weigh.weight)
    torch.nn.init.constant_(network.suspicion, 2.0)
    notes = sheet(Piece(made_up_notes(3, 40.0)))
    notes[:, 0] = 60 + notes[:, 0] % 12
    with torch.inference_mode():
        passages, whole = network.read(notes, [0, 200], 300)
        higher, _ = network.read(notes + np.array([5, 0, 0]), [0, 200], 300)
        rhythm = network.language.rhythm(Tokens.of(notes).passages(notes, [0, 200], 300))
        alone = network(bags([figures(notes).bucket]), rhythm.mean().reshape(1))
    assert passages.summary.shape == (2, 4)
    for head in classes:
        assert torch.allclose(passages.logits[head], higher.logits[head], atol=1e-5)
        assert torch.allclose(whole.logits[head], alone.logits[head], atol=1e-5)


def _works(kinds: list[tuple[str, str]]) -> list[Work]:
    return [
        Work(f"w{i}", origin=origin, genre=genre, generator="Mill" if origin == "ai" else "")
        for i, (origin, genre) in enumerate(kinds)
    ]


def _weighed(kinds: list[tuple[str, str]], dull: Callable[[str], bool]) -> FigureNetwork:
    """Fit what a rhythm says of works with a steady rhythm, where dull, or one by lot."""
    rng = np.random.default_rng(0)
    steady = np.arange(60) * 24
    sheets = []
    for origin, _ in kinds:
        onset = steady if dull(origin) else np.cumsum(rng.choice(TIMES[1:], 60))
        sheets.append(np.stack([np.full(60, 60), onset, onset + 6], axis=1))
    config = FigureConfig({"origin": {"people": "", "Mill": "ai"}}, language=16)
    network = FigureNetwork(config)
    usual = np.stack([np.full(60, 60), steady, steady + 6], axis=1)
    network.language = fit_language([usual], ["x"], Recipe(draws=320, batch=8, rate=1e-2), 16)
    _weigh_rhythm(network, _works(kinds), sheets, range(len(kinds)), lambda *_: None)
    return network


def test_machines_that_are_duller_make_a_dull_rhythm_suspicious() -> None:
    kinds = [("ai", "song")] * 8 + [("human", "song")] * 8
    assert _weighed(kinds, lambda origin: origin == "ai").suspicion > 0.5
    assert _weighed(kinds, lambda origin: True).suspicion < 0.1  # all are
    assert _weighed(kinds, lambda origin: origin == "human").suspicion < 0.1


def test_what_stands_on_one_side_alone_says_nothing() -> None:
    for kinds in ([("ai", "song")] * 8, [("human", "song")] * 8):
        network = _weighed(kinds, lambda origin: True)
        assert network.suspicion == 0
        assert torch.isfinite(network.usual).all()
