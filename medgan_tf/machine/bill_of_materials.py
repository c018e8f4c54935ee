"""The software bill of materials of this installation, in CycloneDX 1.6 (ECMA-424): every package with its version.

Written here instead of by a library: the format needs a few dozen lines, and a library would bring half a dozen more
packages into the list that somebody has to check.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from urllib.parse import quote

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from medgan_tf.errors import DataError

PROJECT = "medgan-tf"
_LONGEST_LICENCE = 100
_LICENCE_CLASSIFIER = "License :: "


def bill_of_materials(
    installed: Iterable[Distribution] | None = None,
    hashes: Mapping[str, tuple[str, list[str]]] | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """The bill as JSON values. It names no folder, no user and no host.

    Two equal installations have the same serial number: it is made from the content, without the time.

    Args:
        installed: The packages; by default all of the running environment, since any of them can be imported.
        hashes: Name to (version, SHA-256 of each file of that version), from `locked_hashes`. A package that is
            installed in that version gets them: its own file is one of these.
        now: Time of the bill; by default now.
    """
    found = {}
    for one in distributions() if installed is None else installed:
        # Of two with the same name, Python imports the first. A folder without metadata has no name.
        if one.metadata.get("Name"):
            found.setdefault(canonicalize_name(one.metadata["Name"]), one)
    components = {name: _component(name, one, (hashes or {}).get(name)) for name, one in sorted(found.items())}
    project = components.pop(canonicalize_name(PROJECT), {"type": "library", "bom-ref": PROJECT, "name": PROJECT})
    references = {name: component["bom-ref"] for name, component in components.items()}
    content = {
        "component": {**project, "type": "application"},
        "components": list(components.values()),
        "dependencies": [
            {
                "ref": project["bom-ref"] if name == canonicalize_name(PROJECT) else references[name],
                "dependsOn": [references[need] for need in _needs(one) if need in references],
            }
            for name, one in sorted(found.items())
        ],
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": content["component"],
        },
        "components": content["components"],
        "dependencies": content["dependencies"],
    }


def _component(name: str, one: Distribution, locked: tuple[str, list[str]] | None) -> dict[str, Any]:
    address = f"pkg:pypi/{name}@{quote(one.version, safe='')}"
    component = {"type": "library", "bom-ref": address, "name": one.metadata["Name"], "version": one.version}
    licences = _licences(one)
    if licences:
        component["licenses"] = licences
    if locked and locked[0] == one.version:
        component["hashes"] = [{"alg": "SHA-256", "content": digest} for digest in locked[1]]
    return component | {"purl": address}


def _licences(one: Distribution) -> list[dict[str, Any]]:
    """What the package itself says: an SPDX expression (PEP 639), a short text, or its classifiers."""
    expression, text = one.metadata.get("License-Expression"), (one.metadata.get("License") or "").strip()
    if expression:
        return [{"expression": expression}]
    if text not in ("", "UNKNOWN") and "\n" not in text and len(text) <= _LONGEST_LICENCE:
        return [{"license": {"name": text}}]
    classifiers = one.metadata.get_all("Classifier") or []
    names = [line.rsplit(" :: ", 1)[1] for line in classifiers if line.startswith(_LICENCE_CLASSIFIER)]
    return [{"license": {"name": name}} for name in dict.fromkeys(names)]


def _needs(one: Distribution) -> list[str]:
    """Names of what a package needs on this system, its extras left out."""
    names = set()
    for line in one.requires or ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            names.add(canonicalize_name(requirement.name))
    return sorted(names)


def locked_hashes(path: str | Path) -> dict[str, tuple[str, list[str]]]:
    """Name to (version, SHA-256 of each file) of a lock file that `uv pip compile --generate-hashes` wrote.

    Raises:
        DataError: The file cannot be read, or has no such entry.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from error
    found: dict[str, tuple[str, list[str]]] = {}
    for entry in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE):
        head = re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", entry)
        digests = re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry)
        if head and digests:
            found[canonicalize_name(head[1])] = head[2], digests
    if not found:
        raise DataError(f"{path} is no lock file: expected lines such as name==1.0 with --hash=sha256:...")
    return found


def differences(bill: Mapping[str, Any], locked: Mapping[str, tuple[str, list[str]]]) -> list[str]:
    """One line for each package whose version differs from the locked one, or that is not locked."""
    lines = []
    for component in bill["components"]:
        name, version = canonicalize_name(component["name"]), component["version"]
        if name not in locked:
            lines.append(f"{name} {version} is not in the lock")
        elif locked[name][0] != version:
            lines.append(f"{name} {version}: the lock has {locked[name][0]}")
    return lines
