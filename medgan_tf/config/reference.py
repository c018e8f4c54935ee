"""The page `docs/config.md`: every key of an experiment, made from the schema."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo

from medgan_tf.config.paper_values import paper_values
from medgan_tf.config.schema import DataConfig, EvaluationConfig, Experiment
from medgan_tf.config.section import Changes, Section, changed_by, subsection
from medgan_tf.config.value_words import value_words
from medgan_tf.files.yaml_text import Key, dotted, dump_yaml_value
from medgan_tf.registry import GANS, SOURCES, Registry

INTRODUCTION = """\
<!-- Generated from the schema by `medgan-tf config --reference > docs/config.md`. Do not edit. -->

# Every key of an experiment

An experiment is one YAML file. A key that is missing has its default, and every default is the paper's unless the text
says otherwise. `medgan-tf config EXPERIMENT.yaml` prints an experiment with all its values. `--set training.batch=64`
replaces a single one. What the texts call None is `null` in YAML.

The column "Changes results" says what another value brings about:

- **yes**: results are different, and what was made with the old value is out of date.
- **yes, may be continued**: as before, but a training that was begun may go on with the new value.
- **afterwards**: only what is computed from finished classifiers is different; nothing is trained again.
- **no**: results are the same. The key says where files lie, how the work is done, or what is shown on the way.
"""

_CHANGES = {
    Changes.RESULTS: "yes",
    Changes.EXTENT: "yes, may be continued",
    Changes.AFTERWARDS: "afterwards",
    Changes.NOTHING: "no",
}
_HEADER = "| Key | Value | Default | Changes results | Meaning |\n|---|---|---|---|---|\n"
_CHOICES: dict[Key, Registry] = {("data", "source"): SOURCES, ("gan", "architecture"): GANS}
# Two resolutions show which of the paper's values depend on it.
_RESOLUTIONS = (32, 128)


def reference() -> str:
    """The page, as Markdown: a table for each section, for the options of each data source, and for each room."""
    fields = Experiment.model_fields.items()
    single = [(key, field) for key, field in fields if not subsection(field.annotation)]
    rows = "".join(_row(field, (key,), Changes.RESULTS, field.default) for key, field in single)
    parts = [INTRODUCTION, f"## The experiment\n\n{_HEADER}{rows}"]
    for key, field in fields:
        section = subsection(field.annotation)
        if section is EvaluationConfig:
            rooms = section.model_fields.items()
            parts += [_table(subsection(room.annotation), (key, name)) for name, room in rooms]
        elif section is not None:
            parts.append(_table(section, (key,)))
        if section is DataConfig:
            parts += [_options(name) for name in SOURCES.names()]
    return "\n".join(parts)


def _table(section: type[Section], path: Key, title: str = "", text: str | None = None) -> str:
    """A section and all that is in it."""
    rows = "".join(_rows(section, path, Changes.RESULTS))
    return f"## {title or f'`{dotted(path)}`'}\n\n{_text(text or section.__doc__)}\n\n{_HEADER}{rows}"


def _options(source: str) -> str:
    settings = SOURCES.settings(source)
    return _table(settings.Options, ("data", "options"), f"`data.options` of the source `{source}`", settings.__doc__)


def _rows(section: type[Section], path: Key, around: Changes, default: Section | None = None) -> Iterator[str]:
    """The rows of a section, each subsection's after the key that holds it.

    Args:
        section: The section.
        path: Its path.
        around: The results that the section around it changes.
        default: The section as it is by default, where its fields are not by themselves.
    """
    for name, field in section.model_fields.items():
        value = field.default if default is None else getattr(default, name)
        yield _row(field, (*path, name), around, value)
        inner = subsection(field.annotation)
        if inner is not None:
            element = f"{name}[]" if isinstance(value, tuple) else name
            known = value if isinstance(value, Section) else None
            yield from _rows(inner, (*path, element), _changes(field, around), known)


def _row(field: FieldInfo, path: Key, around: Changes, default: Any) -> str:
    changes = "" if isinstance(default, Section) else _CHANGES[_changes(field, around)]
    words = " or ".join(f"`{name}`" for name in _CHOICES[path].names()) if path in _CHOICES else value_words(field)
    cells = (f"`{dotted(path)}`", words, _default(field, path, default), changes, _text(field.description))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _changes(field: FieldInfo, around: Changes) -> Changes:
    """The results that a field changes: never more than those of the section that it is in."""
    return changed_by(field) if around is Changes.RESULTS else around


def _text(text: str | None) -> str:
    return " ".join((text or "").split())


def _default(field: FieldInfo, path: Key, value: Any) -> str:
    if isinstance(value, Section):
        return ""
    if field.is_required() and not _is_plain(value):
        return "required"
    if value is None and path[:-1] in (("gan",), ("training",)):
        return _of_the_paper(str(path[-1]))
    if isinstance(value, tuple):
        value = [item.model_dump(mode="json") if isinstance(item, Section) else item for item in value]
    if isinstance(value, str) and "\n" in value:
        value = f"{value.partition(chr(10))[0]} ..."
    return f"`{dump_yaml_value(value)}`"


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | tuple)


def _of_the_paper(name: str) -> str:
    """The value that None stands for, by architecture; the value of most architectures comes first.

    Values of architectures that the paper did not have come last, where they differ.
    """
    found = {architecture: _at_resolutions(architecture, name) for architecture in GANS.names()}
    papers = {architecture: value for architecture, value in found.items() if _is_of_paper(architecture)}
    common, count = Counter(papers.values()).most_common(1)[0]
    first = [common] if count > 1 else []
    text = ", ".join(first + [f"{key} {value}" for key, value in papers.items() if value != common or not first])
    text += "" if text == "`null`" else " (paper)"
    added = [f"{key} {value}" for key, value in found.items() if key not in papers and value not in first]
    return ", ".join([text, *added])


def _is_of_paper(architecture: str) -> bool:
    return getattr(paper_values(architecture, _RESOLUTIONS[0]), "of_paper", True)


def _at_resolutions(architecture: str, name: str) -> str:
    values = [getattr(paper_values(architecture, side), name, None) for side in _RESOLUTIONS]
    texts = [f"`{dump_yaml_value(value)}`" for value in values]
    if len(set(texts)) == 1:
        return texts[0]
    return " and ".join(f"{text} at {side} pixels" for side, text in zip(_RESOLUTIONS, texts, strict=True))
