"""The keys of a proposed experiment file, in the order in which people read them, with their comments."""

import os
from pathlib import Path

from medgan_tf.classification.keras_files import DENSENET_FILE, keras_file
from medgan_tf.config.schema import GenerateConfig
from medgan_tf.presentation.durations import duration
from medgan_tf.proposal.budget import Budget, Training, base_channels
from medgan_tf.proposal.fit import ADVISED, MEMORISED, PAPER_MIN_COUNT, Fit
from medgan_tf.proposal.yaml_file import CONFIRM, Entry

_TICKS = 50
SMALLEST_INPUT = 32
"""The classifier takes images of this side or more."""


def header(found: str, output: Path) -> list[str]:
    """Sentences at the beginning of the file."""
    return [
        f"Written by `medgan-tf init`. Found: {found}.",
        "",
        f'Lines with "{CONFIRM}" are guesses. Look at each of them: with a wrong one, every result is wrong.',
        "Any other value can be changed, too; `medgan-tf config --reference` describes them all.",
        "",
        f"Next: medgan-tf prepare {output.name}, look at the counts that it prints, then medgan-tf train {output.name}",
    ]


def data_entries(
    source: str,
    root: Path,
    options: tuple[Entry, ...],
    resolution: int,
    fit: Fit | None,
    about: tuple[str, ...] = (),
) -> list[Entry]:
    """The section `data`.

    Args:
        source: Registered name.
        root: Folder of the raw files.
        options: Those of the source.
        resolution: Side of the stored images, pixels.
        fit: Settings that were tried out; None before that.
        about: Sentences about the data as a whole.
    """
    entries = [
        Entry(("data", "source"), source, about),
        Entry(("data", "root"), os.path.abspath(root)),
        *options,
        Entry(("data", "resolution"), resolution, ("Side of the images in pixels, a power of two from 16 to 512.",)),
    ]
    return [*entries, *_fitted(fit)] if fit is not None else entries


def _fitted(fit: Fit) -> list[Entry]:
    entries = []
    if "policy" in fit.settings:
        entries.append(
            Entry(
                ("data", "policy", "without_positive"),
                fit.settings["policy"]["without_positive"],
                (f"{fit.histogram.without:,} images have no positive label. They stay, as a class of their own.",),
            )
        )
    if "min_count" in fit.settings:
        entries.append(Entry(("data", "min_count"), fit.settings["min_count"], _about_min_count(fit)))
    if "fold_fractions" in fit.settings:
        entries.append(
            Entry(
                ("data", "fold_fractions"),
                fit.settings["fold_fractions"],
                ("There are too few patients for the paper's 0.8, 0.1 and 0.1.",),
            )
        )
    if "max_unreadable" in fit.settings:
        confirm = (
            f"so large because {fit.missing:,} of the listed images are not there; get them and remove this, or see "
            "whether those that are there are what you want"
        )
        entries.append(Entry(("data", "max_unreadable"), fit.settings["max_unreadable"], confirm=confirm))
    return entries


def _about_min_count(fit: Fit) -> tuple[str, ...]:
    least, histogram = fit.settings["min_count"], fit.histogram
    kept = histogram.above(least)
    lines = [
        f"Label combinations with this many images or fewer are left out: {kept} of {len(histogram.combinations)} stay."
    ]
    if least < PAPER_MIN_COUNT:
        lines.append(
            f"The paper has {PAPER_MIN_COUNT}; so many would leave too little here. The paper advises about "
            f"{ADVISED:,} images of each combination. With fewer than {MEMORISED} a GAN learns images by heart."
        )
    return tuple(lines)


def generate_entries(fit: Fit | None) -> list[Entry]:
    """The section `generate`: labels that a release may hold."""
    about = "Labels are drawn from rounded counts. With as_real they repeat your label table, row by row."
    entries = [Entry(("generate", "labels"), "drawn", (about,))]
    if fit is not None and fit.rare:
        confirm = (
            f"{len(fit.rare)} label combinations have fewer than {GenerateConfig().minimum_patients} training "
            "patients, and labels so rare can point to a person. Remove from this list what must not be in a release, "
            "and raise data.min_count, or choose data.findings, until `prepare` accepts it"
        )
        entries.append(Entry(("generate", "rare_combinations"), list(fit.rare), confirm=confirm))
    return entries


def measuring_entries(resolution: int) -> list[Entry]:
    """The sections `classifier` and `evaluation` for a machine without the published weights; none where they are.

    Without this `medgan-tf run` would stop before it begins, since nothing is downloaded unasked.

    Args:
        resolution: Side of the stored images, pixels.
    """
    if keras_file(DENSENET_FILE).is_file():
        return []
    missing = (
        "The ImageNet weights of DenseNet-121, which the paper starts from, are not on this machine. From random "
        "weights the classifier needs more steps and reaches lower scores, and the values below go with that.",
        "With the weights, remove this section and `evaluation`: set classifier.download to true where there is a "
        "network, or give the path of the file as `weights`.",
    )
    return [
        Entry(("classifier", "weights"), "none", missing),
        Entry(("classifier", "image_size"), max(SMALLEST_INPUT, resolution)),
        Entry(("classifier", "batch"), 32),
        Entry(("classifier", "batch_norm_momentum"), 0.9),
        Entry(("classifier", "learning_rate"), 0.001),
        Entry(("classifier", "images_per_epoch"), 1250),
        Entry(("classifier", "max_epochs"), 12),
        Entry(("classifier", "stop_patience"), 6),
        Entry(
            ("evaluation", "fid", "extractor"),
            "classifier",
            ("FID with features of this experiment's own classifier: it can be compared only within the experiment.",),
        ),
    ]


def training_entries(budget: Budget) -> list[Entry]:
    """The sections `gan` and `training` that fit into the hours; the smallest ones where none do."""
    training = budget.chosen or budget.choices[0]
    return [
        Entry(("gan", "architecture"), "cpd"),
        Entry(("gan", "latent_size"), training.width),
        Entry(
            ("gan", "base_channels"),
            base_channels(training.width),
            (f"At most {training.width} channels; the paper has 512.",),
        ),
        Entry(("gan", "max_channels"), training.width),
        Entry(("training", "batch"), training.batch, (_about_time(budget, training),)),
        Entry(("training", "total_images"), training.images),
        Entry(("training", "ema_decay"), training.ema_decay),
        Entry(("training", "precision"), "auto"),
        Entry(("training", "images_per_tick"), max(1000, training.images // _TICKS)),
    ]


def _about_time(budget: Budget, training: Training) -> str:
    how = "measured" if budget.device.measured else "estimated, not measured"
    text = (
        f"{training.images:,} images at {training.images_per_second:,.0f} per second ({how}) on {budget.device.name} "
        f"are about {duration(training.hours * 3600)}. `medgan-tf plan` measures it once the dataset is prepared."
    )
    return text if budget.chosen else f"Longer than the {budget.hours:g} hours that were asked for: {text}"
