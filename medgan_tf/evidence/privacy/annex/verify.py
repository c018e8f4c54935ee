"""Verifies an annex: its files against each other and against the audit, and the inputs against their hashes."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import medgan_tf
from medgan_tf.errors import DataError
from medgan_tf.evidence.privacy.annex.content import FORMAT_VERSION, WHAT, annex_content, canonical, sha256_of_content
from medgan_tf.evidence.privacy.annex.input_hashes import Input, Places, recomputed
from medgan_tf.evidence.privacy.annex.page import annex_page
from medgan_tf.evidence.privacy.annex.write import KINDS
from medgan_tf.files.json_files import LARGEST, parse_json
from medgan_tf.files.regular_files import read_regular
from medgan_tf.files.run_folders import RunFolder

EQUAL, DIFFERENT, NOT_HERE = "equal", "different", "not here"


@dataclass(frozen=True)
class Check:
    """One comparison.

    Attributes:
        what: What was compared.
        state: `EQUAL`, `DIFFERENT` or `NOT_HERE`.
        words: The hash that was expected and the one that was found, or the reason why there is none.
    """

    what: str
    state: str
    words: str = ""


@dataclass(frozen=True)
class Verification:
    """All comparisons of an annex.

    Attributes:
        checks: One for each thing, the annex's own files first.
        sha256: Hashes of the annex's files as they are now, by name.
    """

    checks: list[Check]
    sha256: dict[str, str]

    def exit_code(self, partial: bool = False) -> int:
        """0 when all is equal, else 1. With `partial`, what is not here does not count."""
        states = {check.state for check in self.checks} - ({NOT_HERE} if partial else set())
        return 0 if states == {EQUAL} else 1


def verify_annex(file: Path, places: Places) -> Verification:
    """Compares everything that is here.

    Args:
        file: The page, the JSON or the list of hashes of an annex; the others are looked for beside it.
        places: Where inputs lie; what is None is looked for in the run, if that is found from where the file lies.

    Raises:
        DataError: The file is no annex, or its JSON is missing or damaged.
    """
    if file.suffix.removeprefix(".") not in KINDS:
        raise DataError(
            f"{file}: expected an annex, a file .html, .json or .sha256 that `medgan-tf privacy` has written"
        )
    page, values, hashes = (file.with_suffix(f".{kind}") for kind in KINDS)
    content, written = _json(values)
    places = _found_places(values, content, places)
    checks = [*_own_files(page, values, hashes, content, written), *_result(content, places)]
    checks += [check for one in content["inputs"] if (check := _input(one, places))]
    return Verification(checks, {path.name: _sha256(path) for path in (page, values) if path.is_file()})


def _json(path: Path) -> tuple[dict[str, Any], bytes]:
    """The content of the annex, and its bytes."""
    written = read_regular(path, LARGEST)
    try:
        content = parse_json(written)
    except ValueError as error:
        raise DataError(f"{path} cannot be read ({error}); restore it, or audit again") from error
    if not isinstance(content, dict) or content.get("what") != WHAT:
        raise DataError(f"{path} is no annex of a privacy audit")
    if content.get("format_version") != FORMAT_VERSION:
        raise DataError(f"{path} has format {content.get('format_version')!r:.20}; this version reads {FORMAT_VERSION}")
    inputs = content.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) and _is_input(one) for one in inputs):
        raise DataError(f"{path} has no list of inputs; restore it, or audit again")
    return content, written


def _is_input(one: Mapping[str, Any]) -> bool:
    folds = one.get("folds") or []
    return (
        isinstance(one.get("name"), str)
        and isinstance(one.get("what"), str)
        and isinstance(one.get("sha256"), str | None)
        and isinstance(one.get("part"), str | None)
        and isinstance(folds, list)
        and all(isinstance(fold, str) for fold in folds)
    )


def _own_files(page: Path, values: Path, hashes: Path, content: dict[str, Any], written: bytes) -> Iterator[Check]:
    listed = _listed(hashes)
    for path in (page, values):
        what = f"{path.name}, as {hashes.name} lists it"
        if listed is None or path.name not in listed:
            yield Check(what, NOT_HERE, f"no {hashes.name} that lists it")
        else:
            yield _compared(what, listed[path.name], _sha256(path) if path.is_file() else None)
    if not page.is_file():
        yield Check(f"{page.name}, as made from {values.name}", NOT_HERE, "no page beside the JSON")
        return
    shown = read_regular(page, LARGEST)
    own = hashlib.sha256(written).hexdigest()
    named = own.encode() in shown
    yield Check(f"SHA-256 of {values.name} in the page", EQUAL if named else DIFFERENT, own if named else f"not {own}")
    made_with = content.get("page_made_with")
    if made_with != f"medgan-tf {medgan_tf.__version__}":
        why = f"made by {made_with!s:.40}; this is medgan-tf {medgan_tf.__version__}, whose pages look otherwise"
        yield Check(f"{page.name}, as made from {values.name}", NOT_HERE, why)
        return
    yield _same(
        f"{page.name}, as made from {values.name}", _made_page(content) == shown and written == canonical(content)
    )


def _made_page(content: Mapping[str, Any]) -> bytes | None:
    try:
        return annex_page(content).encode("utf-8", "backslashreplace")
    # A changed JSON may lack anything.
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _listed(hashes: Path) -> dict[str, str] | None:
    """The hashes of a file as `sha256sum` writes it, by name; None without one."""
    if not hashes.is_file():
        return None
    lines = read_regular(hashes, LARGEST).decode("utf-8", "replace").splitlines()
    return {name.removeprefix("*").strip(): value for value, _, name in (line.partition(" ") for line in lines)}


def _result(content: Mapping[str, Any], places: Places) -> Iterator[Check]:
    """The annex against the result that it was made from."""
    what = "result of the audit (privacy.json)"
    path = places.run.evaluation / "privacy.json" if places.run else None
    if path is None or not path.is_file():
        yield Check(what, NOT_HERE, "name the run's folder with --run")
        return
    expected, found = str(content.get("result_sha256")), _sha256(path)
    yield _compared(what, expected, found)
    if found != expected or content.get("page_made_with") != f"medgan-tf {medgan_tf.__version__}":
        return
    try:
        again = annex_content(parse_json(read_regular(path, LARGEST)), str(content.get("subject")))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}); audit again") from error
    yield _same(
        "what the annex says, as made from privacy.json", sha256_of_content(again) == sha256_of_content(content)
    )


def _input(one: Input, places: Places) -> Check | None:
    """The comparison of an input; None for one that was not there at the time of the audit."""
    if not one.get("sha256"):
        return None
    try:
        return _compared(one["what"], one["sha256"], recomputed(one, places))
    except (DataError, OSError) as error:
        return Check(one["what"], DIFFERENT, f"cannot be read: {error}")


def _compared(what: str, expected: str, found: str | None) -> Check:
    if found is None:
        return Check(what, NOT_HERE, f"expected {expected}")
    return (
        Check(what, EQUAL, found)
        if found == expected
        else Check(what, DIFFERENT, f"expected {expected}, found {found}")
    )


def _same(what: str, same: bool) -> Check:
    return Check(what, EQUAL if same else DIFFERENT)


def _sha256(path: Path) -> str:
    return hashlib.sha256(read_regular(path, LARGEST)).hexdigest()


def _found_places(file: Path, content: Mapping[str, Any], given: Places) -> Places:
    """The given places, completed by those of the run: the given one, or the one from where the annex lies."""
    run = given.run or _run_of(file, content)
    if run is None:
        return given
    own = Places.of_run(run)
    names = ("train", "held_out", "synthetic", "extractor", "second_extractor")
    return replace(own, **{name: getattr(given, name) for name in names if getattr(given, name) is not None})


def _run_of(file: Path, content: Mapping[str, Any]) -> RunFolder | None:
    """The run whose evaluation holds the file, or whose report does: that of the run, its experiment, or a grid."""
    folder = file.resolve().parent
    experiment, _, name = str(content.get("subject")).rpartition(", ")
    # Names out of a file that anybody may have written lead to no other folder.
    plain = all(part and Path(part).name == part for part in (experiment, name))
    below = [folder.parent / name, folder.parent / experiment / name] if plain else []
    for path in (folder.parent, *below):
        if (path / "evaluation" / "privacy.json").is_file() and (path / "config.yaml").is_file():
            return RunFolder(path)
    return None
