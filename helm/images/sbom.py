"""What is in an image, as CycloneDX: packages of Debian, Python and Go, and jars. Run while it is built.

    python3 sbom.py --name gridata/spark-jobs /opt/gridata >sbom.cdx.json

Standard library only, and the same output for the same files: no time, no random serial number.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

DPKG_STATUS = Path("var/lib/dpkg/status")
_JAR = re.compile(r"(?P<name>.+)-(?P<version>\d[\w.+-]*)\.jar")
Component = dict[str, Any]


def debian_packages(root: Path) -> Iterator[Component]:
    """The installed ones; none where there is no dpkg."""
    status = root / DPKG_STATUS
    if not status.is_file():
        return
    for text in status.read_text(encoding="utf-8").split("\n\n"):
        package = HeaderParser().parsestr(text)
        if package["Status"] == "install ok installed":
            name, version, arch = package["Package"], package["Version"], package["Architecture"]
            yield _component(name, version, f"pkg:deb/debian/{name}@{quote(version)}?arch={arch}")


def python_distributions(folder: Path) -> Iterator[Component]:
    """Those whose metadata lie below the folder."""
    for path in folder.rglob("*.dist-info/METADATA"):
        about = HeaderParser().parsestr(path.read_text(encoding="utf-8", errors="replace"))
        name = re.sub(r"[-_.]+", "-", about["Name"]).lower()
        component = _component(name, about["Version"], f"pkg:pypi/{name}@{quote(about['Version'])}")
        expression = about["License-Expression"]
        yield component | ({"licenses": [{"expression": expression}]} if expression else {})


def jars(folder: Path) -> Iterator[Component]:
    """Those below the folder, with their hashes; the group is not written in a file's name."""
    for path in folder.rglob("*.jar"):
        match = _JAR.fullmatch(path.name)
        name, version = (match["name"], match["version"]) if match else (path.stem, "")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        purl = f"pkg:generic/{quote(path.name)}?checksum=sha256:{digest}"
        yield _component(name, version, purl) | {"hashes": [{"alg": "SHA-256", "content": digest}]}


def go_modules(said: str) -> Iterator[Component]:
    """Those that a program was built from, by what `go version -m` says of it; a replaced one is its replacement."""
    modules: list[tuple[str, str]] = []
    for line in said.splitlines():
        kind, *words = line.split() or [""]
        if kind == "=>":
            modules.pop()
        if kind in ("mod", "dep", "=>"):
            modules.append((words[0], words[1]))
    for name, version in modules:
        yield _component(name, version, f"pkg:golang/{name}@{quote(version)}")


def bill(name: str, folder: Path, root: Path = Path("/"), go: str = "") -> Component:
    """The whole document; components by their package URL."""
    found = [*debian_packages(root), *python_distributions(folder), *jars(folder), *go_modules(go)]
    unique = {component["bom-ref"]: component for component in found}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": name, "bom-ref": name}},
        "components": [unique[reference] for reference in sorted(unique)],
    }


def _component(name: str, version: str, purl: str) -> Component:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def main() -> None:
    """Print the bill of one image."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="Below it lie Python's distributions and the jars.")
    parser.add_argument("--name", required=True, help="Of the image.")
    parser.add_argument("--root", type=Path, default=Path("/"), help="Where the image's files lie; default: here.")
    parser.add_argument("--modules", type=Path, help="What `go version -m` said of the program in it.")
    options = parser.parse_args()
    go = options.modules.read_text(encoding="utf-8") if options.modules else ""
    json.dump(bill(options.name, options.folder, options.root, go), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
