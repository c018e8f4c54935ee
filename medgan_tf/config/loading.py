"""Reads an experiment file as a checked `Experiment`, and writes it back as YAML."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from medgan_tf.classification.settings import BASELINES, FIRST_BASELINES
from medgan_tf.config.document import describe, parse_document, read_document
from medgan_tf.config.explain import explain
from medgan_tf.config.paper_values import as_given
from medgan_tf.config.renamed import old_names, rename_keys, with_old_names
from medgan_tf.config.schema import Experiment
from medgan_tf.config.section import without_added
from medgan_tf.errors import ConfigError
from medgan_tf.files.yaml_text import Document, Key, YamlTextError, dotted, dump_yaml
from medgan_tf.registry import SOURCES

_OPTIONS: Key = ("data", "options")


def load_experiment(path: str | Path, overrides: Iterable[str] = (), named_by: str = "") -> Experiment:
    """Reads, completes and checks one experiment.

    The file is plain YAML. ``${NAME}`` and ``${NAME:-default}`` in values are taken from the environment
    (``$${`` writes a plain ``${``), if the variable is allowed, see `config.document`. A top-level
    ``extends: other.yaml``, relative to the file, takes over everything that the file does not say itself. The options
    of the data source are checked and completed as well. Keys may have the names of earlier versions; a warning in the
    log then names the new one.

    Args:
        path: The experiment file.
        overrides: Texts ``a.b=value``, as given to ``--set``; the value is YAML.
        named_by: The place that names the file, e.g. "grid.yaml: experiments", where that is not the command line.
            Then no message shows the file's content before it is known to be an experiment.

    Raises:
        ConfigError: One line per mistake, with file, line, key, what was expected and what was received.
    """
    document = _read_with_bases(Path(path), (), named_by)
    for override in overrides:
        _override(document, override)
    experiment = _validated(Experiment, document.values, document, str(path))
    source = SOURCES.settings(experiment.data.source)
    rename_keys(document, source.Options, _OPTIONS)
    given = document.values.get("data", {}).get("options", {})
    options = _validated(source.Options, given, document, str(path), _OPTIONS)
    data = experiment.data.model_copy(update={"options": options.model_dump(mode="json")})
    return experiment.model_copy(update={"data": data})


def dump_experiment(experiment: Experiment) -> str:
    """The whole experiment, defaults included, as YAML that `load_experiment` reads back as an equal experiment."""
    return dump_yaml(experiment.model_dump(mode="json"))


def written_values(experiment: Experiment) -> dict[str, Any]:
    """The values of an experiment as version 0.1 wrote them, for names and keys that hold a hash of them.

    Values that the paper decides are None, keys have their old names, and keys that came later are left out unless they
    are used. So every later version computes the same hashes and finds the files that are named after them.
    """
    values = without_added(experiment)
    if experiment.classifier.baselines == BASELINES:
        values["classifier"]["baselines"] = list(FIRST_BASELINES)
    values |= {"gan": without_added(as_given(experiment.gan)), "training": without_added(as_given(experiment.training))}
    if not experiment.original_code.on():
        del values["original_code"]
    return with_old_names(values, Experiment)


def _validated(model: type[BaseModel], values: Any, document: Document, file: str, prefix: Key = ()) -> Any:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigError(explain(error, document, model, file, prefix)) from None


def _read_with_bases(path: Path, above: tuple[Path, ...], named_by: str) -> Document:
    """The file laid over the one it extends."""
    document = _read_named(path, named_by) if named_by else read_document(path)
    # Before files are laid over each other, so that the upper one holds whichever name it uses.
    rename_keys(document, Experiment)
    base = document.values.pop("extends", None)
    if base is None:
        return document
    place = document.places[("extends",)]
    if not isinstance(base, str):
        raise ConfigError(f"{place}: extends: expected the path of another experiment file; received {describe(base)}")
    target = path.parent / base
    above = (*above, path.resolve())
    try:
        found, again = target.is_file(), target.resolve() in above
    # A name that is longer than the file system allows, or one that it refuses.
    except (OSError, ValueError):
        found, again = False, False
    if again:
        raise ConfigError(f"{place}: extends: {target} extends itself; expected another file")
    if not found:
        raise ConfigError(f"{place}: extends: no such file: {str(target)[:300]}")
    return _merged(_read_with_bases(target, above, f"{place}: extends"), document)


def _read_named(path: Path, named_by: str) -> Document:
    """A file that another file names. It may be any file, e.g. one with a secret, so its content is not quoted.

    From a file that has the keys of an experiment, later messages may quote.
    """
    known = {"extends", *Experiment.model_fields, *old_names(Experiment)}
    try:
        document = read_document(path)
        place = next((document.place((key,), str(path)) for key in document.values if key not in known), None)
    except YamlTextError as error:
        place = error.place
    if place is None:
        return document
    raise ConfigError(
        f"{named_by}: expected an experiment file; {place} does not belong in one. The file may be any file, so its "
        f"content is not shown here; `medgan-tf config {path}` shows what is wrong"
    )


def _merged(lower: Document, upper: Document) -> Document:
    """`upper` over `lower`: sections key by key, anything else replaced whole."""

    def lay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
        both = {name: lay(below[name], above[name]) for name in above if _are_sections(below.get(name), above[name])}
        return {**below, **above, **both}

    return Document(lay(lower.values, upper.values), {**lower.places, **upper.places})


def _are_sections(*values: Any) -> bool:
    return all(isinstance(value, dict) for value in values)


def _override(document: Document, override: str) -> None:
    """Puts one ``a.b=value`` into the document."""
    place = f"--set {override}"
    name, equals, text = override.partition("=")
    key = tuple(part.strip() for part in name.split("."))
    if not equals or not all(key):
        raise ConfigError(f"{place}: expected --set KEY=VALUE with a dotted key, e.g. --set training.batch=64")
    value = parse_document(text, place, numbered=False)
    key, value = _renamed(key, value, place)
    section = document.values
    for depth, part in enumerate(key[:-1], start=1):
        section = section.setdefault(part, {})
        if not isinstance(section, dict):
            raise ConfigError(f"{place}: {dotted(key[:depth])} holds a value, not a section")
    section[key[-1]] = value.values
    document.places.update({(*key, *inner): place for inner in ((), *value.places)})


def _renamed(key: tuple[str, ...], value: Document, place: str) -> tuple[tuple[str, ...], Document]:
    """The key and value of an override under today's names."""
    values, places = value.values, {(*key, *inner): place for inner in ((), *value.places)}
    for part in reversed(key):
        values = {part: values}
    whole = Document(values, places)
    rename_keys(whole, Experiment)
    names, inner = [], whole.values
    for _ in key:
        # Nothing stands beside the key that was given.
        ((name, inner),) = inner.items()
        names.append(name)
    found = {place[len(key) :]: where for place, where in whole.places.items() if place[: len(key)] == tuple(names)}
    return tuple(names), Document(inner, found)
