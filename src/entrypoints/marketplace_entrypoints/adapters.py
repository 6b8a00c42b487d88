"""Adapters by name: the ones that come with the package, and those of other packages by entry points, loaded on use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from attrs import frozen

from marketplace_core.errors import AdapterClash, AdapterMissing


@frozen
class Home:
    """Where an adapter of ours is: ``module:name``, and the extra that installs what it needs."""

    path: str
    extra: str = ""


def load_adapter(group: str, name: str, ours: Mapping[str, Home]) -> Any:  # noqa: ANN401 - each group has a shape of its own
    """The adapter of that name; other packages add some under the entry point group ``marketplace.…``.

    Raises AdapterMissing, with what to install, and AdapterClash where two packages offer the name.
    """
    others = [point for point in entry_points(group=group) if point.name == name]
    if len(others) + (name in ours) > 1:
        packages: list[str] = [_package(point) for point in others]
        if name in ours:
            packages.append("marketplace-core")
        raise AdapterClash(f"{group}: {' and '.join(sorted(packages))} both offer {name!r}; uninstall one of them")
    if others:
        return _loaded(others[0].load, name, f"reinstall {_package(others[0])}")
    if name not in ours:
        known = sorted({*ours, *(point.name for point in entry_points(group=group))})
        raise AdapterMissing(f"{group}: nothing installed offers {name!r}; there is {', '.join(known) or 'none'}")
    home = ours[name]
    hint = f"pip install 'marketplace-core[{home.extra}]'" if home.extra else "reinstall marketplace-core"
    return _loaded(lambda: _attribute(home.path), name, hint)


def is_offered(group: str, name: str, ours: Collection[str] = ()) -> bool:
    """True where an adapter of that name is ours or another package's; nothing is loaded."""
    return name in ours or any(point.name == name for point in entry_points(group=group))


def _loaded(load: Any, name: str, hint: str) -> Any:  # noqa: ANN401 - each group has a shape of its own
    try:
        return load()
    except ImportError as problem:
        raise AdapterMissing(f"adapter {name!r} cannot be loaded ({problem}): {hint}") from problem


def _attribute(path: str) -> object:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value
