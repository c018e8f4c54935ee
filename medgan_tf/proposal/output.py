"""Where a proposed experiment file goes, and its writing."""

import re
from pathlib import Path

from medgan_tf.errors import ConfigError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.proposal.budget import measured_device, this_device, trial_rate
from medgan_tf.proposal.propose import Proposal, propose


def output_path(place: Path, output: Path | None, force: bool) -> Path:
    """The file to write: the asked one, or one with the name of what is looked at, in the current folder.

    Raises:
        ConfigError: It is there already, and `force` is not given.
    """
    if output is None:
        place = place.resolve()
        stem = place.stem if place.is_file() else place.name
        output = Path(f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', stem).strip('_.-') or 'my_data'}.yaml")
    if output.exists() and not (force and output.is_file()):
        raise ConfigError(f"{output} is there already; choose another file with --output, or replace it with --force")
    return output


def proposed_file(
    place: Path, path: Path, hours: float, table: str | None, images: Path | None, measure: bool
) -> Proposal:
    """Looks at `place` as `propose` does, and writes the experiment file.

    Args:
        place: Folder or table.
        path: The file to write.
        hours, table, images: As for `propose`.
        measure: Measure the speed of this machine for a minute instead of estimating it.
    """
    device = (lambda: measured_device(trial_rate)) if measure else this_device
    proposal = propose(place, path, hours=hours, table=table, images=images, device=device)
    write_proposal(proposal, path)
    return proposal


def write_proposal(proposal: Proposal, path: Path) -> None:
    """Writes the experiment file."""
    with atomic_path(path) as partial:
        partial.write_text(proposal.text, encoding="utf-8")
