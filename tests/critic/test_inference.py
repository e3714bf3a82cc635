"""The critic at work, with a tiny untrained network: what it returns, not how good it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.conftest import made_up_notes

from musecritic.critic.inference import HELD, Critic
from musecritic.critic.roll_reader import BATCH
from musecritic.critic.verdict import Verdict
from musecritic.errors import BadInput, Failure, NoNotes, UnreadableFile
from musecritic.music.clip import cut
from musecritic.music.notes import notes_from
from musecritic.music.piece import Part, Piece
from musecritic.music.write import write_midi


def test_a_file_and_its_piece_get_the_same_verdict(tiny_critic, piece, tmp_path) -> None:
    write_midi(piece, tmp_path / "piece.mid")
    of_file, of_piece = tiny_critic(tmp_path / "piece.mid"), tiny_critic(piece)
    assert of_file.p_real == pytest.approx(of_piece.p_real, abs=1e-4)
    assert of_file.path == tmp_path / "piece.mid"
    assert len(of_file.clips) == 3


def test_batches_change_nothing(tiny_critic) -> None:
    pieces = [Piece(made_up_notes(i, 10.0 + 47 * i)) for i in range(12)]
    assert sum(len(cut(p)) for p in pieces) > HELD
    together = tiny_critic(pieces)
    for piece, verdict in zip(pieces, together, strict=True):
        alone = tiny_critic(piece)
        assert verdict.piece is piece
        assert verdict.p_real == pytest.approx(alone.p_real, abs=1e-5)
        assert [c.start for c in verdict.clips] == [c.start for c in alone.clips]


def test_a_bad_file_does_not_stop_the_batch(tiny_critic, piece, tmp_path) -> None:
    (tmp_path / "bad.mid").write_text("no music")
    results = list(tiny_critic.score([piece, tmp_path / "bad.mid", piece]))
    assert [type(r) for r in results] == [Verdict, Failure, Verdict]
    assert set(results[1].record()) == {"path", "error"}
    assert results[1].record()["error"]["type"] == "UnreadableFile"
    with pytest.raises(UnreadableFile):
        tiny_critic(tmp_path / "bad.mid")


def test_pieces_are_judged_as_they_come(tiny_critic) -> None:
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield Piece(made_up_notes(taken, 100.0))

    results = tiny_critic.score(endless())
    for _ in range(20):
        next(results)
    assert taken <= 20 + HELD // 10 + 1  # memory holds HELD clips and a piece, whatever is to come


def test_drums_alone_are_no_music_to_judge(tiny_critic) -> None:
    drums = Piece(notes_from([0, 1], [0.1, 1.1], [36, 38]), (Part(is_drum=True),))
    with pytest.raises(NoNotes):
        tiny_critic(drums)


def test_one_note_gets_a_verdict_that_says_how_little_it_rests_on(tiny_critic) -> None:
    verdict = tiny_critic(Piece(notes_from([0.5], [1.0], [60])))
    assert len(verdict.clips) == 1
    assert "1 note in 1.0 s" in verdict.caveat
    assert verdict.record()["caveat"] == verdict.caveat


def test_a_long_piece_has_no_caveat(tiny_critic, piece) -> None:
    assert tiny_critic(piece).caveat is None


def test_objects_in_memory_are_judged(tiny_critic, piece, tmp_path) -> None:
    import pretty_midi
    import symusic

    path = tmp_path / "piece.mid"
    write_midi(piece, path)
    expected = pytest.approx(tiny_critic(path).p_real, abs=1e-3)
    assert tiny_critic(symusic.Score(str(path))).p_real == expected
    assert tiny_critic(pretty_midi.PrettyMIDI(str(path))).p_real == expected


def test_a_roll_is_judged_like_its_clip(tiny_critic, piece) -> None:
    clip = cut(piece)[1]
    verdict = tiny_critic(clip.roll())
    reward = tiny_critic.reward(torch.from_numpy(clip.roll())[None])
    assert verdict.p_real == pytest.approx(reward.item(), abs=1e-5)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.float32, torch.int64])
def test_rewards_of_any_dtype(tiny_critic, dtype) -> None:
    torch.manual_seed(1)
    rolls = torch.rand(BATCH + 3, 88, 100) < 0.05
    reward = tiny_critic.reward(rolls.to(dtype))
    assert reward.shape == (BATCH + 3,)
    assert reward.dtype == torch.float32
    assert not reward.requires_grad
    assert ((reward >= 0) & (reward <= 1)).all()
    assert torch.allclose(reward, tiny_critic.reward(rolls), atol=1e-6)


def test_no_rolls_no_rewards(tiny_critic) -> None:
    assert tiny_critic.reward(torch.zeros(0, 88, 100)).shape == (0,)


@pytest.mark.parametrize("shape", [(88, 100), (1, 100, 88), (1, 1, 88, 100), (1, 88, 50)])
def test_rewards_of_another_shape_are_refused(tiny_critic, shape) -> None:
    with pytest.raises(BadInput, match="88"):
        tiny_critic.reward(torch.zeros(shape))


def test_rewards_of_what_is_no_roll_are_refused(tiny_critic) -> None:
    with pytest.raises(BadInput, match="other than 0 and 1"):
        tiny_critic.reward(torch.full((2, 88, 100), 0.3))


def test_rewards_of_an_array(tiny_critic) -> None:
    rolls = (np.random.default_rng(0).random((3, 88, 100)) < 0.05).astype(np.uint8)
    assert torch.equal(tiny_critic.reward(rolls), tiny_critic.reward(torch.from_numpy(rolls)))


def test_a_clip_is_judged_as_the_roll_it_has(tiny_critic, piece) -> None:
    clip = cut(piece)[1]
    assert tiny_critic(clip).p_real == pytest.approx(tiny_critic(clip.roll()).p_real)


def test_the_last_clip_counts_by_its_length(tiny_critic, piece) -> None:
    notes = piece.notes[piece.notes["onset"] < 12]
    verdict = tiny_critic(Piece(notes))
    whole, rest = verdict.clips
    assert 1 < rest.end - rest.start < 4
    lengths = [clip.end - clip.start for clip in verdict.clips]
    mean = np.average([whole.logit, rest.logit], weights=lengths)
    assert verdict.p_real == pytest.approx(1 / (1 + np.exp(-mean / tiny_critic.card.temperature)))


def test_a_verdict_is_one_line(tiny_critic, piece) -> None:
    verdict = tiny_critic(piece)
    for shown in (verdict, verdict.clips[0], verdict.piece, cut(piece)[0]):
        assert len(repr(shown)) < 300


def test_folding_batch_norms_changes_no_logit(tiny_critic) -> None:
    from tests.conftest import TINY

    from musecritic.critic.network import Network

    torch.manual_seed(3)
    network = Network(TINY)
    rolls = (torch.rand(16, 88, 100) < 0.05).float()
    network(rolls)  # gives the batch norms statistics of their own
    network.eval()
    expected = network(rolls).logit.detach().numpy()
    found, _ = Critic(network, tiny_critic.card, device="cpu").read(rolls.numpy())
    assert np.allclose(found, expected, atol=1e-5)


def test_temperature_divides_the_logit(tiny_critic, piece) -> None:
    sharp = tiny_critic(piece)
    tiny_critic.card = replace(tiny_critic.card, temperature=1000.0)
    assert tiny_critic(piece).p_real == pytest.approx(0.5, abs=0.01)
    assert tiny_critic(piece).clips[0].logit == pytest.approx(sharp.clips[0].logit)


@pytest.mark.parametrize("music", [42, None, np.zeros((3, 3)), object()])
def test_what_is_no_music_is_refused(tiny_critic, music) -> None:
    with pytest.raises(BadInput):
        tiny_critic(music)


def test_a_device_that_is_not_here(tiny_critic) -> None:
    with pytest.raises(BadInput, match="cpu"):
        Critic.load("crnn", device="xpu")
