"""Records printed as a table for people, or as JSON, JSON lines or CSV for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.table import Table

Record = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Any])


def format_option(printed: str) -> Callable[[F], F]:
    """Add ``--format table|json|jsonl|csv``, given to the command as `form`."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json", "jsonl", "csv"]),
        default="table",
        show_default=True,
        help=printed,
    )


#: For commands that give one record for every file.
per_file = format_option("json is one list, jsonl one record a line as soon as it is known.")


def write(
    records: Iterator[Record],
    form: str,
    *,
    table: Callable[[Iterator[Record]], None],
    columns: tuple[str, ...],
) -> bool:
    """Print records in one of the four formats; say whether all went well.

    Parameters
    ----------
    records
        Of the results; those of a `Failure` have an ``error``.
    form
        table, json, jsonl or csv.
    table
        Prints the records for a person.
    columns
        The keys that CSV prints, before ``error``; nested values have no place there.
    """
    well = True

    def watched() -> Iterator[Record]:
        nonlocal well
        for record in records:
            well &= "error" not in record
            yield record

    if form == "json":
        click.echo(json.dumps(list(watched()), ensure_ascii=False, indent=1))
    elif form == "jsonl":
        for record in watched():
            click.echo(json.dumps(record, ensure_ascii=False))
    elif form == "csv":
        writer = csv.DictWriter(
            sys.stdout, (*columns, "error"), extrasaction="ignore", lineterminator="\n"
        )
        writer.writeheader()
        for record in watched():
            error = {"error": record["error"]["message"]} if "error" in record else {}
            writer.writerow({**record, **error})
    else:
        table(watched())
    return well


def print_table(table: Table, caveats: Iterable[str], errors: Iterable[str]) -> None:
    """Print a table for people, if it has rows; caveats and errors go to stderr."""
    from rich.console import Console

    if table.row_count:
        console = Console()
        if not console.is_terminal:  # a file or a pipe has no width to fit
            console.width = 160
        console.print(table)
    for caveat in caveats:
        click.echo(f"note: {caveat}", err=True)
    for error in errors:
        click.echo(f"error: {error}", err=True)


def lines(line: Callable[[Record], str]) -> Callable[[Iterator[Record]], None]:
    """Return a table of one line a result; failures go to stderr."""

    def table(records: Iterator[Record]) -> None:
        for record in records:
            if "error" in record:
                click.echo(f"error: {record['error']['message']}", err=True)
            else:
                click.echo(line(record))

    return table


def write_one(
    record: Record, form: str, *, line: Callable[[Record], str], columns: tuple[str, ...]
) -> None:
    """Print the one record of a command that has no more; `write`, but json is no list."""
    if form == "json":
        click.echo(json.dumps(record, ensure_ascii=False, indent=1))
    else:
        write(iter([record]), form, table=lines(line), columns=columns)
