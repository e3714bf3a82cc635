"""What stands before every request: who may call, how much, how often; and what every answer says.

Written as plain ASGI, so that answers that go on for long pass through it as they come.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import secrets
import time
from collections.abc import Callable

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from musecritic.web.settings import Settings

_LOG = logging.getLogger("musecritic.web")
_FORM_BYTES = 100_000  # of an upload beside its file, or of a request without one
_AT_ONCE = 8  # of the largest uploads; more would fill memory and disk before any is entered
_PATIENCE_S = 30.0  # between two parts of a body
_LINGER_S = 30.0  # that the rest of a body is taken for when its answer stands already
_LOCAL = ("localhost", "127.0.0.1", "[::1]")
_API = "/v1/"
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Refused(Exception):
    """A request that is not let through."""

    def __init__(self, status: int, kind: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.headers = status, kind, message, headers


class Guard:
    """The outermost layer of the service.

    Parameters
    ----------
    app
        What it stands before.
    settings
        See there.
    seen
        Called with the scope, status and seconds of every request.
    admit
        Raises `Refused` where there is no room for a job, before any of its file is read.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        seen: Callable[[Scope, int, float], None],
        admit: Callable[[], None],
    ) -> None:
        self._app, self._settings, self._seen, self._admit = app, settings, seen, admit
        self._coming = 0  # bytes that are being sent, or may be
        self._rate = RateLimitItemPerMinute(settings.rate) if settings.rate else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        own = settings.host if ":" not in settings.host else f"[{settings.host}]"
        self._hosts = {*(name.lower() for name in settings.hosts), own.lower()}
        if settings.is_local:
            self._hosts |= set(_LOCAL)
        self._is_everywhere = settings.is_everywhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, begun, status = secrets.token_hex(8), time.perf_counter(), 500
        begun_answer = False
        most, reserved = self._most(scope), 0
        body = _Body(receive, self._settings.max_bytes, most, Headers(scope=scope))

        async def answer(message: Message) -> None:
            nonlocal status, begun_answer
            if message["type"] == "http.response.start":
                status, begun_answer = message["status"], True
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                # The page is asked for anew, so that it never is another version than the service.
                is_page = not scope["path"].startswith(_API)
                headers.setdefault("cache-control", "no-cache" if is_page else "no-store")
            elif not message.get("more_body", False) and not body.is_over:
                # A connection that is closed while its caller still sends is reset, and the answer
                # may be lost with it: so the rest is let run out before the answer ends.
                await send({**message, "more_body": True})
                await body.run_out()
                message = {"type": "http.response.body"}
            await send(message)

        try:
            try:
                reserved = self._check(scope, most)
                await self._app(scope, body.receive, answer)
            except Refused as refused:
                if begun_answer:
                    raise
                await _refuse(refused, answer)
            except Exception:
                _LOG.exception("failed", extra={"request": request_id})
                if begun_answer:
                    raise
                message = f"the service failed; its log tells why under {request_id}."
                await _refuse(Refused(500, "Unexpected", message), answer)
        finally:
            self._coming -= reserved
            seconds = time.perf_counter() - begun
            self._seen(scope, status, seconds)
            _LOG.info(
                "request",
                extra={
                    "request": request_id,
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "ms": round(1000 * seconds, 1),
                },
            )

    def _most(self, scope: Scope) -> int:
        """Return how many bytes a body may have: only a form carries a file."""
        is_form = Headers(scope=scope).get("content-type", "").startswith("multipart/")
        return _FORM_BYTES + (self._settings.max_bytes if is_form else 0)

    def _check(self, scope: Scope, most: int) -> int:
        """Let a request through, or raise `Refused`; return the bytes that are reserved for it."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._goes_by(_name(host)):
            raise Refused(
                400,
                "UnknownHost",
                "the service does not go by this name; whoever runs it adds names with --name.",
            )
        origin = headers.get("origin")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            raise Refused(403, "OtherSite", "pages of other sites may not call the service.")
        if scope["path"].startswith(_API) or scope["path"] == "/metrics":
            self._check_token(headers)
        if scope["method"] == "POST" and self._rate is not None:
            client = scope["client"][0] if scope.get("client") else ""
            if not self._limiter.hit(self._rate, client):
                window = self._limiter.get_window_stats(self._rate, client)
                wait = str(max(round(window.reset_time - time.time()), 1))
                raise Refused(
                    429, "TooOften", f"that was too often; wait {wait} s.", **{"retry-after": wait}
                )
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            raise _too_large(self._settings.max_bytes)
        if scope["method"] != "POST":
            return 0
        self._admit()
        coming = int(length) if "content-length" in headers else most
        if self._coming + coming > _AT_ONCE * (self._settings.max_bytes + _FORM_BYTES):
            raise Refused(429, "Busy", "too much is being sent; try again.", **{"retry-after": "5"})
        self._coming += coming
        return coming

    def _goes_by(self, name: str) -> bool:
        if "*" in self._hosts or name in self._hosts:
            return True
        # Listening at all of the machine's addresses, it answers by each; only a name can be made
        # to lead here from elsewhere.
        return self._is_everywhere and (name == "localhost" or _is_address(name))

    def _check_token(self, headers: Headers) -> None:
        token = self._settings.token
        if token is None:
            return
        kind, _, shown = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secrets.compare_digest(
            shown.strip().encode(), token.encode()
        ):
            raise Refused(
                401,
                "NoToken",
                "show the service's token, as Authorization: Bearer TOKEN.",
                **{"www-authenticate": "Bearer"},
            )


class _Body:
    """What a caller sends: ended where it grows longer than `most` bytes, or does not go on."""

    def __init__(self, receive: Receive, max_bytes: int, most: int, headers: Headers) -> None:
        self._receive, self._max_bytes, self._most = receive, max_bytes, most
        self._n_bytes = 0
        has_length = headers.get("content-length", "0") != "0"
        self.is_over = not (has_length or "transfer-encoding" in headers)

    async def receive(self) -> Message:
        try:
            message = await asyncio.wait_for(self._receive(), None if self.is_over else _PATIENCE_S)
        except TimeoutError:
            self.is_over = True
            raise HTTPException(408, "the request did not go on.") from None
        self.is_over = not message.get("more_body", False)
        self._n_bytes += len(message.get("body", b""))
        if self._n_bytes > self._most:
            refused = _too_large(self._max_bytes)
            raise HTTPException(refused.status, refused.message)
        return message

    async def run_out(self) -> None:
        """Take what still comes and keep none of it, for `_LINGER_S` at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while not self.is_over:
                    message = await self._receive()
                    self.is_over = not message.get("more_body", False)


def _too_large(most: int) -> Refused:
    return Refused(413, "TooLarge", f"more than {most:,} bytes are not taken.")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _name(host: str) -> str:
    """Return a host without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()


async def _refuse(refused: Refused, send: Send) -> None:
    body = json.dumps({"error": {"type": refused.kind, "message": refused.message}}).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        **refused.headers,
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refused.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
