"""Groups of commands that are imported only to be run, so that ``--help`` is quick."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """A group of commands.

    Parameters
    ----------
    members
        Of each command its one line of help.
    module_of
        Returns, for ``name=``, the module whose `command` it is.
    """

    def __init__(
        self,
        *args: Any,
        members: Mapping[str, str],
        module_of: Callable[..., str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._members, self._module_of = members, module_of

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._members)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self._members:
            return None
        module = importlib.import_module(self._module_of(name=name))
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self._members.items()))
