"""The software bill of materials: what is listed, with which hashes, and what the file does not say."""

import configparser
import re
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from medgan_tf.errors import DataError
from medgan_tf.machine.bill_of_materials import bill_of_materials, differences, locked_hashes

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LOCK = f"""# a comment
one-thing==1.0 \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
other==3 ; sys_platform == 'win32' \\
    --hash=sha256:{"c" * 64}
"""


def package(folder, name, version, *lines):
    """A distribution as pip leaves it."""
    place = folder / f"{name}-{version}.dist-info"
    place.mkdir()
    text = "\n".join(["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines])
    (place / "METADATA").write_text(text + "\n", encoding="utf-8")
    return Distribution.at(place)


@pytest.fixture
def installed(tmp_path):
    return [
        package(
            tmp_path,
            "medgan-tf",
            "9.1",
            "License: Apache-2.0",
            "Requires-Dist: One.Thing>=1",
            "Requires-Dist: other; sys_platform == 'nowhere'",
            "Requires-Dist: extra-thing; extra == 'test'",
            "Requires-Dist: absent>=2",
        ),
        package(tmp_path, "One_Thing", "1.0", "License-Expression: MIT", "Requires-Dist: other"),
        package(
            tmp_path,
            "other",
            "2.0+cpu",
            "License: " + "long " * 50,
            "Classifier: License :: OSI Approved :: BSD License",
        ),
        package(tmp_path, "extra-thing", "4", "License: UNKNOWN"),
    ]


def test_packages_and_what_they_need(installed):
    bill = bill_of_materials(installed, now=NOW)
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert bill["metadata"] == {
        "timestamp": "2026-03-04T05:06:07Z",
        "component": {
            "type": "application",
            "bom-ref": "pkg:pypi/medgan-tf@9.1",
            "name": "medgan-tf",
            "version": "9.1",
            "licenses": [{"license": {"name": "Apache-2.0"}}],
            "purl": "pkg:pypi/medgan-tf@9.1",
        },
    }
    assert [(one["purl"], one.get("licenses")) for one in bill["components"]] == [
        ("pkg:pypi/extra-thing@4", None),
        ("pkg:pypi/one-thing@1.0", [{"expression": "MIT"}]),
        ("pkg:pypi/other@2.0%2Bcpu", [{"license": {"name": "BSD License"}}]),
    ]
    assert bill["dependencies"] == [
        {"ref": "pkg:pypi/extra-thing@4", "dependsOn": []},
        {"ref": "pkg:pypi/medgan-tf@9.1", "dependsOn": ["pkg:pypi/one-thing@1.0"]},
        {"ref": "pkg:pypi/one-thing@1.0", "dependsOn": ["pkg:pypi/other@2.0%2Bcpu"]},
        {"ref": "pkg:pypi/other@2.0%2Bcpu", "dependsOn": []},
    ]


def test_the_serial_number_is_that_of_the_content(installed):
    first = bill_of_materials(installed, now=NOW)["serialNumber"]
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", first)
    assert bill_of_materials(reversed(installed))["serialNumber"] == first
    assert bill_of_materials(installed[:3])["serialNumber"] != first


def test_hashes_of_the_locked_version_only(installed, tmp_path):
    (tmp_path / "requirements.lock").write_text(LOCK, encoding="utf-8")
    locked = locked_hashes(tmp_path / "requirements.lock")
    assert locked == {"one-thing": ("1.0", ["a" * 64, "b" * 64]), "other": ("3", ["c" * 64])}
    bill = bill_of_materials(installed, locked, NOW)
    assert [one.get("hashes") for one in bill["components"]] == [
        None,
        [{"alg": "SHA-256", "content": "a" * 64}, {"alg": "SHA-256", "content": "b" * 64}],
        None,
    ]
    assert differences(bill, locked) == ["extra-thing 4 is not in the lock", "other 2.0+cpu: the lock has 3"]


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "No such file or directory"), (b"\xff\xfe\xff", "it is not UTF-8"), (b"one==1\n", "is no lock file")],
)
def test_what_is_no_lock(tmp_path, content, message):
    if content is not None:
        (tmp_path / "x.lock").write_bytes(content)
    with pytest.raises(DataError, match=message):
        locked_hashes(tmp_path / "x.lock")


def test_this_installation():
    bill = bill_of_materials(hashes=locked_hashes(ROOT / "requirements.lock"))
    versions = {canonicalize_name(one["name"]): one["version"] for one in bill["components"]}
    options = configparser.ConfigParser()
    options.read(ROOT / "setup.cfg")
    wanted = re.findall(r"^([\w.-]+)[<>=]", options["options"]["install_requires"].strip(), re.MULTILINE)
    assert len(wanted) > 10 and {canonicalize_name(name) for name in wanted} <= set(versions)
    found = {canonicalize_name(one.metadata["Name"]): one.version for one in distributions()}
    assert versions == {name: version for name, version in found.items() if name in versions}
    text = str(bill)
    assert str(ROOT) not in text and str(Path.home()) not in text and "file:" not in text
