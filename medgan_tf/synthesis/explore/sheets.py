"""Sheets of generated images: which noise and which labels each of them shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.data.images import to_uint8
from medgan_tf.data.tables.combinations import combination_name
from medgan_tf.synthesis.load import Generator
from medgan_tf.synthesis.noise import spherical, truncated_noise

UNKNOWN_COMBINATION = "(not on its card)"
_BATCH = 64
_SHARES = 5


@dataclass(frozen=True)
class Sheet:
    """A table of images.

    Attributes:
        name: Stem of its file.
        title: What it shows.
        rows, columns: Names of the rows and columns; no columns where these are only further images.
        images: uint8 [rows, columns, R, R, 1].
    """

    name: str
    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    images: np.ndarray


@dataclass(frozen=True)
class Look:
    """How a generator is looked at.

    Attributes:
        generator: The generator.
        seed: Seed of the noise; all sheets have the same noise in the same column.
        columns: Images in a row.
        truncation: Threshold of the noise; None for none.
    """

    generator: Generator
    seed: int
    columns: int
    truncation: float | None = None

    def noise(self, truncation: float | None = None) -> np.ndarray:
        """The noise of the columns, float32 [columns, Z]."""
        threshold = truncation or self.truncation
        return truncated_noise(self.seed, self.columns, self.generator.latent_size, threshold)

    def pictures(self, noise: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        """Images uint8 [rows, columns, R, R, 1] for noise [rows, columns, Z] and label vectors [rows, columns, L]."""
        flat, labels = noise.reshape(-1, noise.shape[-1]), vectors.reshape(-1, vectors.shape[-1])
        made = [
            to_uint8(self.generator.generate(flat[start : start + _BATCH], labels[start : start + _BATCH]))
            for start in range(0, len(flat), _BATCH)
        ]
        return np.concatenate(made).reshape(*noise.shape[:2], *made[0].shape[1:])

    def crossed(self, vectors: np.ndarray, noise: np.ndarray | None = None) -> np.ndarray:
        """Images of every label vector [rows, L] with every noise [columns, Z]."""
        noise = self.noise() if noise is None else noise
        shape = len(vectors), len(noise)
        return self.pictures(
            np.broadcast_to(noise[None], (*shape, noise.shape[1])),
            np.broadcast_to(vectors[:, None], (*shape, vectors.shape[1])),
        )

    def name(self, vector: np.ndarray) -> str:
        """The positive columns of a label vector; with a remark if the card has no such combination."""
        name = combination_name(vector, self.generator.column_names)
        known = any(np.array_equal(one.vector, vector) for one in self.generator.combinations)
        return name if known else f"{name}|{UNKNOWN_COMBINATION}"


def combination_sheet(look: Look, most: int) -> Sheet:
    """A row for each of the most frequent label combinations of the training set."""
    vectors = np.stack([one.vector for one in look.generator.combinations[:most]])
    rows = tuple(combination_name(vector, look.generator.column_names) for vector in vectors)
    title = "Label combinations of the training set, most frequent first; one noise vector in each column"
    return Sheet("combinations", title, rows, (), look.crossed(vectors))


def base_vector(generator: Generator) -> np.ndarray:
    """The label vector to which single findings can be added best: most of these combinations were trained with.

    Of equal ones it is that with fewest findings. Sex, age band and view are those of the most frequent combination.
    """
    count = len(generator.label_names)
    groups = generator.combinations[0].vector[count:]
    known = {one.vector[:count].tobytes() for one in generator.combinations}
    found = [np.zeros(count, np.float32), *(one.vector[:count] for one in generator.combinations)]

    def trained(vector: np.ndarray) -> int:
        return sum(np.maximum(vector, one).tobytes() in known for one in np.eye(count, dtype=np.float32)[vector == 0])

    best = max(found, key=lambda vector: (trained(vector), -vector.sum()))
    return np.concatenate([best, groups])


def sweep_sheet(look: Look, base: np.ndarray) -> Sheet:
    """One finding after the other is added to `base`, and one group of each covariate changed, with the same noise."""
    generator, count = look.generator, len(look.generator.label_names)
    vectors, added = [base], [look.name(base)]
    for number in range(len(base)):
        if base[number]:
            continue
        changed = base.copy()
        if number >= count:
            own = generator.conditions.columns[number - count].covariate
            same = [column.covariate == own for column in generator.conditions.columns]
            changed[count:][same] = 0
        changed[number] = 1
        vectors.append(changed)
        name = generator.column_names[number]
        remark = f"|{UNKNOWN_COMBINATION}" if UNKNOWN_COMBINATION in look.name(changed) else ""
        added.append(f"{'+ ' if number < count else ''}{name}{remark}")
    start = _in_title(combination_name(base, generator.column_names))
    title = f"One label added to {start}; one noise vector in each column"
    return Sheet("sweep", title, tuple(added), (), look.crossed(np.stack(vectors)))


def truncation_sheet(look: Look, vector: np.ndarray, thresholds: Sequence[float]) -> Sheet:
    """The same labels with noise that is truncated more and more."""
    noise = np.stack([look.noise(threshold) for threshold in (None, *thresholds)])
    vectors = np.broadcast_to(vector, (*noise.shape[:2], len(vector)))
    shown = (look.truncation, *thresholds)
    rows = tuple("no truncation" if one is None else f"truncation {one:g}" for one in shown)
    title = f"Truncated noise; {_in_title(look.name(vector))}"
    return Sheet("truncation", title, rows, (), look.pictures(noise, vectors))


def noise_strip(look: Look, vector: np.ndarray, steps: int) -> Sheet:
    """The way from the first noise vector to the second one, with the same labels."""
    first, last = truncated_noise(look.seed, 2, look.generator.latent_size, look.truncation)
    noise = spherical(first, last, steps)[None]
    vectors = np.broadcast_to(vector, (1, steps, len(vector)))
    title = "From one noise vector to another, along the great circle between them; the labels stay"
    return Sheet("between_noise", title, (look.name(vector),), _shares(steps), look.pictures(noise, vectors))


def label_strip(look: Look, first: np.ndarray, last: np.ndarray, steps: int) -> Sheet:
    """The straight way from one label vector to another; each row has its own noise, which stays."""
    share = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    vectors, noise = (1 - share) * first + share * last, look.noise()[:3]
    pictures = look.crossed(vectors, noise).transpose(1, 0, 2, 3, 4)
    names = [_in_title(combination_name(vector, look.generator.column_names)) for vector in (first, last)]
    title = f"From {names[0]} to {names[1]}, in a straight line; the noise of a row stays"
    rows = tuple(f"noise {number + 1}" for number in range(len(noise)))
    return Sheet("between_labels", title, rows, _shares(steps), pictures)


def _in_title(name: str) -> str:
    return name.replace("|", " + ")


def _shares(steps: int) -> tuple[str, ...]:
    """Names of the columns of a strip: shares of the way, at most five of them written."""
    every = max(1, round((steps - 1) / (_SHARES - 1)))
    return tuple(f"{step / (steps - 1):.0%}" if step % every == 0 or step == steps - 1 else "" for step in range(steps))
