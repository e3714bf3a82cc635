"""The service: what is answered to whom. The work is done elsewhere, see `musecritic.web.pool`."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from fastapi import FastAPI, File, Query, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from pydantic import Field, create_model
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from musecritic import __version__
from musecritic.web.answers import Health, JobView, Problem, answers, view_of
from musecritic.web.content import HEAD_BYTES, suffix_of
from musecritic.web.counters import Counters
from musecritic.web.guard import Guard, Refused
from musecritic.web.pool import Pool
from musecritic.web.settings import Settings
from musecritic.web.store import DONE, ENDED, FAILED, SOURCE, Job, Store
from musecritic.web.tasks import EDITS, KEEPS_SOURCE, PRODUCTS, TASKS, MendOptions
from musecritic.web.worker import OURS

PAGE = Path(__file__).parent / "page"
LONGEST_WAIT_S = 30.0
_LOOK_S = 0.05
_LONGEST_STOP_S = 2.0
_SPARE_BYTES = 500_000_000  # of the disk, which no upload may take
_OUR_FAULTS = ("Crashed", OURS, "Stopped")
_LONGEST_NAME = 200
MOST_STREAMS = 100  # of events at once
_ID = r"^[0-9a-f]{32}$"


Upload = Annotated[UploadFile, File(description="A MIDI, MusicXML or ABC file, or a recording.")]
Wait = Annotated[
    float,
    Field(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for the job's end, if need be."),
]


_ALWAYS = answers(400, 401, 403, 422)
_JOB = _ALWAYS | answers(404)
_ASKED = _ALWAYS | answers(202, 404, 408, 413, 415, 429, 500, 507)
for _status in (422, 500):
    _ASKED[_status]["model"] = JobView | Problem


def create_app(settings: Settings) -> FastAPI:
    """Return the service; its workers live as long as it runs.

    Parameters
    ----------
    settings
        See there.

    Raises
    ------
    BadInput
        Another service works in the same folder.
    """
    counters = Counters()
    store = Store(settings.storage)
    store.claim()
    pool = Pool(store, settings, counters.job)
    counters.watch(store, pool)
    n_streams = 0

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool.start()
        yield
        await run_in_threadpool(pool.stop)
        store.close()

    app = FastAPI(
        title="MuseCritic",
        version=__version__,
        description="A critic for music: each task makes a job, whose record is that of the "
        "command of the same name.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)

    def view(job: Job) -> dict[str, Any]:
        return view_of(job, store, pool.progress(job.id), settings.keep_seconds)

    def found(job_id: str) -> Job:
        job = store.get(job_id) if re.fullmatch(_ID, job_id) else None
        if job is None:
            raise no_such_job()
        return job

    def no_such_job() -> Refused:
        return Refused(404, "NoSuchJob", "there is no such job, or it has expired.")

    def enter(task: str, chosen: dict[str, Any], upload: UploadFile | None) -> Job:
        check_room()  # again: while it was sent others came
        if upload is None or not (upload.filename or upload.size):
            return store.add(task, chosen)
        name = _shown_name(upload.filename)
        takes = TASKS[task].takes
        head = upload.file.read(HEAD_BYTES)
        suffix = suffix_of(head)
        if suffix not in takes:
            raise Refused(
                415,
                "UnreadableFile",
                f"{name}: by its content it is none of the files that {task} takes: "
                f"{' '.join(takes)}.",
            )
        source = f"{SOURCE}{suffix}"
        return store.add(
            task,
            chosen,
            name=name,
            source=source,
            fill=lambda folder: _write(folder / source, head, upload.file),
        )

    def check_room() -> None:
        if shutil.disk_usage(settings.storage).free < settings.max_bytes + _SPARE_BYTES:
            raise Refused(507, "NoRoom", "the service's disk is full. Tell who runs it.")
        if store.n_waiting() >= settings.most_waiting:
            raise Refused(429, "Busy", "too many jobs wait; try again.", **{"retry-after": "10"})

    app.add_middleware(Guard, settings=settings, seen=counters.request, admit=check_room)

    async def awaited(job: Job, seconds: float) -> Job:
        """Return the job as it has ended, or as it stands after so long."""
        until = time.monotonic() + seconds
        while job.state not in ENDED and time.monotonic() < until:
            await asyncio.sleep(_LOOK_S)
            job = found(job.id)
        return job

    async def answer(job: Job, wait: float) -> Response:
        job = await awaited(job, wait)
        status = 202 if job.state not in ENDED else 200
        if job.state == FAILED and job.error is not None:
            status = 500 if job.error["type"] in _OUR_FAULTS else 422
        return await run_in_threadpool(lambda: JSONResponse(view(job), status))

    async def asked(
        task: str, options: dict[str, Any], wait: float, upload: UploadFile | None
    ) -> Response:
        job = await run_in_threadpool(enter, task, options, upload)
        pool.call()
        return await answer(job, wait)

    for task, told in _TOLD.items():
        app.post(
            f"/v1/{task}",
            response_model=JobView,
            responses=_ASKED,
            summary=told,
            operation_id=task,
            tags=["tasks"],
        )(_endpoint(task, asked))

    @app.post(
        "/v1/jobs/{job_id}/mend",
        response_model=JobView,
        responses=_ASKED | answers(409),
        summary="Make some of the edits that a repair proposed.",
        tags=["jobs"],
    )
    async def mend(
        job_id: str, options: MendOptions, wait: Annotated[Wait, Query()] = 10.0
    ) -> Response:
        repair = found(job_id)
        folder = store.folder(repair.id)
        if repair.task != KEEPS_SOURCE or repair.state != DONE or repair.source is None:
            raise Refused(
                409,
                "NoRepair",
                "this is no repair that is done. Ask for one, and wait for its end.",
            )

        def fill(new: Path) -> None:
            assert repair.source is not None
            try:
                for name in (repair.source, EDITS):
                    shutil.copyfile(folder / name, new / name)
            except FileNotFoundError:
                raise no_such_job() from None

        job = await run_in_threadpool(
            store.add,
            "mend",
            options.model_dump(),
            name=repair.name,
            source=repair.source,
            fill=fill,
        )
        pool.call()
        return await answer(job, wait)

    @app.get(
        "/v1/jobs/{job_id}", response_model=JobView, responses=_JOB, summary="A job.", tags=["jobs"]
    )
    def job(job_id: str) -> Response:
        return JSONResponse(view(found(job_id)))

    @app.delete(
        "/v1/jobs/{job_id}",
        response_model=JobView,
        responses=_JOB,
        summary="Stop a job that waits or runs; remove one that has ended, with its files.",
        tags=["jobs"],
    )
    async def cancel(job_id: str) -> Response:
        job = found(job_id)
        if await run_in_threadpool(pool.cancel, job):
            job = await awaited(job, _LONGEST_STOP_S)
            return await run_in_threadpool(lambda: JSONResponse(view(job)))
        told = await run_in_threadpool(lambda: JSONResponse(view(found(job_id))))
        await run_in_threadpool(store.remove, job_id)
        return told

    @app.get(
        "/v1/jobs/{job_id}/events",
        responses=_JOB | answers(429),
        response_class=EventSourceResponse,
        summary="How a job goes on, as server-sent events: state and progress, until it ends.",
        tags=["jobs"],
    )
    async def events(job_id: str) -> EventSourceResponse:
        nonlocal n_streams
        found(job_id)
        if n_streams >= MOST_STREAMS:
            raise Refused(
                429, "Busy", "too many watch their jobs; ask for the job.", **{"retry-after": "10"}
            )

        async def told() -> AsyncIterator[dict[str, str]]:
            nonlocal n_streams
            n_streams += 1
            try:
                async for event in changes():
                    yield event
            finally:
                n_streams -= 1

        async def changes() -> AsyncIterator[dict[str, str]]:
            last = ""
            while True:
                job = store.get(job_id)
                if job is None:
                    return
                progress = pool.progress(job_id)
                data = json.dumps(
                    {
                        "state": job.state,
                        "progress": None if progress is None else progress._asdict(),
                    }
                )
                if data != last:
                    last = data
                    yield {"event": "ended" if job.state in ENDED else "progress", "data": data}
                if job.state in ENDED:
                    return
                await asyncio.sleep(2 * _LOOK_S)

        return EventSourceResponse(told())

    @app.get(
        "/v1/jobs/{job_id}/files/{name}",
        responses=_JOB | {200: {"description": "The file.", "content": {"*/*": {}}}},
        response_class=FileResponse,
        summary="A file that a job left.",
        tags=["jobs"],
    )
    def product(job_id: str, name: str) -> FileResponse:
        job = found(job_id)
        path = store.folder(job.id) / name
        if job.state != DONE or name not in PRODUCTS or not path.is_file():
            raise Refused(404, "NoSuchFile", "the job left no such file.")
        return FileResponse(path, media_type=PRODUCTS[name], filename=name)

    @app.get("/healthz", response_model=Health, summary="Whether the service works.")
    async def healthz() -> Health:
        return Health(
            status="ok" if pool.n_ready else "starting",
            version=__version__,
            workers=pool.n_ready,
            waiting=store.n_waiting(),
            running=pool.n_running,
        )

    @app.get(
        "/metrics",
        responses=answers(400, 401, 403),
        response_class=Response,
        summary="Counts for Prometheus.",
    )
    def metrics() -> Response:
        return Response(counters.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    app.mount("/", StaticFiles(directory=PAGE, html=True), name="page")
    return app


_TOLD = {
    "score": "Judge a file of notes: does this behave like music that people wrote and played?",
    "identify": "Say who or what composed a piece, in whose manner, and what it is near to.",
    "explain": "Show what speaks for each label of a piece: a page, and heat over its picture.",
    "repair": "Find wrong notes, propose edits, and write the file with them.",
    "compose": "Let the critic compose, after a primer if there is one.",
    "render": "Play a file of notes.",
}

Asked = Callable[[str, dict[str, Any], float, UploadFile | None], Awaitable[Response]]


def _endpoint(task: str, asked: Asked) -> Callable[..., Awaitable[Response]]:
    """Return the function that answers to a task's name; its annotations are its schema."""
    # FastAPI spreads a model over the query only where nothing else is asked for there.
    model = create_model(
        f"Asked{task.capitalize()}", __base__=TASKS[task].options, wait=(Wait, 10.0)
    )

    async def with_file(file: Upload, options: Any) -> Response:
        return await asked(task, *_split(options), file)

    async def perhaps_with(options: Any, file: Upload | None = None) -> Response:
        return await asked(task, *_split(options), file)

    def _split(options: Any) -> tuple[dict[str, Any], float]:
        chosen = options.model_dump()
        wait: float = chosen.pop("wait")
        return chosen, wait

    endpoint = with_file if TASKS[task].needs_file else perhaps_with
    endpoint.__annotations__["options"] = Annotated[model, Query()]
    return endpoint


_IN_WORDS = {
    "extra_forbidden": "there is no such option; /docs/ has them all.",
    "missing": "it is missing.",
    "json_invalid": "it is no JSON.",
    "model_attributes_type": "send JSON, with content-type: application/json.",
}


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    told = "; ".join(
        f"{'.'.join(str(part) for part in one['loc'][1:]) or 'the request'}: "
        f"{_IN_WORDS.get(one['type'], one['msg'])}"
        for one in error.errors()
    )
    return _problem(422, "BadInput", told)


def _plain(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    kind = {404: "NotFound", 405: "NotAllowed", 413: "TooLarge"}.get(
        error.status_code, "BadRequest"
    )
    return _problem(error.status_code, kind, str(error.detail), dict(error.headers or {}))


def _problem(
    status: int, kind: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    return JSONResponse({"error": {"type": kind, "message": message}}, status, headers)


def _shown_name(name: str | None) -> str:
    """Return a file's name as it is shown: its last part, without what cannot be printed."""
    last = re.split(r"[/\\]", name or "")[-1]
    shown = "".join(letter for letter in last if letter.isprintable())
    return shown[:_LONGEST_NAME] or "file"


def _write(path: Path, head: bytes, rest: BinaryIO) -> None:
    with path.open("xb") as file:
        file.write(head)
        shutil.copyfileobj(rest, file)
