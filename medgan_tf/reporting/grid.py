"""The findings over all settings of a folder of experiments. The rooms decide what these are."""

from collections.abc import Sequence

from medgan_tf.evidence.benchmark_settings import Setting, settings
from medgan_tf.evidence.report import ALL_SETTINGS, Results
from medgan_tf.presentation.blocks import Missing, Section, Table, paragraph
from medgan_tf.reporting.rooms import Room, own_section

_TOO_LITTLE = (
    "Too little has been measured to say. This needs settings of the benchmark that differ in one thing only, and the "
    "evidence that is listed as not measured."
)


def grid_sections(results: Results, rooms: Sequence[Room]) -> list[Section]:
    """All settings in one table, and the rooms' findings over all of them."""
    own = [section for room in rooms for section in room.grid_sections(results)]
    sections = joined([own_section(ALL_SETTINGS, _settings_section, results, rooms), *own])
    for section in sections:
        if not section.blocks:
            section.blocks.append(paragraph(_TOO_LITTLE))
    return sections


def joined(sections: Sequence[Section]) -> list[Section]:
    """Sections with the same title become one, at the place of the first."""
    found: dict[str, Section] = {}
    for section in sections:
        whole = found.setdefault(section.title, Section(section.title))
        whole.blocks += section.blocks
        whole.missing += section.missing
    return list(found.values())


def _settings_section(results: Results, rooms: Sequence[Room]) -> Section:
    """A row for each setting with the columns of every room; values of a benchmark that a GAN lacks are missing."""
    columns = [found for room in rooms if (found := room.grid_columns(results))]
    head = ["experiment", "GAN", *(title for one in columns for title in one.head)]
    rows = [
        [gan.experiment, gan.architecture, *(cell for one in columns for cell in one.rows[number])]
        for number, gan in enumerate(results.gans)
    ]
    caption = ". ".join(["Every setting", *(remark for one in columns for remark in one.remarks)])
    found = settings(results)
    groups = dict.fromkeys((one.dataset, one.benchmark) for one in found)
    absent = [_absent([one for one in found if (one.dataset, one.benchmark) == group]) for group in groups]
    missing = [one for group in absent for one in group]
    return Section(ALL_SETTINGS, [Table("settings", caption, head, rows)], missing)


def _absent(group: list[Setting]) -> list[Missing]:
    """Values of a benchmark that one GAN has and another has not."""
    values = {one.value for one in group if not one.overfit}
    absent = []
    for architecture in dict.fromkeys(one.gan.architecture for one in group):
        foreign = any(one.gan.runs[0].origin for one in group if one.gan.architecture == architecture)
        there = {one.value for one in group if one.gan.architecture == architecture and not one.overfit}
        for value in sorted(values - there):
            name = f"{group[0].dataset}_{group[0].benchmark}_{value}"
            which = f"external={{name: {architecture}, folder: ...}}" if foreign else f"gan.architecture={architecture}"
            command = f"medgan-tf run experiments/{name}.yaml --set " + (f"'{which}'" if foreign else which)
            absent.append(Missing(f"{name}, {architecture}", "everything", command))
    return absent
