"""`croissant.json`: the release for programs that load datasets, in Croissant 1.1 with its vocabulary RAI.

Specification: docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html and croissant-rai-spec.html. It describes files
of this folder only, and names no server.
"""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medgan_tf.files.csv_files import original
from medgan_tf.files.regular_files import open_regular
from medgan_tf.release.cards.about import Release
from medgan_tf.release.cards.card_page import NOT_STATED
from medgan_tf.release.cards.evidence import Evidence, Fact, described
from medgan_tf.release.cards.sentences import (
    INTENDED,
    OUT_OF_SCOPE,
    description,
    failures,
    headlines,
    title,
    training_data,
)
from medgan_tf.release.verifier import found_files

TABLE, GENERATOR = "images/labels.csv", "generator"
CONFORMS = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
_CR = (
    "citeAs", "column", "containedIn", "equivalentProperty", "excludes", "extract", "field", "fileProperty",
    "fileObject", "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path",
    "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField",
    "transform",
)  # fmt: skip
_CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "examples": {"@id": "cr:examples", "@type": "@json"},
    **{name: f"cr:{name}" for name in _CR},
}  # fmt: skip
_KINDS = {".png": "image/png", ".dcm": "application/dicom", ".csv": "text/csv", ".json": "application/json"}
_NUMBERED = re.compile(r"\d+(\.\d+){0,2}")
_LARGEST_TABLE, _LONGEST_LINE = 2**31, 2**16
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")


def croissant_values(folder: Path, release: Release, facts: Mapping[str, Fact], evidence: Evidence) -> dict[str, Any]:
    """The content of `croissant.json`.

    Args:
        folder: The folder of the release with its images and generator.
        release: The release, see `card.plain_release`.
        facts: Its facts.
        evidence: Its result files.

    Raises:
        DataError: A file cannot be read.
    """
    names = found_files(folder)[0]
    files = [TABLE] if TABLE in names else []
    files += sorted(name for name in names if name.startswith(f"{GENERATOR}/"))
    sets = _image_sets(release) if TABLE in names else []
    values = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": release.name,
        "alternateName": title(release),
        "description": description(release),
        "conformsTo": list(CONFORMS),
        "license": _licence(release.licence),
        "url": "README.md",
        "version": _version(release.version),
        "datePublished": release.created,
        "creator": {"@type": "sc:Organization", "name": release.contact or NOT_STATED},
        "keywords": ["synthetic", "medical images", *release.labels],
        "isLiveDataset": False,
        "citeAs": f"{title(release)}, {release.created}",
        **_responsible(release, facts, evidence),
        "distribution": [*(_file(folder, name) for name in files), *sets],
    }
    return values | ({"recordSet": [_records(_columns(folder))]} if TABLE in names else {})


def _responsible(release: Release, facts: Mapping[str, Fact], evidence: Evidence) -> dict[str, Any]:
    gate = "The gate of the release holds." if release.gate["holds"] else "The gate of the release does not hold."
    override = f" Overridden: {release.gate['override']}" if release.gate["override"] else ""
    withdraws = f" It revokes: {', '.join(release.withdraws)}." if release.withdraws else ""
    return {
        "rai:dataCollection": "No image was taken of anybody. A generative network that was trained on real images "
        "drew them from random numbers and labels.",
        "rai:dataCollectionType": ["Software Collection"],
        "rai:dataCollectionRawData": " ".join(training_data(release, facts, evidence)),
        "rai:dataAnnotationProtocol": "Labels are what the network was asked for; nobody has read the images.",
        "rai:machineAnnotationTools": ["medgan-tf"],
        "rai:dataUseCases": list(INTENDED),
        "rai:dataLimitations": [*OUT_OF_SCOPE, *failures(release, facts, evidence)],
        "rai:dataBiases": "The images can have every bias of the training images, and fewer of their rare findings.",
        "rai:personalSensitiveInformation": [headlines(facts)[2], f"{gate}{override}"],
        "rai:dataSocialImpact": "Look at what the release gives away about training patients before you share it.",
        "rai:dataReleaseMaintenancePlan": f"Version {release.version}.{withdraws} A later version can revoke this one. "
        f"Contact: {release.contact or NOT_STATED}.",
    }


def _file(folder: Path, name: str) -> dict[str, Any]:
    entry = described(folder, name)
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{entry['bytes']} B",
        "encodingFormat": _KINDS.get(Path(name).suffix, "application/octet-stream"),
        "sha256": entry["sha256"],
    }


def _image_sets(release: Release) -> list[dict[str, Any]]:
    ending = {"png": ".png", "dicom": ".dcm"}.get(release.form)
    if ending is None:
        return []
    return [{"@type": "cr:FileSet", "@id": "image-files", "name": "image-files", "encodingFormat": _KINDS[ending],
             "includes": f"images/**/*{ending}"}]  # fmt: skip


def _columns(folder: Path) -> list[str]:
    """The column names of the table as they stand there, with the apostrophe of a neutralised one."""
    with open_regular(folder / TABLE, _LARGEST_TABLE) as file:
        first = file.readline(_LONGEST_LINE)
    return next(csv.reader([first.decode("utf-8", "replace")]), [])


def _records(columns: list[str]) -> dict[str, Any]:
    kinds = {"path": "sc:Text", "fold": "sc:Text", "sex": "sc:Text", "view": "sc:Text"}
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"images/{number}",
            "name": original(column),
            "description": "Its path below images/" if column == "path" else f"Column {original(column)}",
            "dataType": kinds.get(column, "sc:Integer"),
            "source": {"fileObject": {"@id": TABLE}, "extract": {"column": column}},
        }
        for number, column in enumerate(columns)
    ]
    return {"@type": "cr:RecordSet", "@id": "images", "name": "images", "description": "A row for each image.",
            "field": fields}  # fmt: skip


def _licence(licence: str) -> str:
    """The address of a licence that has a name in SPDX's form; any other text as it is."""
    return f"https://spdx.org/licenses/{licence}.html" if _SPDX.fullmatch(licence) else licence or NOT_STATED


def _version(version: str) -> str:
    """As Croissant wants it, three numbers; a version of another form is given as it is."""
    return ".".join([*version.split("."), "0", "0"][:3]) if _NUMBERED.fullmatch(version) else version
