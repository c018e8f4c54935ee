"""What was found and proposed, as text for terminals and as JSON values."""

import textwrap
from pathlib import Path
from typing import Any

from medgan_tf.files.plain_text import visible
from medgan_tf.presentation.durations import duration
from medgan_tf.presentation.text_table import text_table
from medgan_tf.proposal.budget import Budget
from medgan_tf.proposal.fit import ADVISED, MEMORISED, Fit
from medgan_tf.proposal.propose import Proposal
from medgan_tf.proposal.yaml_file import CONFIRM

WIDTH = 110
_MOST_ROWS = 20


def summary_text(proposal: Proposal) -> str:
    """Sections with a blank line between them: what is there, labels, combinations, warnings, budget."""
    parts = [_found(proposal)]
    if proposal.fit is not None:
        parts += [_labels(proposal.fit), _combinations(proposal.fit)]
        parts += _warnings(proposal.fit)
    parts.append(_budget(proposal.budget))
    return "\n\n".join(parts)


def next_steps(proposal: Proposal, path: Path) -> str:
    """What to do with the file that was written."""
    number = proposal.text.count(f"# {CONFIRM}")
    look = f'Look at its {number} lines with "{CONFIRM}", then' if number else "Next"
    return f"{path} written. {look}: medgan-tf prepare {path}"


def proposal_values(proposal: Proposal) -> dict[str, Any]:
    """The proposal as JSON values. Holds names of columns and labels, but no cell of a patient."""
    fit = proposal.fit
    return {
        "name": proposal.name,
        "found": proposal.found,
        "dataset": proposal.dataset or None,
        "experiment": proposal.values,
        "guesses": {
            what: {
                "options": guess.options,
                "columns": list(guess.columns),
                "why": guess.why,
                "confirm": guess.confirm or None,
            }
            for what, guess in proposal.guesses.items()
        },
        "images": fit.histogram.images if fit else None,
        "patients": fit.histogram.patients if fit else None,
        "labels": fit.histogram.labels if fit else None,
        "without_label": fit.histogram.without if fit else None,
        "combinations": fit.histogram.combinations if fit else None,
        "folds": fit.folds if fit else None,
        "missing_images": fit.missing if fit else None,
        "image_sizes": [list(size) for size in proposal.trial.sizes] if proposal.trial else None,
        "budget": proposal.budget.as_dict(),
        "notes": list(proposal.notes),
        "problem": proposal.problem or None,
    }


def _found(proposal: Proposal) -> str:
    lines = [visible(f"Found: {proposal.found}."), ""]
    for what, guess in proposal.guesses.items():
        columns = guess.options.get("label_columns")
        named = f": {', '.join(map(visible, columns))}" if columns else ""
        lines.append(f"  {what:<9} {visible(guess.why)}{named}")
        if guess.confirm:
            lines.append(f"  {'':<9} CONFIRM: {visible(guess.confirm)}")
    trial = proposal.trial
    if trial is not None and trial.sizes:
        sizes = sorted(set(trial.sizes))
        shown = ", ".join(f"{height}x{width}" for height, width in sizes[:4]) + (", ..." if len(sizes) > 4 else "")
        lines.append(f"  {'pixels':<9} {shown} in the {len(trial.sizes)} images that were read")
    if trial is not None and trial.reasons:
        lines.append(f"  {'':<9} {len(trial.reasons)} others could not be read, e.g. {visible(trial.reasons[0])}")
    lines += [f"  {'note':<9} {visible(note)}" for note in proposal.notes]
    return "\n".join(lines)


def _labels(fit: Fit) -> str:
    histogram = fit.histogram
    rows = [("label", "images", "share")]
    occurring = [item for item in histogram.labels.items() if item[1]]
    shown = sorted(occurring, key=lambda item: -item[1])
    for name, number in shown[:_MOST_ROWS]:
        rows.append((visible(name), f"{number:,}", f"{number / max(1, histogram.images):.1%}"))
    if len(shown) > _MOST_ROWS:
        rows.append((f"... and {len(shown) - _MOST_ROWS} more labels", "", ""))
    if len(histogram.labels) > len(shown):
        rows.append((f"... and {len(histogram.labels) - len(shown)} labels without an image", "", ""))
    rows.append(("(no label)", f"{histogram.without:,}", f"{histogram.without / max(1, histogram.images):.1%}"))
    patients = "unknown" if histogram.patients is None else f"{histogram.patients:,}"
    counts = f"{histogram.images:,} images; patients: {patients}"
    missing = f"; {fit.missing:,} of the images are not there" if fit.missing else ""
    return "\n".join([*text_table(rows), counts + missing])


def _combinations(fit: Fit) -> str:
    histogram, least = fit.histogram, fit.settings.get("min_count")
    rows = [("combination of labels", "images")]
    shown = list(histogram.combinations.items())
    rows += [(visible(name.replace("|", " + ")), f"{number:,}") for name, number in shown[:_MOST_ROWS]]
    if len(shown) > _MOST_ROWS:
        rows.append((f"... and {len(shown) - _MOST_ROWS} rarer ones", ""))
    lines = text_table(rows)
    if least is not None:
        lines.append(
            f"{histogram.above(least)} of {len(shown)} combinations have more than {least} images (data.min_count) and "
            "are used"
        )
    if fit.folds:
        lines.append("folds: " + ", ".join(f"{number:,} images to {fold}" for fold, number in fit.folds.items()))
    return "\n".join(lines)


def _warnings(fit: Fit) -> list[str]:
    """What the numbers of images mean, in plain words."""
    used = [number for number in fit.histogram.combinations.values() if number > fit.settings.get("min_count", 0)]
    if not used:
        return []
    few, enough = sum(number < MEMORISED for number in used), sum(number >= ADVISED for number in used)
    lines = [
        f"The paper advises about {ADVISED:,} images of each label combination: {enough} of the {len(used)} used ones "
        "have so many."
    ]
    if few:
        lines.append(
            f"Warning: {few} of them have fewer than {MEMORISED}. A GAN learns so few images by heart, and what it "
            "makes then shows patients. Use the result to try things out; do not give it away."
        )
    if fit.histogram.patients is None:
        lines.append(
            "Warning: patients are unknown. Images of one patient may be in training and in test, and scores are then "
            "too good."
        )
    return ["\n".join(textwrap.fill(line, WIDTH) for line in lines)]


def _budget(budget: Budget) -> str:
    how = "measured here" if budget.device.measured else "an estimate"
    lines = [
        f"What {budget.hours:g} hours allow on {budget.device.name}, at {budget.device.rate:,.0f} GFLOP/s ({how}).",
        "Three quarters of the time are for the GAN, the rest for classifiers and evidence.",
    ]
    rows = [("resolution", "channels", "batch", "images shown", "time", "")]
    for one in budget.choices:
        mark = "proposed" if one is budget.chosen else "too long" if one.hours > budget.training_hours else ""
        size = f"{one.resolution}x{one.resolution}"
        rows.append((size, str(one.width), str(one.batch), f"{one.images:,}", duration(one.hours * 3600), mark))
    return "\n".join([*lines, *text_table(rows)])
