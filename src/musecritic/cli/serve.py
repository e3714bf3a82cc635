"""`musecritic serve`: a page and an API."""

from __future__ import annotations

from pathlib import Path

import click

from musecritic.web.settings import Settings


@click.command("serve")
@click.option(
    "--host",
    default=Settings.host,
    show_default=True,
    help="Address to listen on; any but this machine's own demands a token.",
)
@click.option("--port", type=click.IntRange(1, 65_535), default=Settings.port, show_default=True)
@click.option(
    "--token",
    envvar="MUSECRITIC_TOKEN",
    help="What callers must show. A command line can be read by others on the machine: rather "
    "set MUSECRITIC_TOKEN, or name a file.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File whose first line is the token.",
)
@click.option(
    "--name",
    "hosts",
    multiple=True,
    help="Another name by which the service may be called; may be repeated.",
)
@click.option(
    "--storage",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the jobs; by default one of the user's cache.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=Settings.workers, show_default=True)
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=Settings.threads,
    show_default=True,
    help="Processor threads of each worker.",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(1),
    default=Settings.max_bytes,
    show_default=True,
    help="Largest upload.",
)
@click.option(
    "--max-seconds",
    type=click.FloatRange(1),
    default=Settings.max_seconds,
    show_default=True,
    help="Longest music.",
)
@click.option("--max-notes", type=click.IntRange(1), default=Settings.max_notes, show_default=True)
@click.option(
    "--job-seconds",
    type=click.FloatRange(1),
    default=Settings.job_seconds,
    show_default=True,
    help="Longest that a job may run.",
)
@click.option(
    "--job-bytes",
    type=click.IntRange(1),
    default=Settings.job_bytes,
    show_default=True,
    help="Most memory that a worker may hold.",
)
@click.option(
    "--keep-hours",
    type=click.FloatRange(0, min_open=True),
    default=Settings.keep_seconds / 3600,
    show_default=True,
    help="How long a job's files are kept.",
)
@click.option(
    "--most-waiting",
    type=click.IntRange(1),
    default=Settings.most_waiting,
    show_default=True,
    help="Jobs that may wait; more are refused.",
)
@click.option(
    "--rate",
    type=click.IntRange(0),
    default=Settings.rate,
    show_default=True,
    help="Jobs a minute from one address; 0 sets no limit.",
)
def command(
    host: str,
    port: int,
    token: str | None,
    token_file: Path | None,
    hosts: tuple[str, ...],
    storage: Path | None,
    workers: int,
    threads: int,
    max_bytes: int,
    max_seconds: float,
    max_notes: int,
    job_seconds: float,
    job_bytes: int,
    keep_hours: float,
    most_waiting: int,
    rate: int,
) -> None:
    """Serve a page to drop files on, and the API behind it (/docs tells of that)."""
    from musecritic.corpora.cache import cache_folder
    from musecritic.web.serve import serve

    if token_file is not None:
        if token is not None:
            raise click.UsageError("give --token (or MUSECRITIC_TOKEN) or --token-file, not both.")
        token = token_file.read_text("utf-8").partition("\n")[0].strip()
    serve(
        Settings(
            storage=storage or cache_folder() / "serve",
            host=host,
            port=port,
            token=token,
            hosts=hosts,
            workers=workers,
            threads=threads,
            max_bytes=max_bytes,
            max_seconds=max_seconds,
            max_notes=max_notes,
            job_seconds=job_seconds,
            job_bytes=job_bytes,
            keep_seconds=keep_hours * 3600,
            most_waiting=most_waiting,
            rate=rate,
        )
    )
