"""A worker: a process that does one job after the other, and can be killed at any time.

Both sides speak JSON over a pipe. The worker is told the job's folder, task, options and limits;
it tells how far it is, and in the end whether there is a record or an error.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from traceback import extract_tb
from typing import Any

from musecritic.errors import (
    BadFile,
    BadWeights,
    MissingExtra,
    MuseCriticError,
    OverLimit,
    Unexpected,
)
from musecritic.music.limits import Limits
from musecritic.web.store import RECORD, SOURCE, Job

OURS = "Unexpected"  # the type of what is the service's fault
_NICE = 5  # so that the process that answers is never kept waiting


def order_of(job: Job, folder: Path, limits: Limits) -> bytes:
    """Return what a worker is told of a job."""
    order = {
        "folder": str(folder),
        "task": job.task,
        "options": job.options,
        "name": job.name,
        "source": job.source,
        "limits": asdict(limits),
    }
    return json.dumps(order).encode()


def run(pipe: Connection, threads: int) -> None:
    """Work until the pipe closes or the process that began this one is gone."""
    for told_all in (signal.SIGINT, signal.SIGTERM):  # the service says when to stop
        signal.signal(told_all, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    from musecritic.web.work import Models

    models = Models(threads)
    models.critic("notes")
    pipe.send_bytes(json.dumps({"ready": True}).encode())
    while True:
        try:
            order = json.loads(pipe.recv_bytes())
        except EOFError:
            return
        pipe.send_bytes(json.dumps(_done(order, models, pipe)).encode())


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _done(order: dict[str, Any], models: Any, pipe: Connection) -> dict[str, Any]:
    """Do a job, and return what to tell of its end."""
    from musecritic.web.work import Work, do, write_json

    folder = Path(order["folder"])

    def tell(done: int, of: int, p_real: float | None = None) -> None:
        progress = [done, of, None if p_real is None else round(p_real, 4)]
        pipe.send_bytes(json.dumps({"progress": progress}).encode())

    source = None if order["source"] is None else folder / order["source"]
    work = Work(models, folder, source, order["name"], Limits(**order["limits"]), tell)
    try:
        record = do(order["task"], order["options"], work)
        if order["name"] is not None and "path" in record:
            record["path"] = order["name"]
        write_json(folder / RECORD, record)
    except Unexpected as error:
        return _unexpected(error.__cause__ or error)
    except MuseCriticError as error:
        told_of = {"type": kind_of(error), "message": told(error, order["name"])}
        return {"error": told_of, "where": []} if told_of["type"] == OURS else {"error": told_of}
    except Exception as error:  # noqa: BLE001 - one file's fault is not the next one's
        return _unexpected(error)
    return {"done": True}


def _unexpected(error: BaseException) -> dict[str, Any]:
    message = f"it could not be judged ({type(error).__name__}); please report it."
    # Where, not what: the error's own words may quote the file.
    where = [f"{frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
    return {"error": {"type": OURS, "message": message}, "where": where}


def kind_of(error: MuseCriticError) -> str:
    """Return an error's type as it is told: that of the service, where it is not the sender's."""
    at_its_files = isinstance(error, BadFile) and not error.path.name.startswith(SOURCE)
    if at_its_files or isinstance(error, (MissingExtra, BadWeights)):
        return OURS
    return type(error).__name__


def told(error: MuseCriticError, name: str | None) -> str:
    """Return an error's message with the file called as its sender does."""
    if isinstance(error, BadFile) and not error.path.name.startswith(SOURCE):
        return "the service could not write its result. Tell who runs it."
    if kind_of(error) == OURS:
        return f"the service lacks something: {error}"
    if not isinstance(error, BadFile):
        return str(error)
    remedy = error.remedy
    if isinstance(error, OverLimit):
        remedy = "Send less of it, or ask who runs this service for higher limits."
    return f"{name or 'the file'}: {error.cause}. {remedy}"
