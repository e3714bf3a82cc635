"""Many callers at once, against one: does the service go on answering, and stay prompt.

    python benchmarks/serving.py [--clients 50] [--seconds 60] [--workers 2]

Each caller sends the examples to `score` over and over, and waits for every verdict; the peer is
one caller alone, in the same run. Meanwhile `/healthz` is asked twenty times a second. To reach,
with 50 callers on two cores: no error, and 99 in 100 answers of `/healthz` within 250 ms. And: how
soon the service is ready, how soon it judges a MIDI file of five minutes, and how soon a browser's
page shows that file's notes and verdict, where there is one at /usr/bin/chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from machine import machine

from musecritic import Piece, read, write_midi

EXAMPLES = Path(__file__).parents[1] / "examples"
_EVERY_S = 0.05
_BROWSER = Path("/usr/bin/chromium")
_LOOK_MS = 20


async def load(url: str, n_clients: int, seconds: float) -> tuple[int, int, list[float]]:
    """Return how many verdicts and how many errors came, and the seconds of each `/healthz`."""
    files = [path.read_bytes() for path in sorted(EXAMPLES.glob("*.mid"))]
    until = time.monotonic() + seconds
    n_done = n_errors = 0
    health: list[float] = []

    # Everyone has a client of his own: one for all looks through all of its connections at every
    # request, and the time that this takes would count as the service's.
    def client() -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=url, timeout=120, verify=False)

    async def call(number: int) -> None:
        nonlocal n_done, n_errors
        form = {"file": ("a.mid", files[number % len(files)])}
        async with client() as own:
            while time.monotonic() < until:
                try:
                    answer = await own.post("/v1/score?wait=0", files=form)
                    while answer.is_success and answer.json()["ended"] is None:
                        await asyncio.sleep(0.25)
                        answer = await own.get(f"/v1/jobs/{answer.json()['id']}")
                    good = answer.is_success and answer.json()["state"] == "done"
                except httpx.HTTPError:
                    good = False
                n_done += good
                n_errors += not good

    async def ask() -> None:
        async with client() as own:
            while time.monotonic() < until:
                begun = time.perf_counter()
                answer = await own.get("/healthz")
                health.append(time.perf_counter() - begun)
                assert answer.status_code == 200
                await asyncio.sleep(_EVERY_S)

    await asyncio.gather(ask(), *(call(number) for number in range(n_clients)))
    return n_done, n_errors, health


def five_minutes(path: Path) -> Path:
    """Write a MIDI file of five minutes: examples, one after the other."""
    piece = read(EXAMPLES / "petzold_minuet.mid")
    n_times = int(300 // piece.duration) + 1
    later = []
    for number in range(n_times):
        notes = piece.notes.copy()
        notes["onset"] += number * piece.duration
        notes["offset"] += number * piece.duration
        later.append(notes)
    write_midi(Piece(np.concatenate(later), piece.parts), path)
    return path


def shown(url: str, path: Path) -> list[float]:
    """Return how many seconds the page takes to show a file's notes and verdict, twice."""
    from playwright.sync_api import sync_playwright

    drawn = """() => {
        const roll = document.getElementById("roll");
        if (document.getElementById("critic").hidden || !roll.width) return 0;
        const { data } = roll.getContext("2d").getImageData(0, 0, roll.width, roll.height);
        return new Set(new Uint32Array(data.buffer)).size > 2 ? 1 : 0;
    }"""
    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(_BROWSER), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(locale="en-GB")
        for _ in range(2):
            page.goto(url)
            page.locator("#drop").wait_for()
            begun = time.perf_counter()
            page.locator("#file").set_input_files(path)
            while not page.evaluate(drawn):
                page.wait_for_timeout(_LOOK_MS)
            times.append(time.perf_counter() - begun)
            page.locator("#work").wait_for(state="hidden")  # MusicBrain's verdict, and the sound
        browser.close()
    return times


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        path = five_minutes(Path(folder) / "long.mid")
        long = path.read_bytes()
        begun = time.perf_counter()
        options = [f"--port={port}", "--rate=0", f"--storage={folder}/jobs"]
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "musecritic",
                "serve",
                f"--workers={arguments.workers}",
                *options,
            ],
            stderr=subprocess.DEVNULL,
            env=dict(os.environ),
        )
        try:
            while True:
                try:
                    if httpx.get(f"{url}/healthz").json()["status"] == "ok":
                        break
                except httpx.TransportError:
                    pass
                time.sleep(0.02)
            ready = time.perf_counter() - begun
            times = []
            for _ in range(2):
                begun = time.perf_counter()
                answer = httpx.post(f"{url}/v1/score?wait=30", files={"file": long}, timeout=60)
                assert answer.json()["state"] == "done", answer.text
                times.append(time.perf_counter() - begun)
            print(
                f"ready after {ready:.1f} s; five minutes of MIDI scored in {times[0]:.2f} s, "
                f"then in {times[1]:.2f} s"
            )
            if _BROWSER.exists():
                first, then = shown(url, path)
                print(f"drawn and judged on the page in {first:.2f} s, then in {then:.2f} s")
            alone, errors, _ = asyncio.run(load(url, 1, arguments.seconds / 4))
            assert not errors
            done, errors, health = asyncio.run(load(url, arguments.clients, arguments.seconds))
            ratio = (done / arguments.seconds) / (4 * alone / arguments.seconds)
            p99 = 1000 * np.quantile(health, 0.99)
            print(
                f"{arguments.clients} callers for {arguments.seconds:.0f} s: {done} verdicts, "
                f"{ratio:.1f} times as many a second as one caller gets; {errors} errors; "
                f"/healthz within {p99:.0f} ms in 99 of 100 of {len(health)}"
            )
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
