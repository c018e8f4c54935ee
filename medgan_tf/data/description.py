"""What a prepared dataset holds, as text for a terminal."""

from medgan_tf.data.records.covariate_counts import count_rows
from medgan_tf.data.records.manifest import FOLDS, RuleCount
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.spoilers import duplicates_sentence, marks_lines


def describe(dataset: DatasetFolder) -> str:
    """A text table for people: what was read, what every rule did, and images per label combination and fold."""
    manifest = dataset.manifest
    shape = "x".join(map(str, manifest.image_shape[:2]))
    lines = [f"{manifest.name}: {sum(manifest.images.values()):,} {manifest.kind} images, {shape}, in {dataset.path}"]
    lines += [f"  {name}: {count:,}" for name, count in manifest.source_counts.items()]
    if manifest.rules:
        lines += ["", *_aligned([("rule", "images", "after", "patients", "after"), *map(_rule_row, manifest.rules)])]
    header = ("combination", *FOLDS)
    rows = [
        (" + ".join(item.labels) or "(none)", *(f"{getattr(item, f):,}" for f in FOLDS))
        for item in manifest.combinations
    ]
    rows.append(("all images", *(f"{manifest.images[fold]:,}" for fold in FOLDS)))
    if manifest.patients is not None:
        rows.append(("patients", *(f"{manifest.patients.get(fold, 0):,}" for fold in FOLDS)))
    lines += ["", *_aligned([header, *rows])]
    if manifest.covariates is not None:
        for name, groups in manifest.covariates.counts.items():
            rows = [(group, *(f"{counts[fold]:,}" for fold in FOLDS)) for group, counts in groups.items()]
            lines += ["", *_aligned([(name, *FOLDS), *rows])]
        for name, groups in (manifest.covariates.positives or {}).items():
            lines += ["", f"labels by {name}:", *_aligned(count_rows(groups))]
    lines += [line for remark in manifest.remarks or [] for line in ("", remark)]
    if manifest.unreadable.count:
        lines += ["", f"{manifest.unreadable.count} images could not be read and were left out"]
    if manifest.constant is not None:
        done = "and were kept" if manifest.constant.kept else "and were left out"
        lines += ["", f"{manifest.constant.count} images have one grey level only, {done}"]
    if manifest.spoilers is not None:
        found = [*filter(None, [duplicates_sentence(manifest.spoilers)]), *marks_lines(manifest.spoilers)]
        lines += ["", *found] if found else []
    return "\n".join(lines)


def _rule_row(rule: RuleCount) -> tuple[str, ...]:
    counts = (rule.images_before, rule.images_after, rule.patients_before, rule.patients_after)
    return (rule.rule, *(f"{count:,}" for count in counts))


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for first, *rest in rows:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]))
    return lines
