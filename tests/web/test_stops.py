"""How the service starts, dies and stops, and that no job is lost by it."""

import signal
import subprocess
import sys

import psutil
from tests.web.conftest import MINUET, wait_until


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


def test_told_to_stop_it_stops_in_order(start) -> None:
    service = start("--rate=0")
    waits = [service.post("score", MINUET, wait=0).json() for _ in range(3)]
    assert service.stop() == -signal.SIGTERM  # as uvicorn passes it on, once all is closed
    assert "Application shutdown complete" in service.told()
    service.start()
    assert {service.ended(job["id"])["state"] for job in waits} == {"done"}
