"""The texts of a run that must not leave: identifiers and pseudonyms of patients and images, paths, user, computer."""

import csv
import getpass
import socket
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.canary_sets import set_folder
from medgan_tf.data.folds.canaries import CANARIES, REFERENCE
from medgan_tf.data.prepare import private_record
from medgan_tf.data.pseudonyms import private_folder
from medgan_tf.data.records.manifest import FILE_NAME, FOLDS
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError
from medgan_tf.files.csv_files import csv_rows

_NOBODYS = {"root", "user", "users", "ubuntu", "admin", "administrator", "guest", "nobody", "docker", "localhost",
            "localhost.localdomain"}  # fmt: skip
_SHORTEST_NAME = 8


@dataclass
class Identifiers:
    """The texts, and what is not known.

    Attributes:
        texts: Each text with its kind in words.
        notes: Sentences on what could not be collected, or is not searched for.
    """

    texts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, kind: str, *texts: str) -> None:
        """Adds texts of a kind; a text keeps its first kind."""
        for text in texts:
            if text:
                self.texts.setdefault(text, kind)


def identifiers_of(experiment: Experiment) -> Identifiers:
    """All that is known of an experiment's run on this machine.

    Raises:
        DataError: A dataset or the table of pseudonyms is damaged.
    """
    found = Identifiers()
    for suffix in ("", CANARIES, REFERENCE):
        path = set_folder(experiment, suffix)
        if not suffix or (path / FILE_NAME).is_file():
            _add_dataset(found, experiment, DatasetFolder(path))
    _add_folders(found, experiment)
    _add_names(found, experiment.release.public_names)
    return found


def _add_dataset(found: Identifiers, experiment: Experiment, dataset: DatasetFolder) -> None:
    for fold in FOLDS:
        for batch in dataset.batches(fold):
            found.add("pseudonym of a patient", *map(str, batch.patients))
            found.add("pseudonym of an image", *map(str, batch.image_ids))
    private = private_folder(experiment.data.private_dir, dataset.path)
    table = private_record(private, experiment.name, dataset.manifest.build_hash).way_back
    if not table.is_file():
        found.notes.append(
            f"identifiers and paths of the raw files of {dataset.manifest.name} were not searched: their table is not "
            "on this machine (data.private_dir)"
        )
        return
    names: Counter[str] = Counter()
    for image, raw_image, path, patient, raw_patient in _rows(table):
        found.add("pseudonym of a patient", patient)
        found.add("pseudonym of an image", image)
        found.add("identifier of a patient", raw_patient)
        found.add("identifier of an image", raw_image)
        found.add("path of an image", path)
        names[Path(path).name] += 1
    # A name that many images have, such as view1_frontal.jpg, tells nothing.
    own = (name for name, count in names.items() if count == 1 and len(name) >= _SHORTEST_NAME)
    found.add("file name of an image", *own)


def _rows(table: Path) -> Iterator[list[str]]:
    """The rows of the table of pseudonyms, the header left out."""
    try:
        with table.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
            for number, row in enumerate(csv_rows(file)):
                if len(row) != 5:
                    raise ValueError(f"line {number + 1} has {len(row)} columns; expected 5")
                if number:
                    yield row
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(
            f"the table of pseudonyms {table} cannot be read ({error}); prepare the dataset again"
        ) from error


def _add_folders(found: Identifiers, experiment: Experiment) -> None:
    data = experiment.data
    places = [experiment.dataset_dir, data.root, run_folder(experiment).path, experiment.training.output]
    places += [private_folder(data.private_dir, experiment.dataset_dir), Path.cwd(), Path.home()]
    for place in places:
        path = Path(place).expanduser() if place else None
        if path is not None:
            # A single folder such as /data is no secret, and would be found in many texts.
            own = {str(one) for one in (path, path.resolve()) if one.is_absolute() and len(one.parts) > 2}
            found.add("folder of this machine", *own)


def _add_names(found: Identifiers, public: Collection[str]) -> None:
    named = {"name of this machine": {socket.gethostname(), socket.gethostname().partition(".")[0]}}
    try:
        named["name of the user"] = {getpass.getuser()}
    except (KeyError, OSError):
        # A container may have a user without a name.
        named["name of the user"] = set()
    for kind, names in named.items():
        for name in sorted(names):
            if name.lower() in _NOBODYS or name in public:
                found.notes.append(f"the {kind}, {name}, was not searched: it tells nothing of a person")
            else:
                found.add(kind, name)
