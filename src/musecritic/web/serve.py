"""Run the service until it is told to stop."""

from __future__ import annotations

import logging
import socket
import tempfile

import uvicorn

from musecritic.errors import BadInput
from musecritic.web import log
from musecritic.web.app import create_app
from musecritic.web.settings import Settings

_LOG = logging.getLogger("musecritic.web")
_BACKLOG = 512
_MOST_AT_ONCE = 1000  # connections; more are refused at once


def serve(settings: Settings) -> None:
    """Answer until SIGTERM or SIGINT; running jobs may then end, see `Settings.grace_seconds`.

    Raises
    ------
    BadInput
        Nothing can listen at that address, or nothing be kept in that folder, or another service
        works in it.
    """
    log.configure()
    uploads = settings.storage / "uploads"
    try:
        uploads.mkdir(parents=True, exist_ok=True)
        uploads.chmod(0o700)
    except OSError as error:
        raise BadInput(
            f"{settings.storage}: jobs cannot be kept there ({error.strerror}). Name another "
            "folder with --storage."
        ) from None
    tempfile.tempdir = str(uploads)  # on the disk whose room is looked at, rather than in memory
    app = create_app(settings)
    listening = _listening(settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # the guard logs requests
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=15,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=max(round(settings.grace_seconds), 1),
    )
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    _LOG.info("open http://%s:%d", host, settings.port)
    uvicorn.Server(config).run(sockets=[listening])


def _listening(settings: Settings) -> socket.socket:
    host, port = settings.host, settings.port
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise BadInput(
            f"nothing can listen on {host}, port {port} ({error.strerror}). Take another --port or "
            "--host, or stop what is there."
        ) from None
