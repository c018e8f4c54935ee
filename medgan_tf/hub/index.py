"""`index.json`: the releases of a library, and which of them were withdrawn.

Nobody knows who wrote it, so every value has a form and a limit. It names archives beside it, nowhere else. It is not
signed: what a user relies on is the hash of each archive, the check of what was unpacked, and the signature in there.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError, model_validator

from medgan_tf.data.records.parts import Part, Sha256
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.json_files import parse_json
from medgan_tf.files.plain_text import name_problem, visible
from medgan_tf.files.result_files import json_text

INDEX = "index.json"
FORMAT_VERSION = 1
LARGEST_INDEX = 2**24
LARGEST_ARCHIVE = 2**36
MOST_FACTS = 40
LONGEST_TEXT = 300
_MOST_RELEASES = 10_000
_ADVICE = "ask whoever keeps the library"
_Model = TypeVar("_Model", bound=Part)


def _plain(text: str) -> str:
    if problem := name_problem(text):
        raise ValueError(problem)
    return text


Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_plain)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,39}$")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Archive = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,199}\.zip$")]
Number = int | float


class Fact(Part):
    """A fact of a release's card.

    Attributes:
        name: What it is, for people.
        value: A number, or a word such as that of a gate; None where it was not measured.
        unit: Its unit, or "".
        interval: Its ends, where it has an interval.
        answer: How it was judged, such as `shown` or `undecided`; None where it was not.
    """

    name: Text
    value: Number | Text | None
    unit: Text = ""
    interval: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None
    answer: Text | None = None


class Described(Part):
    """What the folder of a release says of itself.

    Attributes:
        name, version: Which release it is.
        created: Day it was made, YYYY-MM-DD.
        what: Whether it has images, a generator, or both.
        labels: Names of the findings.
        resolution: Side of the images, pixels.
        licence: Licence, one line; "" where none is stated.
        gate_holds: Whether all held that must hold before a release.
        override: Why it was released all the same; None where that was not needed.
        facts: What was measured, and what was not, by the names of the card; `described.HEADLINE`.
        withdraws: Versions of the same name that it revokes.
        manifest_sha256: SHA-256 of MANIFEST.json, which has that of every other file.
    """

    name: Name
    version: Version
    created: Day
    what: Literal["images", "generator", "both"]
    labels: Annotated[list[Text], Field(max_length=4096)]
    resolution: Annotated[int, Field(ge=0, le=2**16)]
    licence: Text
    gate_holds: bool
    override: Text | None
    facts: Annotated[dict[Key, Fact], Field(max_length=MOST_FACTS)]
    withdraws: Annotated[list[Version], Field(max_length=1000)]
    manifest_sha256: Sha256


class Entry(Described):
    """A release in a library.

    Attributes:
        archive: Name of its archive, a file beside the index.
        archive_sha256, archive_bytes: SHA-256 and size of the archive.
        withdrawn_by: The version that revoked it; None where none did.
    """

    archive: Archive
    archive_sha256: Sha256
    archive_bytes: Annotated[int, Field(ge=1, le=LARGEST_ARCHIVE)]
    withdrawn_by: Version | None = None


class Index(Part):
    """The releases of a library, in the order in which they were added."""

    format_version: Literal[1] = FORMAT_VERSION
    releases: Annotated[list[Entry], Field(max_length=_MOST_RELEASES)] = []

    @model_validator(mode="after")
    def _each_once(self) -> "Index":
        # Not every disk tells A.zip and a.zip apart, and people tell A 1 and a 1 apart badly.
        for key in ("archive", "release"):
            names = [one.archive if key == "archive" else f"{one.name} {one.version}" for one in self.releases]
            if len({name.casefold() for name in names}) != len(names):
                raise ValueError(f"two releases have one {'archive' if key == 'archive' else 'name and version'}")
        return self

    def with_release(self, entry: Entry) -> "Index":
        """The index with one more release, and what it withdraws, or what withdrew it before it came, marked."""
        longer = Index(releases=[*self.releases, entry])
        marked = [one.model_copy(update={"withdrawn_by": longer.withdrawn_by(one)}) for one in longer.releases]
        return Index(releases=marked)

    def withdrawn_by(self, entry: Entry) -> str | None:
        """The version that revoked a release, whether its own entry or only that of the other version says so."""
        others = [one.version for one in self.releases if one.name == entry.name and entry.version in one.withdraws]
        return others[-1] if others else entry.withdrawn_by

    def find(self, name: str, version: str | None = None) -> Entry:
        """A release by name and version; without a version the newest by date that was not withdrawn.

        Of one day it is that which was added last.

        Raises:
            ConfigError: There is none, or all were withdrawn.
        """
        named = [one for one in self.releases if one.name == name]
        if not named:
            known = ", ".join(dict.fromkeys(one.name for one in self.releases)) or "none"
            raise ConfigError(f"no release {visible(name)!r:.120} in this library. Known: {known:.400}")
        if version is not None:
            if found := [one for one in named if one.version == version]:
                return found[0]
            known = ", ".join(one.version for one in named)
            raise ConfigError(f"no version {visible(version)!r:.60} of {name} in this library. Known: {known:.400}")
        kept = [one for one in named if self.withdrawn_by(one) is None]
        if not kept:
            raise ConfigError(f"every version of {name} in this library was withdrawn; ask its authors for another")
        return max(enumerate(kept), key=lambda pair: (pair[1].created, pair[0]))[1]

    def to_json(self) -> str:
        """The text of `index.json`."""
        return json_text(self.model_dump(mode="json"), indent=1, ascii_only=False) + "\n"


def parse_index(content: bytes, where: str) -> Index:
    """The index in the bytes of a file.

    Args:
        content: The bytes.
        where: The file, for messages.

    Raises:
        DataError: It is no index, or holds a value that none may have. The message is one line.
    """
    try:
        values = parse_json(content)
    except ValueError as error:
        raise DataError(f"{where} cannot be read: {' '.join(str(error).split()):.200}; {_ADVICE}") from error
    version = values.get("format_version") if isinstance(values, dict) else None
    if type(version) is not int or version != FORMAT_VERSION:
        raise DataError(f"{where} is no list of releases: expected an object with format_version {FORMAT_VERSION}")
    return checked(Index, values, where, _ADVICE)


def checked(model: type[_Model], values: dict[str, Any], where: str, advice: str) -> _Model:
    """Values as a part of the index. Raises `DataError` with the first value that is wrong, in one line."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"] if isinstance(part, int) or part.isidentifier())
        reason = first["msg"].removeprefix("Value error, ")
        shown = "" if isinstance(first["input"], dict | list) else f". Received: {visible(str(first['input'])[:80])!r}"
        raise DataError(f"{where} is refused: {place + ': ' if place else ''}{reason}{shown}; {advice}") from error
