"""Run the service until it is told to stop."""

from __future__ import annotations

import tempfile

import uvicorn

from musecritic.web import log
from musecritic.web.app import create_app
from musecritic.web.settings import Settings

_BACKLOG = 512
_MOST_AT_ONCE = 1000  # connections; more are refused at once


def serve(settings: Settings) -> None:
    """Answer until SIGTERM or SIGINT; running jobs may then end, see `Settings.grace_seconds`."""
    log.configure()
    uploads = settings.storage / "uploads"
    uploads.mkdir(parents=True, exist_ok=True)
    uploads.chmod(0o700)
    tempfile.tempdir = str(uploads)  # on the disk whose room is looked at, rather than in memory
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,  # the guard logs requests
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=15,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=max(round(settings.grace_seconds), 1),
    )
