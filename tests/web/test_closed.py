"""What the service refuses: bad files, strangers, and more than it can bear."""

import contextlib
import json
import socket
import time

import httpx
import pytest
from tests.web.conftest import MINUET, wait_until

from musecritic.web.app import MOST_STREAMS


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
