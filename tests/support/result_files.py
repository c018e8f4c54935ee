"""Result files of made-up runs, in the shapes that the commands write, with numbers that can be worked out by hand."""

import json

import yaml

HASH = "ab" * 32
LABELS = ["Edema", "Fracture"]


def write(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), encoding="utf-8")


def interval(low, high, level=0.95):
    return {"low": low, "high": high, "level": level, "draws": 100, "undefined": 0}


def over_seeds(values):
    mean = sum(values) / len(values)
    sd = (sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5 if len(values) > 1 else None
    return {"mean": mean, "sd": sd, "n": len(values), "low": None, "high": None}


def summary(values, half):
    mean = sum(values) / len(values)
    test = {"statistic": None, "p": 0.01 if len(values) > 1 else None, "how": ""}
    several = len(values) > 1
    return {
        "values": values,
        "over_seeds": over_seeds(values),
        "interval": interval(mean - half, mean + half) if several else interval(None, None),
        "each_seed": [interval(v - half, v + half) for v in values],
        "p": 0.01 if several else None,
        "paired_t": test,
        "wilcoxon": test,
    }


def verdict_of_gap(values, half, margin=0.05):
    """As of `gap_verdict`, with a given half-width of the interval."""
    mean = sum(values) / len(values)
    low, high = (mean - half, mean + half) if len(values) > 1 else (None, None)
    against, finding = "open", "one training"
    if low is not None:
        against = "below" if high < margin else "above" if low > margin else "open"
        finding = {"below": "equivalent", "above": "worse", "open": "open"}[against]
    return {"margin": margin, "level": 0.9, "low": low, "high": high, "p_below": 0.03 if low is not None else None,
            "p_above": None, "p_equivalent": None, "against": against, "finding": finding, "seeds": len(values),
            "fewest_seeds": 5}  # fmt: skip


def gap(experiment="phantom", architecture="cpd", seeds=(1000, 1001, 1002), gaps=(0.02, 0.03, 0.04), half=0.01):
    """A `gap.json`: real AUC 0.9 for both labels, synthetic lower by each seed's gap."""
    gaps, seeds = list(gaps), list(seeds)
    labels = {name: summary(gaps, half) for name in LABELS}
    for entry in labels.values():
        entry |= {"p_holm": 0.02 if len(seeds) > 1 else None, "positive_patients": 30, "negative_patients": 60}
    conditions = {
        name: {
            "title": name,
            "real_share": 1.0 if name == "real" else 0.0,
            "synthetic_share": 0.0 if name == "real" else 1.0,
            "mean_auc": {
                "values": values,
                "over_seeds": over_seeds(values),
                "interval": interval(values[0] - 0.05, values[0] + 0.05) if len(seeds) > 1 else interval(None, None),
                "each_seed": [interval(value - 0.05, value + 0.05) for value in values],
            },
            "label_aucs": [[value] * len(LABELS) for value in values],
            "labels": {label: over_seeds(values) for label in LABELS},
        }
        for name, values in (("real", [0.9] * len(seeds)), ("synthetic", [0.9 - g for g in gaps]))
    }
    return {
        "format_version": 2,
        "what": "gap",
        "experiment": experiment,
        "architecture": architecture,
        "seeds": seeds,
        "label_names": LABELS,
        "undefined": [],
        "left_out_of_mean": [],
        "test": {"images": 150, "patients": 82},
        "gap": {"mean": summary(gaps, half), "labels": labels},
        "verdict": verdict_of_gap(gaps, half),
        "detectable_gap": {"power": 0.8, "alpha": 0.05, "gap": 0.0123, "how": "one-sided paired t test over seeds"},
        "conditions": conditions,
        "floor": None,
        "predictions_sha256": {},
        "how": {"bootstrap": "", "level": 0.95, "tests": ""},
        "seconds": 1.0,
    }


def as_published(values):
    """A `gap.json` with Fracture flipped in the second seed's synthetic classifier."""
    values["original_code"] = ["last_brain_image_dropped", "auc_flipped"]
    for name, entry in values["conditions"].items():
        entry["flipped"] = [["Fracture"] if name == "synthetic" and n == 1 else [] for n in range(len(values["seeds"]))]
    return values


KINDS = {
    "distance": "attack",
    "density": "attack",
    "discriminator": "attack",
    "power": "power",
    "combinations": "count",
}


def verdict(name, status="holds", value=0.51, ends=(0.47, 0.55), limit=0.55, words="100 members and 50 others"):
    if status in ("not run", "caution", "noted"):
        value, ends, limit = None, None, None
    missing = "300 patients more" if status == "undecided" else ""
    kind = KINDS.get(name.split()[0], "excess")
    question = "Does the distance tell who was in the training set?" if kind == "attack" else f"Question of {name}?"
    return {"name": name, "kind": kind, "question": question, "status": status, "words": words, "value": value,
            "interval": ends, "lower_corrected": None, "p_broken": 0.001 if status == "broken" else 0.4,
            "p_holds": 0.04, "limit": limit, "reason": "a reason", "missing": missing, "count": None,
            "of": None}  # fmt: skip


EARLIER_STATUS = {"holds": "pass", "undecided": "pass", "broken": "fail", "noted": "pass"}
LATER = ("lower_corrected", "p_broken", "p_holds", "missing", "count", "of")


def earlier_privacy(verdicts=None):
    """An audit as the first format had it."""
    found = privacy(verdicts)
    old = [
        {key: value for key, value in one.items() if key not in LATER}
        | {"status": EARLIER_STATUS.get(one["status"], one["status"])}
        for one in found["verdicts"]
    ]
    return {key: value for key, value in found.items() if key != "gate"} | {"format_version": 1, "verdicts": old}


def privacy_gate(verdicts):
    names = {
        key: [one["name"] for one in verdicts if one["status"] == key.replace("_", " ")]
        for key in ("holds", "broken", "undecided", "not_run")
    }
    answer = "broken" if names["broken"] else "undecided" if names["undecided"] or not names["holds"] else "holds"
    count = sum(one["interval"] is not None for one in verdicts)
    return {"answer": answer, "level": 0.95, "compared": count, **names, "error": "wrong in at most 5 of 100"}


def privacy(verdicts=None):
    verdicts = verdicts or [verdict("distance image"), verdict("copies", value=-0.01, ends=(-0.02, 0.0), limit=0.01)]
    images = {"name": "training", "images": 100, "patients": 60, "sha256": HASH}
    return {
        "format_version": 2,
        "what": "privacy",
        "gate": privacy_gate(verdicts),
        "verdicts": verdicts,
        "planted": {
            name: {"found": found, "planted": 100, "share": found / 100, "interval": interval(0.7, 1.0)}
            for name, found in (("exact", 100), ("noised", 85))
        },
        "copies": {
            "list": [{"synthetic_id": "synthetic0001", "image_id": "pseudonymimage", "patient": "pseudonympatient"}]
        },
        "combinations": [{"labels": "Edema|Fracture", "train_images": 50, "guidance": "memorises"}],
        "train": images,
        "held_out": images | {"name": "held-out", "images": 50},
        "synthetic": images | {"name": "synthetic", "patients": None},
        "synthetic_used": 100,
        "extractor": {"name": "classifier"},
        "settings": {"level": 0.95, "few_images": 500, "enough_images": 3000},
        "notes": ["a passed audit is no guarantee"],
    }  # fmt: skip


def fidelity():
    sets = {
        name: {"name": name, "kind": name, "images": 100, "sha256": HASH} for name in ("synthetic", "real", "held_out")
    }
    return sets | {
        "format_version": 2,
        "protocol": "medgan-fid-v1: extractor classifier abababababab, resize none, n 100 + 100, draws balanced by "
        "patient, seed 1",
        "resolution": 32,
        "extractor": {"name": "classifier", "weights_sha256": HASH},
        "metrics": {
            "fid": {"value": 3.5, "infinite": {"value": 3.25, "interval": [3.0, 4.0]}},
            "kid": {"value": 0.002, "interval": [0.001, 0.003]},
        },
        "floor": {
            "images": 50,
            "real": {"fid": 0.5, "kid": 0.0001},
            "synthetic": {"fid": 3.75, "kid": 0.002},
            "held_out": {"fid": 4.5, "kid": 0.003},
            "intervals": {"real": {"kid": [-0.0002, 0.0004]}, "synthetic": {}, "held_out": {}},
        },
        "closer_to_training": {
            "difference": -0.002,
            "interval": [-0.003, -0.001],
            "standard_error": 0.0005,
            "bandwidth": 1.5,
            "closer": True,
        },
        "combinations": [],
        "notes": ["look at the floor"],
    }


def neighbours():
    distances = {"train": (0.01, 0.02, 0.04), "held_out": (0.03, 0.05, 0.09), "train_part_of_50": (0.02, 0.04, 0.08)}
    quantiles = {name: dict(zip(("5%", "50%", "95%"), values, strict=True)) for name, values in distances.items()}
    return {"format_version": 1, "what": "neighbours", "distance": "cosine", "nearest_distance": quantiles}


def occlusion():
    one = {"value": 0.25, "interval": interval(0.1, 0.4), "images": [0.2, 0.3]}
    image = {"image_id": "pseudonymimage", "patient": "pseudonympatient", "fold": "test", "labels": "Edema"}
    return {
        "images": [image, image],
        "agreement_with_real": {"synthetic-trained": {"all labels": {"rank_correlation": one}}},
        "notes": ["no classifier of another seed"],
    }  # fmt: skip


def run_folder(path, seed, root="/somewhere/private", **results):
    """A run folder with config, metrics, generator card and the given results in `evaluation`."""
    path.mkdir(parents=True)
    config = {
        "name": path.parent.name,
        "seed": seed,
        "data": {"root": root, "resolution": 32},
        "gan": {"loss": "hinge"},
    }
    (path / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    environment = {"medgan_tf": "0.1.0", "python": "3.11.7", "packages": {"tensorflow": "2.21.0"}, "devices": ["CPU:0"],
                   "cpu_cores": 2, "git_revision": "0123456789abcdef"}  # fmt: skip
    write(path / "environment.json", environment)
    curves = {"loss_d": -1, "loss_g": 1, "score_real": 1, "score_fake": -1, "gradient_norm": 1.0}
    lines = [curves | {"images_seen": 1000 * n, "images_per_second": 100.0, "seconds": 10.0} for n in (1, 2)]
    (path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    write(path / "generator" / "assets" / "generator.json", {"seed": seed, "images_seen": 2000})
    for name, values in results.items():
        write(path / "evaluation" / f"{name}.json", values)
    return path


def experiment_folder(path, architecture="cpd", seeds=(1000, 1001, 1002), gaps=(0.02, 0.03, 0.04), **results):
    """An experiment's folder: runs of all seeds and the gap over them."""
    for seed in seeds:
        run_folder(path / f"{architecture}-seed{seed}", seed, **results)
    if gaps:
        write(path / f"{architecture}-gap" / "gap.json", gap(path.name, architecture, seeds, gaps))
    return path
