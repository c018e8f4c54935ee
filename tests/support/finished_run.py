"""A run that looks finished, in seconds: real images, generator and synthetic set, a network that nobody trained, and
result files with made numbers that name the hashes of what is there."""

import json
from pathlib import Path

import result_files
import yaml

from medgan_tf.classification.conditions import content_sha256
from medgan_tf.config.loading import load_experiment
from medgan_tf.config.run_folders import real_folder, run_folder
from medgan_tf.data.prepare import prepared_dataset
from medgan_tf.files.hashing import sha256_of
from medgan_tf.gans.build import build_gan
from medgan_tf.gans.exported.weights import write_stored_generator
from medgan_tf.release.current import fold_hashes
from medgan_tf.synthesis.generate import generate_dataset
from medgan_tf.synthesis.labels import label_table
from medgan_tf.synthesis.load import load_generator
from medgan_tf.training.export import generator_card

GAN = {"architecture": "dcgan", "max_channels": 4, "latent_size": 4}
SEEDS = (1000, 1001, 1002)


def finished_run(folder: Path, raw: Path) -> Path:
    """Makes the run below a folder; returns its experiment file, with paths from the root.

    Args:
        folder: The folder.
        raw: A phantom in the CheXpert layout.
    """
    data = {"source": "chexpert", "root": str(raw), "resolution": 16, "min_count": 6}
    data |= {"private_dir": str(folder / "private"), "dataset_dir": str(folder / "datasets" / "small")}
    values = {
        "name": "small",
        "data": data,
        "gan": GAN,
        "training": {"output": str(folder / "runs"), "batch": 8},
        "generate": {"labels": "drawn", "minimum_patients": 2, "licence": "CC-BY-4.0"},
        "release": {"contact": "data@hospital.example"},
    }
    file = folder / "small.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    experiment = load_experiment(str(file), [])
    dataset = prepared_dataset(experiment)
    run = run_folder(experiment)
    result_files.run_folder(run.path, 1000, str(folder))
    run.config.write_text(yaml.safe_dump(values), encoding="utf-8")
    gan = build_gan(resolution=16, label_count=len(dataset.label_names), **GAN)
    (run.generator / "assets").mkdir(parents=True, exist_ok=True)
    write_stored_generator(gan.ema_generator, run.generator)
    card = json.dumps(generator_card(experiment, dataset, 0))
    (run.generator / "assets" / "generator.json").write_text(card, encoding="utf-8")
    generate(experiment, dataset, run)
    write_evidence(experiment, dataset)
    return file


def generate(experiment, dataset, run):
    """Makes the synthetic set."""
    generator = load_generator(run.generator)
    table = label_table(dataset, experiment.generate, experiment.seed, generator)
    options = {"seed": experiment.seed, "name": experiment.name, "run": run.path.name, "replace": True}
    return generate_dataset(generator, table, run.synthetic, experiment.generate, **options)


def write_evidence(experiment, dataset, audit=None):
    """Result files about the real and the synthetic images as they are now."""
    run = run_folder(experiment)
    made = load_generator(run.generator), generate(experiment, dataset, run)
    real, synthetic = fold_hashes(dataset.manifest), fold_hashes(made[1].manifest)
    privacy = audit or result_files.privacy()
    privacy |= {
        "train": privacy["train"] | {"sha256": real[("train",)]},
        "held_out": privacy["held_out"] | {"sha256": real[("valid", "test")]},
        "synthetic": privacy["synthetic"] | {"sha256": synthetic[("train", "valid")]},
    }
    result_files.write(run.evaluation / "privacy.json", privacy)
    fid = result_files.fidelity()
    fid["synthetic"]["sha256"], fid["real"]["sha256"] = made[0].sha256(), real[("train",)]
    fid["held_out"]["sha256"] = real[("valid", "test")]
    result_files.write(run.evaluation / "fid-classifier.json", fid)
    inputs = {"real": content_sha256(dataset.manifest), "synthetic": content_sha256(made[1].manifest)}
    gap, predictions = result_files.gap("small", "dcgan", SEEDS), {}
    for name, home in (("real", real_folder(experiment)), ("synthetic", run)):
        home.classifier.mkdir(parents=True, exist_ok=True)
        path = home.classifier / "predictions.csv"
        path.write_text(f"made {name}\n", encoding="utf-8")
        predictions[name] = sha256_of(path)
        result_files.write(home.classifier / "result.json", {"inputs_sha256": inputs})
    result_files.write(run.gap / "gap.json", gap | {"predictions_sha256": {"1000": predictions}})
