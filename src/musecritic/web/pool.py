"""The worker processes and who keeps them: a thread for each, that gives it jobs and watches it.

A worker that crashes, takes too long or too much memory, or whose job is cancelled, is killed and
another begun; only its own job is lost.
"""

from __future__ import annotations

import contextlib
import json
import logging
import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import psutil

from musecritic.web.settings import Settings
from musecritic.web.store import CANCELLED, DONE, FAILED, RUNNING, Job, Store
from musecritic.web.tasks import KEEPS_SOURCE
from musecritic.web.worker import order_of, run

_LOG = logging.getLogger("musecritic.web")
_LOOK_S = 0.1  # between two looks at a worker
_IDLE_S = 1.0  # between two looks for a job, if nobody calls
_JANITOR_S = 60.0
_PAUSE_S = 1.0  # after a worker that did not come up
_HELD = 0.5  # share of a job's memory that a worker may keep


class Progress(NamedTuple):
    """How far a job is."""

    done: int
    of: int
    p_real: float | None


class _Worker:
    """A process and the pipe to it."""

    def __init__(self, threads: int) -> None:
        context = multiprocessing.get_context("spawn")  # torch does not survive a fork
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=run, args=(theirs, threads), daemon=True)
        self.process.start()
        theirs.close()

    def held(self) -> int:
        """Return the bytes of memory that it holds."""
        try:
            held: int = psutil.Process(self.process.pid).memory_info().rss
        except psutil.Error:
            return 0
        return held

    def kill(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Pool:
    """Workers that do a store's jobs.

    Parameters
    ----------
    store
        Whose waiting jobs are done, the oldest first.
    settings
        See there.
    ended
        Called with a job's task and state when it ends.
    """

    def __init__(self, store: Store, settings: Settings, ended: Callable[[str, str], None]) -> None:
        self._store, self._settings = store, settings
        self._ended = ended
        self._called = threading.Event()
        self._lock = threading.Lock()  # of what is running and what of it is cancelled
        self._stopping = threading.Event()
        self._killing = threading.Event()
        self._running: set[str] = set()
        self._cancelled: set[str] = set()
        self._progress: dict[str, Progress] = {}
        self._ready: set[int] = set()
        self.n_restarts = 0
        self._threads = [
            threading.Thread(target=self._keep, args=(number,), name=f"keeper-{number}")
            for number in range(settings.workers)
        ]
        self._threads.append(threading.Thread(target=self._tidy, name="janitor"))

    def start(self) -> None:
        """Begin to work."""
        self._store.recover()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let running jobs end, for a while; those that do not are begun anew the next time."""
        self._stopping.set()
        self.call()
        until = time.monotonic() + self._settings.grace_seconds
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))
        self._killing.set()
        for thread in self._threads:
            thread.join()

    def call(self) -> None:
        """Tell that there is a new job."""
        self._called.set()

    def cancel(self, job: Job) -> bool:
        """Stop a job; return whether there was anything to stop."""
        if self._store.cancel_waiting(job.id):
            self._store.clear(job.id)
            self._ended(job.task, CANCELLED)
            return True
        now = self._store.get(job.id)
        if now is None or now.state != RUNNING:
            return False
        with self._lock:
            if job.id not in self._running:  # it has just ended
                return False
            self._cancelled.add(job.id)
        return True

    def progress(self, job_id: str) -> Progress | None:
        """Return how far a running job is, where it tells."""
        return self._progress.get(job_id)

    @property
    def n_ready(self) -> int:
        """How many workers are up."""
        return len(self._ready)

    @property
    def n_running(self) -> int:
        """How many jobs are being worked on."""
        return len(self._running)

    def _keep(self, number: int) -> None:
        worker: _Worker | None = None
        while not self._stopping.is_set():
            try:
                if worker is None:
                    worker = self._begun()
                    if worker is None:
                        continue
                    self._ready.add(number)
                elif not worker.process.is_alive():
                    self._drop(worker, number)
                    worker = None
                    continue
                job = self._next()
                if job is not None and not self._see_through(job, worker):
                    self._drop(worker, number)
                    worker = None
            except Exception:  # noqa: BLE001 - a keeper that died would leave jobs waiting for ever
                _LOG.exception("a keeper failed")
                if worker is not None:
                    self._drop(worker, number)
                    worker = None
                self._stopping.wait(_PAUSE_S)
        if worker is not None:
            worker.kill()

    def _begun(self) -> _Worker | None:
        """Return a worker that has loaded what it needs, None where it did not come up."""
        worker = _Worker(self._settings.threads)
        while not worker.pipe.poll(_LOOK_S):
            if self._stopping.is_set() or not worker.process.is_alive():
                break
        else:
            with contextlib.suppress(EOFError, OSError):
                worker.pipe.recv_bytes()
                return worker
        worker.kill()
        if not self._stopping.wait(_PAUSE_S):
            _LOG.error("a worker did not come up")
        return None

    def _drop(self, worker: _Worker, number: int) -> None:
        self._ready.discard(number)
        self.n_restarts += 1
        worker.kill()

    def _next(self) -> Job | None:
        self._called.clear()  # before looking, so that no call is missed
        with self._lock:
            job = self._store.take()
            if job is not None:
                self._running.add(job.id)
        if job is None:
            self._called.wait(_IDLE_S)
        return job

    def _see_through(self, job: Job, worker: _Worker) -> bool:
        """Let a worker do a job; return whether the worker can be used again."""
        try:
            worker.pipe.send_bytes(order_of(job, self._store.folder(job.id), self._settings.limits))
            return self._watch(job, worker)
        except (EOFError, OSError):
            worker.process.join(_PAUSE_S)
            code = worker.process.exitcode
            if self._stopping.is_set():  # it was told to stop, too
                self._store.put_back(job.id)
                return False
            self._fail(
                job,
                "Crashed",
                f"the process that worked on this ended ({code}). Send it again; "
                "if it happens again, report it with the file.",
            )
            return False
        finally:
            with self._lock:
                self._running.discard(job.id)
                self._cancelled.discard(job.id)
            self._progress.pop(job.id, None)

    def _watch(self, job: Job, worker: _Worker) -> bool:
        begun = time.monotonic()
        while True:
            if worker.pipe.poll(_LOOK_S):
                said = json.loads(worker.pipe.recv_bytes())
                if "progress" not in said:
                    self._close(job, said)
                    # What is held from one large job must not be charged to the next.
                    return worker.held() < _HELD * self._settings.job_bytes
                self._progress[job.id] = Progress(*said["progress"])
            seconds = time.monotonic() - begun
            if job.id in self._cancelled:
                self._end(job, CANCELLED)
            elif seconds > self._settings.job_seconds:
                self._fail(
                    job, "TooSlow", f"it took more than {seconds:.0f} seconds. Send less of it."
                )
            elif worker.held() > self._settings.job_bytes:
                limit = self._settings.job_bytes
                self._fail(
                    job,
                    "TooLarge",
                    f"it took more than {limit:,} bytes of memory. Send less of it.",
                )
            elif self._killing.is_set():
                self._store.put_back(job.id)
            else:
                continue
            return False

    def _close(self, job: Job, said: dict[str, Any]) -> None:
        """End a job as its worker says that it ended."""
        if "error" not in said:
            self._end(job, DONE)
            return
        if "where" in said:
            _LOG.error("unexpected", extra={"job": job.id, "where": said["where"]})
        self._fail(job, **said["error"])

    def _fail(self, job: Job, type: str, message: str) -> None:  # noqa: A002 - the record's key
        self._end(job, FAILED, {"type": type, "message": message})

    def _end(self, job: Job, state: str, error: dict[str, str] | None = None) -> None:
        while True:
            try:
                self._store.end(job.id, state, error)
                break
            except sqlite3.Error:  # a full disk, say: else the job would seem to run for ever
                _LOG.exception("an end could not be noted")
                if self._stopping.wait(_PAUSE_S):
                    return
        if state != DONE:
            self._store.clear(job.id)
        elif job.task != KEEPS_SOURCE and job.source is not None:
            (self._store.folder(job.id) / job.source).unlink(missing_ok=True)
        self._ended(job.task, state)
        _LOG.info("job ended", extra={"job": job.id, "task": job.task, "state": state})

    def _tidy(self) -> None:
        while True:
            try:
                self._store.expire(time.time() - self._settings.keep_seconds)
            except Exception:  # noqa: BLE001 - the next minute may be better
                _LOG.exception("nothing could be removed")
            if self._stopping.wait(_JANITOR_S):
                return
