"""What whoever runs the service may set."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from musecritic.errors import BadInput
from musecritic.music.limits import Limits

MOST_SECONDS = 20 * 60.0  # as long as is rendered
MOST_NOTES = 50_000
FEWEST_TOKEN, MOST_TOKEN = 16, 1024  # characters


@dataclass(frozen=True)
class Settings:
    """The service's settings.

    Attributes
    ----------
    storage
        Folder of the jobs: their files and a database.
    host, port
        Where it listens. Any address but the machine's own demands a token.
    token
        What callers must show as ``Authorization: Bearer``; None lets everybody in.
    hosts
        Names by which it may be called besides its own address; others are refused, so that no
        page from elsewhere reaches it under a name of its own (DNS rebinding).
    workers
        Processes that work.
    threads
        Processor threads of each.
    max_bytes, max_seconds, max_notes
        The largest upload, of which `max_notes` counts files of notes alone.
    job_seconds, job_bytes
        The longest that a job may run, and the most memory that its worker may hold.
    keep_seconds
        How long a job's files are kept after its end.
    most_waiting
        Jobs that may wait; more are refused until some are done.
    rate
        Jobs a minute from one address; 0 sets no limit.
    grace_seconds
        How long running jobs may go on once the service is told to stop.
    """

    storage: Path
    host: str = "127.0.0.1"
    port: int = 8642
    token: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()
    workers: int = 1
    threads: int = 1
    max_bytes: int = 50_000_000
    max_seconds: float = MOST_SECONDS
    max_notes: int = MOST_NOTES
    job_seconds: float = 300.0
    job_bytes: int = 4_000_000_000
    keep_seconds: float = 24 * 3600.0
    most_waiting: int = 200
    rate: int = 120
    grace_seconds: float = 10.0

    def __post_init__(self) -> None:
        if self.token is not None and len(self.token) < FEWEST_TOKEN:
            raise BadInput(f"the token is too short; take {FEWEST_TOKEN} characters or more.")
        if self.token is not None and len(self.token) > MOST_TOKEN:
            raise BadInput(f"the token is too long; take {MOST_TOKEN} characters at most.")
        if self.token is not None and not (
            self.token.isascii() and self.token.isprintable() and self.token == self.token.strip()
        ):
            raise BadInput("the token has letters that a header cannot carry; take ASCII's.")
        if self.token is None and not self.is_local:
            raise BadInput(
                f"{self.host} can be reached by others, so callers must show a token. Set one "
                "with --token-file or MUSECRITIC_TOKEN, or listen on 127.0.0.1."
            )
        if self.token is None and self.hosts:
            raise BadInput(
                f"by the name {self.hosts[0]} others can reach it, so callers must show a token. "
                "Set one with --token-file or MUSECRITIC_TOKEN, or leave out --name."
            )

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def is_everywhere(self) -> bool:
        """Whether it listens at all addresses of the machine."""
        return self.host in ("0.0.0.0", "::")  # noqa: S104 - it is asked, not chosen

    @property
    def limits(self) -> Limits:
        """What a file may claim."""
        return Limits(self.max_bytes, self.max_notes, self.max_seconds)
