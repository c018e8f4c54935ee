"""Noisy numbers of patients by label combination, all that a private training and its release know of the labels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from medgan_tf.data.private.label_terms import LabelTerms
from medgan_tf.data.tables.combinations import combination_name

_LARGEST = 2**53


@dataclass(frozen=True, eq=False)
class NoisyCounts:
    """Counts that are covered by the guarantee of a private training.

    Attributes:
        label_names: Names of the L columns of a label vector: findings, then the columns of conditions.
        vectors: uint8 [K, L], the label combinations.
        counts: int64 [K], noisy numbers of units, rounded; 1 where the noise made it less.
        terms: How they were counted, and what that is charged for.
    """

    label_names: tuple[str, ...]
    vectors: np.ndarray
    counts: np.ndarray
    terms: LabelTerms

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the K combinations, "A|B"; "(none)" without any label."""
        return tuple(combination_name(vector, self.label_names) for vector in self.vectors)

    @property
    def cumulative(self) -> np.ndarray:
        """int64 [K], running sum of the counts."""
        return np.cumsum(self.counts, dtype=np.int64)

    def as_json(self) -> dict[str, Any]:
        """The counts as JSON values."""
        terms = self.terms
        return {
            "label_names": list(self.label_names),
            "combinations": [
                {"vector": vector.tolist(), "count": int(count)}
                for vector, count in zip(self.vectors, self.counts, strict=True)
            ],
            "noise": terms.noise,
            "threshold": terms.threshold,
            "combinations_per_unit": terms.combinations_per_unit,
            "extra_delta": terms.extra_delta,
        }

    @classmethod
    def from_json(cls, values: Any) -> "NoisyCounts":
        """The way back. Raises `ValueError` for values that `as_json` never gives."""
        _expect(isinstance(values, dict), "expected an object", values)
        missing = {"label_names", "combinations", "noise", "threshold", "combinations_per_unit", "extra_delta"}
        _expect(set(values) == missing, "expected other keys", sorted(values))
        names = values["label_names"]
        _expect(isinstance(names, list) and all(isinstance(one, str) and one for one in names), "label_names", names)
        _expect(bool(names) and len(set(names)) == len(names), "label_names", names)
        combinations = values["combinations"]
        _expect(isinstance(combinations, list) and bool(combinations), "combinations", combinations)
        vectors, counts = [], []
        for one in combinations:
            _expect(isinstance(one, dict) and set(one) == {"vector", "count"}, "combinations", one)
            vectors.append(_vector(one["vector"], len(names)))
            _expect(_is_whole(one["count"]) and one["count"] < _LARGEST, "count", one["count"])
            counts.append(one["count"])
        _expect(len(set(map(tuple, vectors))) == len(vectors), "a combination is there twice", len(vectors))
        return cls(tuple(names), np.array(vectors, np.uint8), np.array(counts, np.int64), _terms(values))


def _vector(value: Any, length: int) -> list[int]:
    right = isinstance(value, list) and len(value) == length
    _expect(right and all(type(one) is int and one in (0, 1) for one in value), "vector", value)
    return value


def _terms(values: dict[str, Any]) -> LabelTerms:
    noise, threshold = values["noise"], values["threshold"]
    most, extra = values["combinations_per_unit"], values["extra_delta"]
    _expect(_is_number(noise) and noise > 0, "noise", noise)
    _expect(_is_number(extra) and 0 <= extra < 1, "extra_delta", extra)
    found = threshold is not None
    _expect((most is not None) == found and (extra > 0) == found, "threshold", threshold)
    _expect(not found or (_is_number(threshold) and _is_whole(most)), "threshold", threshold)
    return LabelTerms(float(noise), float(threshold) if found else None, most, float(extra))


def _is_whole(value: Any) -> bool:
    return type(value) is int and value >= 1


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _expect(right: bool, what: str, value: Any) -> None:
    if not right:
        raise ValueError(f"noisy counts: {what}; received {value!r:.60}")


def public_vectors(names: Sequence[str], label_names: Sequence[str]) -> np.ndarray:
    """Label vectors uint8 [K, L] of combinations that are named. Raises `ValueError` for names that are none."""
    vectors = [_named(name, label_names) for name in names]
    if not vectors:
        raise ValueError("expected at least one label combination; received none")
    if len({vector.tobytes() for vector in vectors}) != len(vectors):
        raise ValueError(f"a label combination is named twice; received {', '.join(names)}")
    return np.stack(vectors)


def _named(name: str, label_names: Sequence[str]) -> np.ndarray:
    wanted = [] if name == combination_name((), ()) else name.split("|")
    if unknown := [one for one in wanted if one not in label_names]:
        raise ValueError(f"{name} has the unknown label {unknown[0]!r}; known: {', '.join(label_names)}")
    return np.array([one in wanted for one in label_names], np.uint8)
