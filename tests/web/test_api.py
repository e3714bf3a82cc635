"""The API as a caller meets it: tasks, jobs, files, refusals."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time

import httpx
import numpy as np
import psutil
import pytest
import soundfile
from matplotlib.image import imread

from musecritic.corrupt import corrupt_piece
from musecritic.music.read import read
from musecritic.music.write import midi_bytes
from musecritic.web.app import MOST_STREAMS
from musecritic.web.tasks import TASKS

MINUET = "petzold_minuet.mid"


@pytest.fixture(scope="module")
def off_key(examples):
    """A minuet with notes off key, of which some are proposed to be mended."""
    return midi_bytes(corrupt_piece(read(examples / MINUET), "off-key", 0.06, seed=1).piece)


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


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        (b"no music at all", 415, "UnreadableFile"),
        (b"", 415, "UnreadableFile"),
        (b"MThd\x00\x00", 422, "UnreadableFile"),
        (b"PK\x03\x04 no archive", 422, "UnreadableFile"),
        (b"<score-partwise><part/></score-partwise>", 422, "NoNotes"),
    ],
)
def test_bad_files_are_refused_in_words(service, content, status, kind) -> None:
    answer = service.post("score", content)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["type"] == kind
    assert "upload" in error["message"]
    assert "source." not in error["message"]  # nothing of where the service keeps it
    assert str(service.storage) not in answer.text


def test_a_name_is_shown_and_never_a_path(service, examples) -> None:
    content = (examples / MINUET).read_bytes()
    for name, shown in (
        ("../../etc/passwd", "passwd"),
        ("C:\\music\\a.wav", "a.wav"),
        ("<i>é.mid", "<i>é.mid"),
        ("x" * 999, "x" * 200),
    ):
        answer = service.client.post(
            "/v1/score", files={"file": (name, content)}, params={"wait": 30}
        )
        job = answer.json()
        assert job["state"] == "done"  # it is MIDI by its content, whatever its name says
        assert job["name"] == job["record"]["path"] == shown
        left = {path.name for path in (service.storage / "jobs" / job["id"]).iterdir()}
        assert left == {"record.json", "view.json"}


def test_only_what_a_job_left_for_its_sender_is_given(service) -> None:
    job = service.post("repair", MINUET).json()
    folder = service.storage / "jobs" / job["id"]
    there = ("record.json", "source.mid", "edits.json", "../../jobs.sqlite")
    for name in there:
        assert (folder / name).exists()
        path = f"/v1/jobs/{job['id']}/files/{name.replace('/', '%2F')}"
        assert service.client.get(path).status_code == 404
    assert service.client.get(f"/v1/jobs/{job['id']}/files/mended.mid").status_code == 200


def test_nobody_else_on_the_machine_sees_the_jobs(service) -> None:
    assert (service.storage / "jobs").stat().st_mode & 0o077 == 0
    assert (service.storage / "jobs.sqlite").stat().st_mode & 0o077 == 0


def test_a_second_service_leaves_the_firsts_folder_alone(service) -> None:
    stray = service.storage / "jobs" / "somebody's"
    stray.mkdir()
    command = [sys.executable, "-m", "musecritic", "serve", "--port=1"]
    second = subprocess.run(
        [*command, f"--storage={service.storage}"], capture_output=True, text=True, check=False
    )
    assert second.returncode == 2
    assert second.stderr.startswith("musecritic: another service")
    assert service.post("score", MINUET).json()["state"] == "done"
    stray.rmdir()


def test_a_folder_that_cannot_be_made_is_said(tmp_path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "musecritic", "serve", f"--storage={tmp_path / 'file' / 'a'}"]
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 2
    assert "--storage" in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


def test_a_port_that_is_taken_is_said(service, tmp_path) -> None:
    command = [sys.executable, "-m", "musecritic", "serve", f"--storage={tmp_path}"]
    second = subprocess.run(
        [*command, f"--port={service.port}"], capture_output=True, text=True, check=False
    )
    assert second.returncode == 2
    assert second.stderr.startswith("musecritic: nothing can listen on 127.0.0.1, port")
    assert "--port" in second.stderr


def test_unknown_jobs_and_options_are_refused(service) -> None:
    assert service.client.get("/v1/jobs/" + "0" * 32).status_code == 404
    assert service.client.get("/v1/jobs/..").status_code in {404, 405}
    answer = service.post("score", MINUET, colour="red")
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith("colour: there is no such option")
    assert service.client.post("/v1/score").status_code == 422


def test_other_sites_and_other_names_are_refused(service) -> None:
    get = service.client.get
    for origin in ("https://elsewhere.example", "null", "http://["):
        assert get("/healthz", headers={"origin": origin}).status_code == 403
    assert get("/healthz", headers={"host": "elsewhere.example"}).status_code == 400
    answer = get("/healthz", headers={"origin": service.url})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


def test_at_all_addresses_it_answers_by_each_and_by_no_strangers_name(start) -> None:
    token = "a token of some length"
    service = start("--host=0.0.0.0", token=token)
    for host, status in (
        ("127.0.0.1", 200),
        (f"localhost:{service.port}", 200),
        ("192.0.2.7", 200),
        ("[2001:db8::1]:80", 200),
        ("elsewhere.example", 400),
        ("192.0.2.7.elsewhere.example", 400),
    ):
        assert service.client.get("/healthz", headers={"host": host}).status_code == status, host


def test_every_answer_is_guarded(service) -> None:
    for path in ("/", "/healthz", "/nothing", "/v1/jobs/x"):
        headers = service.client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert len(headers["x-request-id"]) == 16
    assert service.client.get("/v1/jobs/x").headers["cache-control"] == "no-store"


def test_requests_are_counted_and_logged_without_what_is_in_them(service) -> None:
    service.client.post(
        "/v1/score", files={"file": ("secret-name.mid", b"secret-content")}, params={"wait": 1}
    )
    text = service.client.get("/metrics").text
    assert 'musecritic_requests_total{method="POST",route="/v1/score",status="415"}' in text
    assert "musecritic_workers_ready 1.0" in text
    lines = [json.loads(line) for line in service.told().splitlines()]
    assert any(line.get("path") == "/v1/score" and line.get("status") == 415 for line in lines)
    assert "secret" not in service.told()
    assert lines[0]["what"] == f"open {service.url}"


def test_a_token_is_asked_for_where_there_is_one(start) -> None:
    token = "a token of some length"
    service = start(token=token)
    without = httpx.Client(base_url=service.url)
    for path in ("/v1/jobs/x", "/metrics"):
        assert without.get(path).status_code == 401
        wrong = {"authorization": "Bearer another token of some length"}
        assert without.get(path, headers=wrong).status_code == 401
    assert without.get("/healthz").status_code == 200
    assert without.get("/").status_code == 200
    without.close()
    assert service.post("score", MINUET).status_code == 200
    assert token not in service.told()


def test_limits_hold(start, examples) -> None:
    service = start("--max-bytes=2000", "--max-notes=100", "--rate=6", "--job-seconds=2")
    large = service.post("score", b"MThd" + bytes(200_000))
    assert large.status_code == 413

    def stream():
        yield b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.mid"\r\n\r\n'
        for _ in range(100):
            yield bytes(10_000)

    head = {"content-type": "multipart/form-data; boundary=b"}
    assert service.client.post("/v1/score", content=stream(), headers=head).status_code == 413
    full = service.post("score", MINUET)
    assert full.json()["error"]["type"] == "OverLimit"
    assert "--max" not in full.json()["error"]["message"]
    slow = service.post("compose", None, seconds=120, voices=6)
    assert slow.json()["error"]["type"] == "TooSlow"
    codes = [service.post("score", b"nothing").status_code for _ in range(4)]
    assert codes[-1] == 429


@pytest.mark.parametrize(
    ("limit", "task", "options", "status", "kind"),
    [
        ("--max-seconds=5", "score", {}, 422, "OverLimit"),
        ("--job-bytes=50000000", "repair", {"level": 1}, 422, "TooLarge"),
        ("--max-bytes=1000000000000000", "score", {}, 507, "NoRoom"),  # the disk has less
    ],
)
def test_what_would_take_too_much_is_refused(
    start, off_key, limit, task, options, status, kind
) -> None:
    answer = start(limit).post(task, off_key, **options)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["type"] == kind


def test_an_answer_is_not_lost_to_a_caller_who_still_sends(start) -> None:
    """A connection that is closed while the file comes is reset, and what it brought is gone."""
    service = start("--max-bytes=2000")
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as caller:
        head = f"host: 127.0.0.1:{service.port}\r\ncontent-type: multipart/form-data; boundary=b"
        caller.sendall(
            f"POST /v1/score HTTP/1.1\r\n{head}\r\ncontent-length: 1000000\r\n\r\n".encode()
        )
        assert caller.recv(10, socket.MSG_PEEK)  # refused already
        for _ in range(100):
            caller.sendall(bytes(10_000))
            time.sleep(0.001)
        answer = b"".join(iter(lambda: caller.recv(10_000), b"")).decode()
    assert " 413 " in answer.partition("\r\n")[0]
    assert json.loads(answer.partition("\r\n\r\n")[2])["error"]["type"] == "TooLarge"


def test_a_full_queue_refuses_before_a_file_is_sent(start) -> None:
    service = start("--rate=0", "--most-waiting=2")
    jobs = [service.post("compose", None, seconds=120, voices=6, wait=0).json()]
    wait_until(lambda: service.client.get(f"/v1/jobs/{jobs[0]['id']}").json()["progress"])
    jobs += [service.post("score", MINUET, wait=0).json() for _ in range(2)]
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as caller:
        head = f"host: 127.0.0.1:{service.port}\r\ncontent-type: multipart/form-data; boundary=b"
        caller.sendall(
            f"POST /v1/score HTTP/1.1\r\n{head}\r\ncontent-length: 1000000\r\n\r\n".encode()
        )
        answer = caller.recv(10_000).decode()
    assert " 429 " in answer.partition("\r\n")[0]
    assert "retry-after: 10" in answer
    service.client.delete(f"/v1/jobs/{jobs[0]['id']}")
    assert {service.ended(job["id"])["state"] for job in jobs[1:]} == {"done"}
    assert service.post("score", MINUET).status_code == 200


def test_streams_of_events_are_no_more_than_can_be_served(start) -> None:
    service = start("--rate=0")
    job = service.post("compose", None, seconds=120, voices=6, wait=0).json()
    path = f"/v1/jobs/{job['id']}/events"
    asked = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{service.port}\r\n\r\n".encode()
    with contextlib.ExitStack() as open_ones:
        for number in range(MOST_STREAMS):
            caller = socket.create_connection(("127.0.0.1", service.port), timeout=10)
            open_ones.enter_context(caller)
            caller.sendall(asked)
            assert b" 200 " in caller.recv(1000), number
        assert service.client.get(path).status_code == 429
    wait_until(lambda: streams(service, path))
    service.client.delete(f"/v1/jobs/{job['id']}")


def streams(service, path: str) -> bool:
    with service.client.stream("GET", path) as events:
        return events.status_code == 200


def wait_until(holds) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_worker_that_dies_takes_nothing_with_it(start) -> None:
    service = start("--rate=0")
    job = service.post("compose", None, seconds=120, voices=6, wait=0).json()
    wait_until(lambda: service.client.get(f"/v1/jobs/{job['id']}").json()["progress"])
    workers = [
        child
        for child in psutil.Process(service.process.pid).children()
        if "spawn_main" in " ".join(child.cmdline())
    ]
    assert len(workers) == 1
    workers[0].kill()
    ended = service.ended(job["id"])
    assert ended["state"] == "failed"
    assert ended["error"]["type"] == "Crashed"
    assert service.post("score", MINUET).json()["state"] == "done"


def test_killed_in_mid_job_the_service_takes_it_up_again(start) -> None:
    service = start("--rate=0")
    running = service.post("compose", None, seconds=8, wait=0).json()
    waits = service.post("score", MINUET, wait=0).json()
    wait_until(lambda: service.client.get(f"/v1/jobs/{running['id']}").json()["progress"])
    workers = psutil.Process(service.process.pid).children()
    service.stop(signal.SIGKILL)
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive  # no orphans go on
    service.start()
    assert service.ended(running["id"])["state"] == "done"
    assert service.ended(waits["id"])["state"] == "done"


def test_told_to_stop_with_its_workers_it_loses_no_job(start) -> None:
    """As a service manager stops a whole group of processes."""
    service = start("--rate=0")
    job = service.post("compose", None, seconds=120, voices=6, wait=0).json()
    wait_until(lambda: service.client.get(f"/v1/jobs/{job['id']}").json()["progress"])
    workers = psutil.Process(service.process.pid).children()
    for worker in workers:
        worker.terminate()
    service.stop()
    service.start()
    assert service.client.get(f"/v1/jobs/{job['id']}").json()["state"] in ("waiting", "running")
    service.client.delete(f"/v1/jobs/{job['id']}")


def test_bodies_that_do_not_come_are_not_waited_for_together(start) -> None:
    service = start("--rate=0", "--max-bytes=1000000")
    head = f"host: 127.0.0.1:{service.port}\r\ncontent-type: multipart/form-data; boundary=b"
    asked = f"POST /v1/score HTTP/1.1\r\n{head}\r\ncontent-length: 1000000\r\n\r\n".encode()
    with contextlib.ExitStack() as open_ones:

        def is_full_after_one_more() -> bool:
            caller = socket.create_connection(("127.0.0.1", service.port), timeout=10)
            open_ones.enter_context(caller)
            caller.sendall(asked)
            answer = service.post("score", bytes(900_000))
            return answer.status_code == 429 and answer.json()["error"]["type"] == "Busy"

        wait_until(is_full_after_one_more)
    wait_until(lambda: service.post("score", MINUET).status_code == 200)  # they have let go


def test_only_a_form_may_be_large(service) -> None:
    job = service.post("score", MINUET).json()
    answer = service.client.post(f"/v1/jobs/{job['id']}/mend", json={"take": [0] * 100_000})
    assert answer.status_code == 413


def test_told_to_stop_it_stops_in_order(start) -> None:
    service = start("--rate=0")
    waits = [service.post("score", MINUET, wait=0).json() for _ in range(3)]
    assert service.stop() == -signal.SIGTERM  # as uvicorn passes it on, once all is closed
    assert "Application shutdown complete" in service.told()
    service.start()
    assert {service.ended(job["id"])["state"] for job in waits} == {"done"}


def test_all_tasks_are_in_the_schema(service) -> None:
    schema = service.client.get("/openapi.json").json()
    for task in TASKS:
        path = f"/v1/{task}" if task != "mend" else "/v1/jobs/{job_id}/mend"
        assert "post" in schema["paths"][path]
    named = {one["name"] for one in schema["paths"]["/v1/compose"]["post"]["parameters"]}
    assert {"seconds", "voices", "top_k", "seed", "wait"} <= named
