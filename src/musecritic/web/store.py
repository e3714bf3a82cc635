"""The jobs: a table of what was asked and what came of it, and a folder of files for each.

They outlive the process: what had not begun when it stopped, or was killed, begins anew with the
next one.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from musecritic.errors import BadInput

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
ENDED = (DONE, FAILED, CANCELLED)

RECORD = "record.json"
SOURCE = "source"  # and a suffix: the file to work on
_TRIES = 2  # a job that was running when the service died twice may be what kills it
_PART = ".part-"
_OURS = re.compile(r"(\.part-)?[0-9a-f]{32}")  # names of folders of jobs

_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,
    task TEXT NOT NULL,
    name TEXT,              -- of the file, as its sender calls it; shown, never used as a path
    source TEXT,            -- of the file in the job's folder
    options TEXT NOT NULL,  -- JSON
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    created REAL NOT NULL,
    started REAL,
    ended REAL,
    error TEXT              -- JSON
);
CREATE INDEX IF NOT EXISTS by_state ON jobs (state, created);
"""


@dataclass(frozen=True)
class Job:
    """A piece of work.

    Attributes
    ----------
    id
        Hard to guess: who knows it may see the job.
    task
        A name of `musecritic.web.tasks`.
    name
        Of the file, as its sender calls it; None without one.
    source
        Its name in the job's folder, which tells what it is.
    options
        Of the task.
    state
        `WAITING`, `RUNNING`, or one of `ENDED`.
    tries
        How often it was begun.
    created, started, ended
        Seconds since 1970.
    error
        Type and message, where it failed.
    """

    id: str
    task: str
    name: str | None
    source: str | None
    options: dict[str, Any]
    state: str
    tries: int
    created: float
    started: float | None
    ended: float | None
    error: dict[str, str] | None


class Store:
    """Jobs in a folder.

    May be used by many threads of one process. Every change is on its way to the disk when the
    method returns.

    Parameters
    ----------
    folder
        Made if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._jobs = folder / "jobs"
        self._jobs.mkdir(parents=True, exist_ok=True)
        self._jobs.chmod(0o700)  # a job's name is all that it takes to see it
        table = folder / "jobs.sqlite"
        table.touch(mode=0o600)
        self._claim_file = folder / "lock"
        self._claimed: BinaryIO | None = None
        self._lock = threading.Lock()
        self._table = sqlite3.connect(table, check_same_thread=False, isolation_level=None)
        self._table.row_factory = sqlite3.Row
        self._table.execute("PRAGMA journal_mode=WAL")
        self._table.executescript(_TABLE)

    def claim(self) -> None:
        """Keep other processes from working in this folder, until the store is closed.

        Raises
        ------
        BadInput
            Another does.
        """
        try:
            import fcntl
        except ImportError:  # not on Windows
            return
        self._claimed = self._claim_file.open("wb")
        try:
            fcntl.flock(self._claimed, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadInput(
                f"another service works in {self._claim_file.parent}. Stop it, or name another "
                "folder with --storage."
            ) from None

    def close(self) -> None:
        """Close the database, and let others work in the folder."""
        with self._lock:
            self._table.close()
        if self._claimed is not None:
            self._claimed.close()

    def recover(self) -> None:
        """Take up what another process left: to be called once, before any work begins.

        What was running waits again, or has failed if it was tried before; files of jobs that
        were never entered are removed.
        """
        self._run(
            "UPDATE jobs SET state = ?, started = NULL WHERE state = ? AND tries < ?",
            (WAITING, RUNNING, _TRIES),
        )
        error = _error(
            "Stopped", "the service stopped twice while it worked on this. Send less of it."
        )
        self._run(
            "UPDATE jobs SET state = ?, ended = ?, error = ? WHERE state = ?",
            (FAILED, time.time(), error, RUNNING),
        )
        known = {row["id"] for row in self._run("SELECT id FROM jobs")}
        for folder in self._jobs.iterdir():
            if _OURS.fullmatch(folder.name) and folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def add(
        self,
        task: str,
        options: dict[str, Any],
        *,
        name: str | None = None,
        source: str | None = None,
        fill: Callable[[Path], None] | None = None,
    ) -> Job:
        """Enter a job.

        Parameters
        ----------
        task, options, name, source
            See `Job`.
        fill
            Puts the job's files into its folder; if it raises, there is no job and no folder.
        """
        job_id = secrets.token_hex(16)
        part = self._jobs / f"{_PART}{job_id}"
        part.mkdir(mode=0o700)
        try:
            if fill is not None:
                fill(part)
            part.rename(self.folder(job_id))
            self._run(
                "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, 0, ?, NULL, NULL, NULL)",
                (job_id, task, name, source, json.dumps(options), WAITING, time.time()),
            )
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            shutil.rmtree(self.folder(job_id), ignore_errors=True)
            raise
        job = self.get(job_id)
        assert job is not None
        return job

    def get(self, job_id: str) -> Job | None:
        """Return a job, None where there is none of this name."""
        rows = self._run("SELECT * FROM jobs WHERE id = ?", (job_id,))
        return _job(rows[0]) if rows else None

    def take(self) -> Job | None:
        """Begin the job that has waited longest; None where none waits."""
        rows = self._run(
            "UPDATE jobs SET state = ?, started = ?, tries = tries + 1 WHERE id = "
            "(SELECT id FROM jobs WHERE state = ? ORDER BY created LIMIT 1) RETURNING *",
            (RUNNING, time.time(), WAITING),
        )
        return _job(rows[0]) if rows else None

    def end(self, job_id: str, state: str, error: dict[str, str] | None = None) -> None:
        """End a job that is not ended yet."""
        self._run(
            "UPDATE jobs SET state = ?, ended = ?, error = ? WHERE id = ? AND ended IS NULL",
            (state, time.time(), None if error is None else json.dumps(error), job_id),
        )

    def put_back(self, job_id: str) -> None:
        """Let a running job wait again, as if it had not begun."""
        self._run(
            "UPDATE jobs SET state = ?, started = NULL, tries = tries - 1 "
            "WHERE id = ? AND state = ?",
            (WAITING, job_id, RUNNING),
        )

    def cancel_waiting(self, job_id: str) -> bool:
        """End a job that waits; return whether it did."""
        rows = self._run(
            "UPDATE jobs SET state = ?, ended = ? WHERE id = ? AND state = ? RETURNING id",
            (CANCELLED, time.time(), job_id, WAITING),
        )
        return bool(rows)

    def n_waiting(self) -> int:
        """Return how many jobs wait."""
        rows = self._run("SELECT count(*) FROM jobs WHERE state = ?", (WAITING,))
        n: int = rows[0][0]
        return n

    def expire(self, before: float) -> int:
        """Forget the jobs that ended before a time, and remove their files; return how many."""
        rows = self._run("DELETE FROM jobs WHERE ended < ? RETURNING id", (before,))
        for row in rows:
            shutil.rmtree(self.folder(row["id"]), ignore_errors=True)
        return len(rows)

    def remove(self, job_id: str) -> bool:
        """Forget a job that has ended, and remove its files; return whether it had."""
        rows = self._run(
            "DELETE FROM jobs WHERE id = ? AND ended IS NOT NULL RETURNING id", (job_id,)
        )
        if rows:
            self.clear(job_id)
        return bool(rows)

    def clear(self, job_id: str) -> None:
        """Remove a job's files, which nobody needs where nothing came of it."""
        shutil.rmtree(self.folder(job_id), ignore_errors=True)

    def folder(self, job_id: str) -> Path:
        """Return the folder of a job's files."""
        return self._jobs / job_id

    def record(self, job: Job) -> dict[str, Any] | None:
        """Return what came of a job, None where nothing did."""
        try:
            record: dict[str, Any] = json.loads((self.folder(job.id) / RECORD).read_bytes())
        except FileNotFoundError:
            return None
        return record

    def _run(self, command: str, values: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._table.execute(command, values).fetchall()


def _job(row: sqlite3.Row) -> Job:
    values = dict(row)
    values["options"] = json.loads(values["options"])
    values["error"] = None if values["error"] is None else json.loads(values["error"])
    return Job(**values)


def _error(kind: str, message: str) -> str:
    return json.dumps({"type": kind, "message": message})
