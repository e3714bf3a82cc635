"""The command line: `musecritic COMMAND`. Each command is a thin module beside this one."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

import click

from musecritic import __version__
from musecritic.cli.lazy import LazyGroup
from musecritic.errors import BadInput, MuseCriticError, UnknownName

#: Command to its one line of help; the module is imported when the command is run.
COMMANDS = {
    "score": "Judge files: does this music behave like music that people wrote and played?",
    "identify": "Say who or what composed a piece, in whose manner, and what it is near to.",
    "explain": "Write a page on what speaks for each label of a piece, seen and heard.",
    "repair": "Find wrong notes, propose edits, and write the file with them.",
    "corrupt": "Damage a file on purpose, to hear or test what the critic hears.",
    "compose": "Let the critic compose, one note and one voice after the other.",
    "prepare": "Read a corpus once into a compact cache.",
    "train": "Train a network.",
    "serve": "Serve a page to drop files on, and an API.",
    "evaluate": "Measure a network and write figures, tables and pictures.",
}


class Main(LazyGroup):
    """The group of all commands, which turns errors into messages and exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # file names need not be UTF-8
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except (BadInput, UnknownName) as error:
            click.echo(f"musecritic: {error}", err=True)
            sys.exit(2)
        except BrokenPipeError:  # the reader, such as `head`, has enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except (MuseCriticError, OSError) as error:
            click.echo(f"musecritic: {error}", err=True)
            sys.exit(1)


@click.group(
    cls=Main,
    members=COMMANDS,
    module_of="musecritic.cli.{name}".format,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="musecritic")
def main() -> None:
    """A critic for music: says whether a piece behaves like music, and where it goes wrong.

    Exit status: 0 all done; 1 some inputs failed, each with its own error, the others done;
    2 wrong usage.
    """
