"""The service as a process of its own, as a user starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from musecritic.corrupt import corrupt_piece
from musecritic.music.read import read
from musecritic.music.write import midi_bytes

EXAMPLES = Path(__file__).parents[2] / "examples"
MINUET = "petzold_minuet.mid"
_UP_S = 60.0


class Service:
    """A running service.

    Attributes
    ----------
    client
        Calls it; shows the token if there is one.
    """

    def __init__(self, storage: Path, *options: str, token: str | None = None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.storage, self._options, self._token = storage, options, token
        self.start()

    def start(self) -> None:
        told = [f"--port={self.port}", f"--storage={self.storage}", *self._options]
        given = {} if self._token is None else {"MUSECRITIC_TOKEN": self._token}
        self.log = (self.storage.parent / "log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "musecritic", "serve", *told],
            stderr=self.log,
            env={**os.environ, **given},
        )
        headers = {} if self._token is None else {"authorization": f"Bearer {self._token}"}
        self.client = httpx.Client(base_url=self.url, headers=headers, timeout=60.0)
        until = time.monotonic() + _UP_S
        while True:
            try:
                if self.client.get("/healthz").json()["status"] == "ok":
                    return
            except httpx.TransportError:
                pass
            assert self.process.poll() is None, self.told()
            assert time.monotonic() < until, self.told()
            time.sleep(0.05)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def told(self) -> str:
        return (self.storage.parent / "log").read_text("utf-8")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.client.close()
        self.process.send_signal(how)
        code = self.process.wait(_UP_S)
        self.log.close()
        return code

    def post(self, task: str, file: str | bytes | None, **options) -> httpx.Response:
        if isinstance(file, str):
            files = {"file": (file, (EXAMPLES / file).read_bytes())}
        else:
            files = None if file is None else {"file": ("upload", file)}
        return self.client.post(f"/v1/{task}", params={"wait": 30, **options}, files=files)

    def ended(self, job_id: str) -> dict:
        until = time.monotonic() + _UP_S
        while True:
            job = self.client.get(f"/v1/jobs/{job_id}").json()
            if job["ended"] is not None:
                return job
            assert time.monotonic() < until, job
            time.sleep(0.1)


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("service") / "store", "--rate=0")
    yield service
    service.stop()


@pytest.fixture
def start(tmp_path):
    """Start services that end with the test."""
    begun = []

    def start(*options: str, token: str | None = None) -> Service:
        begun.append(Service(tmp_path / "store", *options, token=token))
        return begun[-1]

    yield start
    for one in begun:
        if one.process.poll() is None:
            one.stop()


@pytest.fixture(scope="session")
def examples() -> Path:
    return EXAMPLES


@pytest.fixture(scope="session")
def off_key(examples):
    """A minuet with notes off key, of which some are proposed to be mended."""
    return midi_bytes(corrupt_piece(read(examples / MINUET), "off-key", 0.06, seed=1).piece)


def wait_until(holds) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)
