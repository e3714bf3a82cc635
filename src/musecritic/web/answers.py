"""What the service answers: the models of its schema, and a job as its sender sees it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from musecritic.web.pool import Progress
from musecritic.web.store import DONE, Job, Store
from musecritic.web.tasks import PRODUCTS


class Fault(BaseModel):
    """Why something was not done."""

    type: str
    message: str


class Problem(BaseModel):
    """The answer to a request that was refused."""

    error: Fault


class Progressed(BaseModel):
    """How far a running job is; its tasks count each in their own way."""

    done: int
    of: int
    p_real: float | None


class Product(BaseModel):
    """A file that a job left."""

    name: str
    type: str
    bytes: int


class JobView(BaseModel):
    """A job as its sender sees it. `record` is that of the command of the same name."""

    id: str
    task: str
    state: str
    name: str | None
    created: datetime
    started: datetime | None
    ended: datetime | None
    expires: datetime | None
    progress: Progressed | None
    record: dict[str, Any] | None
    error: Fault | None
    files: list[Product]


class Health(BaseModel):
    """Whether the service works."""

    status: str
    version: str
    workers: int
    waiting: int
    running: int


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what the schema says of some statuses."""
    told = {
        202: "The job goes on; ask for it again.",
        400: "The request cannot be understood, or the service does not go by this name.",
        401: "The token is missing or wrong.",
        403: "The request comes from another site's page.",
        404: "There is no such job, or no such file of it.",
        409: "The job is over, or is none of which this can be asked.",
        408: "The request did not go on.",
        413: "The file is too large.",
        415: "The file is none that this task takes.",
        422: "The file or an option will not do; the job's error, or this one, says why.",
        429: "Too many requests, or too many jobs wait.",
        500: "The service failed at it; the job's error says how.",
        507: "The service's disk is full.",
    }
    return {
        status: {"description": told[status], "model": JobView if status == 202 else Problem}
        for status in statuses
    }


def view_of(
    job: Job, store: Store, progress: Progress | None, keep_seconds: float
) -> dict[str, Any]:
    """Return a job as `JobView` has it."""
    return {
        "id": job.id,
        "task": job.task,
        "state": job.state,
        "name": job.name,
        "created": _at(job.created),
        "started": _at(job.started),
        "ended": _at(job.ended),
        "expires": None if job.ended is None else _at(job.ended + keep_seconds),
        "progress": None if progress is None else progress._asdict(),
        "record": store.record(job) if job.state == DONE else None,
        "error": job.error,
        "files": _products(store.folder(job.id)) if job.state == DONE else [],
    }


def _at(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _products(folder: Path) -> list[dict[str, Any]]:
    try:
        sizes = {entry.name: entry.stat().st_size for entry in os.scandir(folder)}
    except FileNotFoundError:  # it expires
        return []
    return [
        {"name": name, "type": kind, "bytes": sizes[name]}
        for name, kind in PRODUCTS.items()
        if name in sizes
    ]
