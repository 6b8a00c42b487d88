"""The program's commands: a table of names, each loaded when it is used."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from cyclopts import App

from marketplace_entrypoints.cli.commands import COMMANDS, EPILOGUE, HELP

_HERE: Final = "marketplace_entrypoints.cli"


def build_app() -> App:
    """The program, with none of its commands loaded."""
    app = App(
        name="marketplace",
        help=HELP,
        help_format="plaintext",
        help_formatter="plain",
        version=lambda: version("marketplace-core"),
        help_epilogue=EPILOGUE,
        suppress_keyboard_interrupt=False,
    )
    for name, place, words in COMMANDS:
        app.command(f"{_HERE}.{place}", name=name, help=words)
    app.register_install_completion_command()  # pyright: ignore[reportUnknownMemberType]  # pyright: ignore[reportUnknownMemberType]
    return app


def group(name: str, words: str) -> App:
    """A group of commands."""
    return App(name=name, help=words, help_format="plaintext", help_formatter="plain")
