"""Writes docs/licenses.md: what the program needs at run time, and each package's licence."""

import re
import sys
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;]+)(?P<rest>.*)$", re.MULTILINE)
HEAD = """# Licences of the packages used

Made by `make licenses` from `requirements/run.txt`: everything that `marketplace-core[all]` needs at run
time on Linux and macOS. The project itself is under the Apache License 2.0 (`LICENSE`). Without extras only
attrs, cattrs and typing-extensions are needed.

| package | version | licence | needed for |
| --- | --- | --- | --- |
"""


def licence_of(package: PackageMetadata) -> str:
    """The licence as its authors state it: the expression, else the classifiers, else one line of text."""
    if "License-Expression" in package:
        return package["License-Expression"]
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in package.get_all("Classifier") or []
        if line.startswith("License :: OSI Approved :: ")
    ]
    stated = package.get_all("License") or ["not stated"]
    return " and ".join(classifiers) or stated[0].splitlines()[0]


def pins(path: Path) -> list[tuple[str, str]]:
    """Names and versions pinned in a requirements file for anything but Windows."""
    found = PIN.finditer(path.read_text("utf-8"))
    return [(pin["name"], pin["version"]) for pin in found if "== 'win32'" not in pin["rest"]]


def main() -> int:
    """Write the table; 1 if a package is not installed and so its licence not known."""
    always = {name for name, _ in pins(ROOT / "requirements" / "core.txt")} & {
        "attrs",
        "cattrs",
        "typing-extensions",
    }
    lines: list[str] = []
    for name, version in pins(ROOT / "requirements" / "run.txt"):
        try:
            licence = licence_of(metadata(name))
        except PackageNotFoundError:
            print(f"{name} is not installed: run make install", file=sys.stderr)
            return 1
        lines.append(f"| {name} | {version} | {licence} | {'the core' if name in always else 'an extra'} |\n")
    (ROOT / "docs" / "licenses.md").write_text(HEAD + "".join(lines), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
