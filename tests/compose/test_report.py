"""The report keeps every piece, and says what its figures say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from musecritic.compose.page import _judge
from musecritic.compose.report import write_report
from musecritic.critic.inference import Critic
from musecritic.music.piece import Piece
from musecritic.music.read import read
from musecritic.music.write import write_midi

CONTRACT = {
    "protocol", "model", "weights_sha256", "seed", "data_fingerprint", "date", "intervals",
}  # fmt: skip


def test_everything_is_written(tiny_critic: Critic, piece: Piece, tmp_path: Path) -> None:
    write_midi(piece, tmp_path / "real.mid")
    out = tmp_path / "results"
    record = write_report(
        tiny_critic, [tmp_path / "real.mid"], out, seeds=range(2), seconds=10, command="a command"
    )
    assert json.loads((out / "compose.json").read_text()) == record
    assert record.keys() >= CONTRACT
    assert [made["seed"] for made in record["pieces"]] == [0, 1]
    assert record["groups"]["real"]["in_key"] == 1  # the made-up piece keeps to a scale
    assert record["intervals"]["groups"]["real"]["in_key"] == [1, 1]
    page = (out / "compose.md").read_text()
    assert "a command" in page
    for made in record["pieces"]:
        assert len(read(out / made["files"][0]).notes) == 30
        assert f"]({made['files'][0]})" in page
        assert f"]({made['files'][1]})" in page
        assert (out / made["files"][1]).is_file()


@pytest.mark.parametrize(
    ("own", "says"),
    [(40, "Further"), (61, "No nearer"), (75, "Part of"), (90, "As in"), (99, "Past")],
)
def test_a_figure_is_judged_between_chance_and_music(own: float, says: str) -> None:
    assert _judge(own, 60, 90).startswith(says)
    assert _judge(own, 60, 61).startswith("Music and chance")
