"""Leases, rent invoices, payments, reconciliation and aging as plain objects and functions.

Every public name can be imported from here and is loaded on first use, so that importing the
package costs little more than importing attrs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass  # Type checkers read the names here: `from marketplace_core.errors import X as X`.

__all__: list[str] = []

# Name -> the module below this package that defines it. A test holds this, `__all__` and the imports equal.
_HOME_OF_NAME: dict[str, str] = {}


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it, and keep it."""
    home = _HOME_OF_NAME.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
