"""The API as a caller meets it: tasks, jobs, files."""

import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from matplotlib.image import imread
from tests.web.conftest import MINUET, wait_until

from musecritic.music.read import read
from musecritic.web.tasks import TASKS


@pytest.mark.parametrize(
    ("task", "name", "options", "arguments"),
    [
        ("score", MINUET, {}, []),
        ("score", "petzold_minuet.musicxml", {"pedal": True}, ["--pedal"]),
        ("score", "beethoven_fur_elise.abc", {"model": "crnn"}, ["--model=crnn"]),
        ("identify", MINUET, {}, []),
        (
            "explain",
            MINUET,
            {"start": 2, "seconds": 8},
            ["--start=2", "--seconds=8", "--out=OUT.html"],
        ),
        ("repair", MINUET, {"level": 0.5}, ["--level=0.5", "--out=OUT.mid"]),
        (
            "compose",
            None,
            {"seconds": 3, "voices": 2, "top_k": 3, "seed": 7},
            ["--seconds=3", "--voices=2", "--top-k=3", "--seed=7", "--out=OUT.mid"],
        ),
    ],
)
def test_the_record_is_that_of_the_command(
    service, examples, tmp_path, task, name, options, arguments
) -> None:
    answer = service.post(task, name, **options)
    assert answer.status_code == 200, answer.text
    ours = answer.json()["record"]
    out = str(tmp_path / "out")
    told = [argument.replace("OUT", out) for argument in arguments]
    command = [sys.executable, "-m", "musecritic", task, *([name] if name else []), *told]
    said = subprocess.run(
        [*command, "--format=jsonl"], capture_output=True, check=True, cwd=examples
    ).stdout
    theirs = json.loads(said)
    assert ours.get("path") in (name, "composed.mid")
    of_the_service = {"shown"} if task == "explain" else set()
    assert ours.keys() - of_the_service == theirs.keys()
    assert_alike(
        {key: ours[key] for key in theirs if key not in ("path", "out")},
        {key: theirs[key] for key in theirs if key not in ("path", "out")},
    )


def assert_alike(ours, theirs) -> None:
    """Two records tell the same, but for what rounding does."""
    if isinstance(ours, dict):
        assert ours.keys() == theirs.keys()
        for key, value in ours.items():
            assert_alike(value, theirs[key])
    elif isinstance(ours, list):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_alike(one, other)
    elif isinstance(ours, float):
        assert ours == pytest.approx(theirs, abs=2e-3)
    else:
        assert ours == theirs


def test_what_a_page_draws_has_every_note_and_the_attention(service, examples) -> None:
    job = service.post("score", MINUET, model="crnn").json()
    assert [file["name"] for file in job["files"]] == ["view.json"]
    view = service.client.get(f"/v1/jobs/{job['id']}/files/view.json").json()
    notes = read(examples / MINUET).pitched()
    assert view["notes"]["pitch"] == notes["pitch"].tolist()
    assert view["notes"]["offset_s"] == pytest.approx(notes["offset"].tolist(), abs=1e-3)
    assert len(view["attention"]) == len(job["record"]["clips"])
    assert sum(view["attention"][0]["weights"]) == pytest.approx(1, abs=1e-2)


def test_identify_and_explain(service) -> None:
    found = service.post("identify", MINUET).json()["record"]
    assert {"p_ai", "decision", "labels", "windows"} <= found.keys()
    job = service.post("explain", MINUET, seconds=10).json()
    assert job["record"]["p_ai"] == found["p_ai"]
    assert job["record"]["shown"] == {"start_s": 0.0, "end_s": 10.0}
    files = {file["name"]: file for file in job["files"]}
    n_labels = len(job["record"]["passages"])
    assert set(files) == {
        "report.html",
        "spectrogram.png",
        *(f"heat-{number}.png" for number in range(n_labels)),
    }
    report = service.client.get(f"/v1/jobs/{job['id']}/files/report.html")
    assert report.headers["content-disposition"].startswith("attachment")
    assert MINUET in report.text


def test_a_score_is_played(service) -> None:
    job = service.post("render", MINUET).json()
    sound = service.client.get(f"/v1/jobs/{job['id']}/files/sound.mp3")
    assert sound.headers["content-type"] == "audio/mpeg"
    assert len(sound.content) == job["files"][0]["bytes"] > 100_000


def test_some_of_a_repairs_proposals_are_made(service, off_key, tmp_path) -> None:
    job = service.post("repair", off_key, level=1).json()
    edits = job["record"]["edits"]
    assert len(edits) >= 2
    before = tmp_path / "before.mid"
    before.write_bytes(off_key)

    def mended(**asked):
        answer = service.client.post(
            f"/v1/jobs/{job['id']}/mend", json=asked, params={"wait": 30}
        ).json()
        out = tmp_path / "after.mid"
        url = f"/v1/jobs/{answer['id']}/files/mended.mid"
        out.write_bytes(service.client.get(url).content)
        return answer["record"], read(out).notes

    record, notes = mended(take=[1])
    changed = set(read(before).notes.tolist()) ^ set(notes.tolist())
    named = edits[1]["before"] + edits[1]["after"]
    assert record["taken"] == [1]
    assert {note[2] for note in changed} == {note["pitch"] for note in named}
    assert len(changed) == len(named)
    record, notes = mended(take=[])
    assert notes.tolist() == read(before).notes.tolist()
    answer = service.client.post(f"/v1/jobs/{job['id']}/mend", json={"take": [999]})
    assert answer.status_code == 422
    assert "proposals" in answer.json()["error"]["message"]


def test_scores_are_mended_as_midi_too(service, examples, tmp_path) -> None:
    for name, files in (
        ("petzold_minuet.musicxml", ["mended.musicxml", "mended.mid"]),
        ("beethoven_fur_elise.abc", ["mended.mid"]),
    ):
        job = service.post("repair", name).json()
        assert [file["name"] for file in job["files"]] == files
        out = tmp_path / "mended.mid"
        out.write_bytes(service.client.get(f"/v1/jobs/{job['id']}/files/mended.mid").content)
        assert len(read(out).notes) == len(read(examples / name).notes)


def test_a_recording_is_seen_as_a_whole(service, tmp_path) -> None:
    sound = tmp_path / "sound.wav"
    rate, seconds = 16_000, 30
    tone = np.sin(2 * np.pi * 440 * np.arange(rate * seconds) / rate).astype(np.float32)
    tone[rate * seconds // 2 :] = 0
    soundfile.write(sound, tone * 0.5, rate)
    job = service.post("identify", sound.read_bytes()).json()
    picture = tmp_path / "picture.png"
    picture.write_bytes(service.client.get(f"/v1/jobs/{job['id']}/files/spectrogram.png").content)
    dark = 1 - imread(picture)[..., 0]
    assert dark.shape == (192, 600)
    assert dark[:, :290].max() > 0.6
    assert dark[:, 310:].max() < 0.1


def test_compose_tells_how_it_goes_and_leaves_a_file(service, tmp_path) -> None:
    job = service.post("compose", None, seconds=3, voices=2, wait=0).json()
    with service.client.stream("GET", f"/v1/jobs/{job['id']}/events") as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in events.iter_lines() if line.startswith("data:")]
    told = [json.loads(line[5:]) for line in lines]
    assert told[-1]["state"] == "done"
    assert {one["progress"]["of"] for one in told if one["progress"]} == {6}
    job = service.ended(job["id"])
    assert job["record"]["n_notes"] == 6
    out = tmp_path / "composed.mid"
    out.write_bytes(service.client.get(f"/v1/jobs/{job['id']}/files/composed.mid").content)
    assert len(read(out).notes) == 6


def test_a_job_that_runs_is_cancelled_and_the_next_is_done(service) -> None:
    job = service.post("compose", None, seconds=120, voices=6, wait=0).json()
    wait_until(lambda: service.client.get(f"/v1/jobs/{job['id']}").json()["progress"])
    waits = service.post("score", MINUET, wait=0).json()
    assert service.client.delete(f"/v1/jobs/{job['id']}").json()["state"] == "cancelled"
    assert service.ended(waits["id"])["state"] == "done"


def test_what_is_over_is_removed_when_asked(service) -> None:
    job = service.post("render", MINUET).json()
    folder = service.storage / "jobs" / job["id"]
    assert [path.name for path in folder.glob("source*")] == []  # its sender's file is gone at once
    assert service.client.delete(f"/v1/jobs/{job['id']}").json()["state"] == "done"
    assert service.client.get(f"/v1/jobs/{job['id']}").status_code == 404
    assert not folder.exists()


def test_a_job_that_waits_is_cancelled_before_it_begins(service) -> None:
    first = service.post("compose", None, seconds=60, wait=0).json()
    second = service.post("score", MINUET, wait=0).json()
    cancelled = service.client.delete(f"/v1/jobs/{second['id']}").json()
    assert cancelled["state"] == "cancelled"
    assert cancelled["started"] is None
    service.client.delete(f"/v1/jobs/{first['id']}")


def test_all_tasks_are_in_the_schema(service) -> None:
    schema = service.client.get("/openapi.json").json()
    for task in TASKS:
        path = f"/v1/{task}" if task != "mend" else "/v1/jobs/{job_id}/mend"
        assert "post" in schema["paths"][path]
    named = {one["name"] for one in schema["paths"]["/v1/compose"]["post"]["parameters"]}
    assert {"seconds", "voices", "top_k", "seed", "wait"} <= named
