"""The findings of an imaginary patient, their severity, and their entries in the label table."""

from dataclasses import dataclass

import numpy as np

NO_FINDING = "No Finding"
DEVICES = "Support Devices"
FINDINGS = (
    NO_FINDING, "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Lung Lesion", "Edema", "Consolidation",
    "Pneumonia", "Atelectasis", "Pneumothorax", "Pleural Effusion", "Pleural Other", "Fracture", DEVICES,
)  # fmt: skip

_SHORT = {
    "none": NO_FINDING, "mediastinum": FINDINGS[1], "heart": FINDINGS[2], "opacity": FINDINGS[3], "lesion": FINDINGS[4],
    "edema": FINDINGS[5], "consolidation": FINDINGS[6], "pneumonia": FINDINGS[7], "atelectasis": FINDINGS[8],
    "pneumothorax": FINDINGS[9], "effusion": FINDINGS[10], "pleura": FINDINGS[11], "fracture": FINDINGS[12],
    "devices": DEVICES,
}  # fmt: skip

# Share of the studies per combination. The first eight are the frequent classes; effusion goes with edema and a large
# heart, devices with the ill. What is missing to 1 is drawn finding by finding: the long tail.
_COMBINATIONS: tuple[tuple[str, float], ...] = (
    ("none", 0.125), ("heart", 0.092), ("effusion devices", 0.092), ("pneumothorax", 0.090), ("opacity", 0.088),
    ("edema heart effusion", 0.085), ("none devices", 0.045), ("consolidation", 0.040),
    ("atelectasis effusion", 0.022), ("lesion", 0.026), ("pneumonia opacity", 0.020), ("edema", 0.014),
    ("edema effusion devices", 0.014), ("heart effusion", 0.012), ("pneumothorax devices", 0.012), ("fracture", 0.018),
    ("mediastinum", 0.016), ("opacity devices", 0.010), ("pleura", 0.014), ("atelectasis", 0.014),
    ("heart devices", 0.010), ("mediastinum devices", 0.006), ("edema heart devices", 0.006),
    ("fracture pneumothorax", 0.006), ("effusion", 0.005), ("lesion effusion", 0.004), ("pneumonia", 0.010),
    ("consolidation effusion", 0.004), ("pleura fracture", 0.004),
)  # fmt: skip
_TAIL_RATES = {
    "mediastinum": 0.20, "heart": 0.26, "opacity": 0.26, "lesion": 0.20, "edema": 0.22, "consolidation": 0.17,
    "pneumonia": 0.18, "atelectasis": 0.28, "pneumothorax": 0.14, "effusion": 0.34, "pleura": 0.18, "fracture": 0.22,
    "devices": 0.5,
}  # fmt: skip

# How often a report calls a subtle sign uncertain, and how often it names an absent finding as absent.
_UNCERTAIN = {
    "Edema": 0.55, "Consolidation": 0.6, "Pneumonia": 0.75, "Atelectasis": 0.7, "Pleural Effusion": 0.45,
    "Cardiomegaly": 0.45, "Enlarged Cardiomediastinum": 0.6, "Lung Lesion": 0.4, "Lung Opacity": 0.35,
    "Pneumothorax": 0.35, "Pleural Other": 0.5, "Fracture": 0.25, DEVICES: 0.08,
}  # fmt: skip
_EXPLICIT_NEGATIVE = {
    "Pleural Effusion": 0.22, "Pneumothorax": 0.30, "Edema": 0.12, "Consolidation": 0.15, "Cardiomegaly": 0.08,
    "Enlarged Cardiomediastinum": 0.08, "Lung Opacity": 0.04, "Pneumonia": 0.05, "Fracture": 0.02, DEVICES: 0.03,
    "Lung Lesion": 0.01, "Atelectasis": 0.01, "Pleural Other": 0.005,
}  # fmt: skip


@dataclass(frozen=True)
class Study:
    """One study: the signs that are drawn, and the labels in the table.

    Attributes:
        severity: Finding -> 0..1 (barely visible to obvious) for each sign that is drawn.
        labels: Finding -> 1.0, 0.0, -1.0 or None (blank), one entry per finding, as in the label table.
    """

    severity: dict[str, float]
    labels: dict[str, float | None]


def _tail(rng: np.random.Generator) -> frozenset[str]:
    """A combination of the long tail: independent findings, two or more, drawn together where physiology says so."""
    drawn: set[str] = set()
    while len(drawn) < 2:
        drawn = {name for name, rate in _TAIL_RATES.items() if rng.random() < rate}
        if "edema" in drawn and rng.random() < 0.5:
            drawn |= {"effusion"}
        if len(drawn) > 5 or drawn == {"devices"}:
            drawn = set()
    return frozenset(_SHORT[name] for name in drawn)


def draw_combination(rng: np.random.Generator) -> frozenset[str]:
    """Draws the findings of one study (signs present or suspected), `No Finding` included."""
    shares = np.array([share for _, share in _COMBINATIONS])
    index = int(np.searchsorted(shares.cumsum(), rng.random()))
    if index == len(_COMBINATIONS):
        return _tail(rng)
    return frozenset(_SHORT[name] for name in _COMBINATIONS[index][0].split())


def draw_study(rng: np.random.Generator, combination: frozenset[str]) -> Study:
    """Draws severities and the words of the report for one combination of findings.

    A subtle sign may be called uncertain (-1); a few of those are not there at all. A finding that is absent is mostly
    blank and sometimes explicitly 0. `No Finding` is 1.0 exactly when nothing but devices is named.
    """
    severity: dict[str, float] = {}
    labels: dict[str, float | None] = dict.fromkeys(FINDINGS)
    for finding in FINDINGS[1:]:
        draw, word, doubt = rng.beta(1.7, 1.5), rng.random(), rng.random()
        if finding not in combination:
            labels[finding] = 0.0 if word < _EXPLICIT_NEGATIVE[finding] else None
            continue
        severity[finding] = float(draw)
        labels[finding] = 1.0
        if draw < 0.45 and word < _UNCERTAIN[finding]:
            labels[finding] = -1.0
            severity[finding] = 0.0 if doubt < 0.15 else float(draw)
    if NO_FINDING in combination:
        labels[NO_FINDING] = 1.0
    return Study({finding: value for finding, value in severity.items() if value > 0}, labels)
