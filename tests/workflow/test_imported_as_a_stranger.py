"""The project's own cpD-GAN, exported as PNG files and a CSV and imported as a stranger's: the same results.

Everything but the provenance (names of the generator, hashes, pseudonyms of synthetic images, times) must be equal byte
for byte, also with columns, rows and files in another order.
"""

import json
from pathlib import Path

import keras
import pytest
from blank_figures import draw_nothing
from stranger_folder import shuffled_export
from study_parts import SECRET
from tiny_classifier import tiny_backbone, tiny_experiment, write_drawings

from medgan_tf.classification import network
from medgan_tf.config.evaluation import EvaluationConfig
from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import ExternalConfig, FidConfig, GenerateConfig
from medgan_tf.data.dataset_settings import comparable_config
from medgan_tf.data.records.manifest import FOLDS, Manifest
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError
from medgan_tf.evidence.fidelity.comparison import folder_comparison
from medgan_tf.evidence.fidelity.job import evaluate
from medgan_tf.evidence.importance.settings import OcclusionConfig
from medgan_tf.evidence.neighbours.settings import NeighboursConfig
from medgan_tf.evidence.privacy.job import run_audit
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.evidence.readers.study.create import create_study
from medgan_tf.evidence.readers.study.pools import load_pool
from medgan_tf.evidence.release_sets import ReleaseFolders
from medgan_tf.files.result_files import json_text, plain
from medgan_tf.gans import build_gan
from medgan_tf.synthesis.external.training_fold import training_sha256
from medgan_tf.synthesis.generate import generate_dataset
from medgan_tf.synthesis.labels import real_labels
from medgan_tf.synthesis.load import load_generator
from medgan_tf.training.export import export_generator
from medgan_tf.workflow import run as workflow
from medgan_tf.workflow.import_stage import imported_run
from medgan_tf.workflow.run import dry_run, run_workflow
from medgan_tf.workflow.stages import Classify

SECTIONS = {
    "fid": FidConfig(extractor="random", images=200, bootstrap=20),
    "neighbours": NeighboursConfig(extractor="random", queries=20, neighbours=2, shown=2),
    "privacy": PrivacyConfig(
        extractor="random", images=50, planted=10, smallest=10, bootstrap=100, listed=5, identity={"enabled": False}
    ),
    "occlusion": OcclusionConfig(patch=16, images=2, bootstrap=100),
}
ASKED = ["neighbours", "privacy", "occlusion"]
PROVENANCE = {"architecture", "external", "name", "sha256", "predictions_sha256", "synthetic_id"}
"""Keys of values that say whose the images are: names, hashes of files that hold pseudonyms, and pseudonyms."""
TIMES = {"seconds", "masks_per_second"}


def differing(one, other, key=""):
    """Keys whose values are not the same bytes of JSON; "" for a different structure."""
    if isinstance(one, dict) and isinstance(other, dict):
        odd = {key for key in one.keys() ^ other.keys()}
        return odd.union(*(differing(one[name], other[name], name) for name in one.keys() & other.keys()))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return set().union(*(differing(*pair, key) for pair in zip(one, other, strict=True)))
    return set() if json_text(one) == json_text(other) else {key}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """An experiment whose cpD-GAN has generated its images."""
    folder = tmp_path_factory.mktemp("own")
    dataset = write_drawings(folder / "dataset", per_combination=48)
    experiment = tiny_experiment(folder, 7, max_epochs=2).model_copy(
        update={"evaluation": EvaluationConfig(**SECTIONS)}
    )
    dataset.manifest.model_copy(update={"config": comparable_config(experiment.data)}).save(dataset.path)
    combinations = [one.model_dump(include={"labels", "vector", "train"}) for one in dataset.manifest.combinations]
    card = {"label_names": list(dataset.label_names), "resolution": 16, "latent_size": 4, "combinations": combinations}
    keras.utils.set_random_seed(5)
    gan = build_gan("cpd", resolution=16, label_count=2, max_channels=4, latent_size=4)
    run = run_folder(experiment)
    export_generator(gan, run.generator, card)
    table = real_labels(dataset, ("train", "valid"))
    generator = load_generator(run.generator)
    generate_dataset(generator, table, run.synthetic, GenerateConfig(), seed=7, name="drawings", run="cpd-seed7")
    return experiment


@pytest.fixture(scope="module")
def stranger(own, tmp_path_factory):
    folder = shuffled_export(DatasetFolder(run_folder(own).synthetic), tmp_path_factory.mktemp("given") / "pictures")
    trained_on = training_sha256(DatasetFolder(own.dataset_dir))
    external = ExternalConfig(name="stranger", folder=str(folder), trained_on=trained_on, owner="Somebody")
    return own.model_copy(update={"external": external})


@pytest.fixture(scope="module")
def results(own, stranger):
    """Both experiments with everything done; own images are there, and are neither trained nor generated again."""
    with pytest.MonkeyPatch.context() as patch:
        draw_nothing(patch)
        patch.setattr(network, "build_backbone", tiny_backbone)
        patch.setattr(workflow, "seed_stages", lambda: [Classify()])
        dataset = DatasetFolder(own.dataset_dir)
        # A network that was never trained has other grey levels than the real images.
        with pytest.raises(DataError, match="histogram: expected the grey levels of the real images"):
            run_workflow(stranger, [7], baselines=False)
        assert imported_run(stranger, dataset, ["histogram", "orientation"]).anew
        yield [run_workflow(one, [7], baselines=False, evidence=ASKED) for one in (own, stranger)]


def read(experiment, name):
    return json.loads((run_folder(experiment).evaluation / f"{name}.json").read_text(encoding="utf-8"))


def test_the_images_come_back_in_their_order(own, stranger, results):
    first, second = (DatasetFolder(run_folder(one).synthetic) for one in (own, stranger))
    for fold in ("train", "valid"):
        one, other = first.read_fold(fold), second.read_fold(fold)
        assert one.images.tobytes() == other.images.tobytes() and (one.labels == other.labels).all()
        assert set(one.image_ids) & set(other.image_ids) == set()
    assert first.manifest.combinations == second.manifest.combinations
    assert first.manifest.synthesis.labels == second.manifest.synthesis.labels == "as_real"
    origin = second.manifest.synthesis.external
    assert (origin.name, origin.owner, origin.version, origin.one_set) == ("stranger", "Somebody", "unknown", True)
    assert "histogram" in origin.accepted


def test_every_stage_ran_on_the_imported_images(stranger, results):
    done = [f"{name} seed 7" for name in ("classify", "fid", *ASKED)]
    assert results[1].done == done and results[1].failed == {}
    again = dry_run(stranger, [7], baselines=False, evidence=ASKED)
    assert again == dict.fromkeys(["prepare", "import seed 7", *done], "up to date")


def test_gap(own, stranger, results):
    one, other = (result.over_seeds["gap"].values for result in results)
    assert "external" not in one and other["external"] == {"sets": 1, "seeds": 1, "remarks": []}
    assert differing(one, other) <= PROVENANCE | TIMES
    assert one["gap"]["mean"]["values"] == other["gap"]["mean"]["values"]


@pytest.mark.parametrize("name", ["neighbours", "occlusion"])
def test_neighbours_and_importance(own, stranger, results, name):
    assert differing(read(own, name), read(stranger, name)) <= PROVENANCE | TIMES


def test_fid(own, stranger, results):
    """That of our own run makes images of its own, so the synthetic folder is compared in its place."""
    settings = own.evaluation.fid
    comparison = folder_comparison(own.dataset_dir, [run_folder(own).synthetic], settings.images, own.seed)
    (expected,) = evaluate(comparison, settings, Path("none"), seed=own.seed)
    found = read(stranger, "fid-random")
    assert found.pop("history") == []
    assert differing(plain(expected), found) <= PROVENANCE | TIMES
    assert found["synthetic"]["name"] == "stranger"


def test_privacy_in_the_rows_of_images(own, stranger, results):
    """Without a checkpoint as folders are, which have none either."""
    dataset = own.dataset_dir
    folders = ReleaseFolders(dataset, None, run_folder(own).synthetic)
    plain_audit, _ = run_audit(own, own.evaluation.privacy, None, folders)
    found = read(stranger, "privacy")
    rows = {row["name"]: row for row in found["verdicts"]}
    model = [rows.pop(name) for name in ("discriminator", "canaries")]
    assert {row["status"] for row in model} == {"noted"}
    assert all(row["words"].startswith("not applicable: the generator is from elsewhere") for row in model)
    expected = {row["name"]: row for row in plain(plain_audit.result)["verdicts"]}
    assert differing(rows, expected) == set() and len(rows) > 8
    # Beside our own audit only the correction for the number of rows differs, as that has one on the checkpoint.
    for row in read(own, "privacy")["verdicts"]:
        if row["name"] in rows:
            same = {key: value for key, value in row.items() if key != "lower_corrected"}
            assert same == {key: value for key, value in rows[row["name"]].items() if key != "lower_corrected"}


def test_readers(own, stranger, results, tmp_path):
    """The draw is keyed by the hash of the manifest, which is provenance; with one hash the studies are equal."""
    real = load_pool(own.dataset_dir, "real", "test")
    pools = [load_pool(run_folder(one).synthetic, "synthetic") for one in (own, stranger)]
    origin = pools[0].origin
    studies = []
    for number, pool in enumerate(pools):
        same = type(pool)(**{**vars(pool), "origin": origin})
        folder = tmp_path / str(number)
        folder.mkdir()
        config = ReaderStudyConfig(images=10)
        page, key = folder / "for_readers", folder / "key.json"
        create_study(config, real, same, page, key, name="drawings", seed=7, secret=SECRET)
        shown = {file.name: file.read_bytes() for file in sorted(page.rglob("*.png"))}
        values = json.loads(key.read_text(encoding="utf-8"))
        for image in values["images"]:
            image.pop("origin")
        studies.append((shown, values))
    assert studies[0] == studies[1] and studies[0][0]


def test_the_order_of_files_and_columns_does_not_matter(own, stranger, results, tmp_path):
    """Another shuffle gives the same folder; without the column row the order is another one, but always the same."""
    manifests = []
    for seed in (1, 2):
        folder = shuffled_export(DatasetFolder(run_folder(own).synthetic), tmp_path / f"pictures{seed}", seed)
        moved = stranger.external.model_copy(update={"folder": str(folder)})
        again = stranger.model_copy(update={"external": moved})
        assert dry_run(again, [7], baselines=False)["import seed 7"] == "up to date"
        manifests.append(Manifest.load(run_folder(again).synthetic))
    assert manifests[0] == manifests[1]
    assert all(manifests[0].images[fold] == count for fold, count in zip(FOLDS, (96, 48, 0), strict=True))
