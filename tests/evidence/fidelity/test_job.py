"""The fidelity job: what it measures, that worse images score worse, and what it warns of."""

import json
import math

import cv2
import numpy as np
import pytest
from phantom_sets import NAMES, blurred, noisy, phantom_set, swapped

from medgan_tf.config.schema import FidConfig
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.fidelity.comparison import Comparison, folder_comparison
from medgan_tf.evidence.fidelity.job import checked_metrics, evaluate, save_results
from medgan_tf.evidence.fidelity.table import all_lines, figure
from medgan_tf.files.result_files import plain
from medgan_tf.metrics.frechet import frechet_distance_of
from medgan_tf.metrics.registry import METRICS
from medgan_tf.registry import EXTRACTORS

SETTINGS = FidConfig(extractor="random", bootstrap=3)


@pytest.fixture(scope="module")
def sets():
    return phantom_set("real", 60, 1), phantom_set("held out", 30, 2), phantom_set("other", 60, 3)


def run(sets, *synthetic, settings=SETTINGS, seed=1, **options):
    return evaluate(Comparison(sets[0], sets[1], synthetic), settings, None, seed=seed, **options)


def fids(results):
    return [result["metrics"]["fid"]["value"] for result in results]


@pytest.mark.parametrize(
    "spoil, strengths", [(blurred, (0.6, 1.0, 2.0)), (noisy, (25, 50, 100))], ids=["blur", "noise"]
)
def test_worse_images_score_worse(sets, spoil, strengths):
    results = run(sets, sets[2], *(spoil(sets[2], strength) for strength in strengths), metrics=["fid", "kid"])
    for name in ("fid", "kid"):
        values = [result["metrics"][name]["value"] for result in results]
        assert values == sorted(values) and values[-1] > 2 * values[0]
    # The untouched set is near the floor, at the floor's own number of images.
    lowest = results[0]["floor"]
    assert lowest["images"] == 60
    assert lowest["synthetic"]["fid"] < 1.5 * lowest["real"]["fid"]


def test_swapped_labels_show_in_the_combinations_only(sets):
    results = run(sets, sets[2], *(swapped(sets[2], share) for share in (0.3, 0.5, 1.0)), metrics=["fid"])
    assert len(set(fids(results))) == 1
    means = [result["combination_mean"]["fid"] for result in results]
    assert means == sorted(means) and means[-1] > 2 * means[0]
    for first, last in zip(results[0]["combinations"], results[-1]["combinations"], strict=True):
        assert first["labels"] == last["labels"] and first["images_synthetic"] == 60
        assert last["values"]["fid"] > 1.5 * first["values"]["fid"]


@pytest.fixture(scope="module")
def everything(sets):
    (result,) = run(sets, sets[2])
    return result


def test_everything_at_once(sets, everything, tmp_path):
    result = everything
    extractor = EXTRACTORS.get("random")
    metrics = result["metrics"]
    assert set(metrics) == {"fid", "kid", "mmd", "precision", "recall", "density", "coverage", "ms_ssim", "swd"}
    from medgan_tf.features.extractor import ExtractorRequest

    made = extractor(ExtractorRequest())
    expected = frechet_distance_of(made.features(sets[0].images), made.features(sets[2].images))
    assert metrics["fid"]["value"] == pytest.approx(expected, rel=1e-6)
    for found in (metrics[name] for name in ("kid", "mmd", "precision", "recall", "density", "coverage", "swd")):
        assert found["interval"][0] <= found["value"] <= found["interval"][1]
    assert math.isnan(metrics["fid"]["infinite"]["value"]) and "interval" not in metrics["fid"]
    assert result["format_version"] == 2 and result["units"] == {"real": "images", "synthetic": "images"}
    digest = made.description.weights_sha256[:12]
    assert result["protocol"] == (
        f"medgan-fid-v1: extractor random {digest}, resize bilinear with antialiasing to 64 pixels, n 120 + 120, "
        "draws by image (patients not known), seed 1"
    )
    assert metrics["ms_ssim"]["within"]["real"]["value"] > metrics["ms_ssim"]["between"]["real"]["value"]
    assert set(metrics["swd"]["levels"]) == {"32", "16"}
    assert result["extractor"]["weights_sha256"] == made.description.weights_sha256
    assert result["real"] == {"name": "real", "kind": "phantom", "images": 120, "sha256": "0" * 64}
    assert [row["labels"] for row in result["combinations"]] == [[NAMES[1]], [NAMES[0]]]
    notes = "\n".join(result["notes"])
    assert "warning: 120 images for 256 features (random): FID is above its true value and has no interval" in notes
    assert "intervals are over images" in notes and "in both" not in notes
    assert "warning: extractor 'random' is for smoke runs" in notes
    assert "the floor is at 60 images" in notes
    files = save_results(tmp_path, [result])
    assert [file.name for file in files] == ["fid-random.json", "fid-random-combinations.png"]
    stored = json.loads(files[0].read_text())
    assert stored["metrics"]["fid"]["infinite"]["value"] is None and stored["history"] == []
    assert cv2.imread(str(files[1])).shape[1] > 800
    assert stored["seed"] == 1
    text = all_lines([result])
    assert "FID at infinite n" in text and "undefined" in text and "mean, weighted" in text
    assert "too few patients for an FID interval (120; 768 needed)" in text


def test_every_quantity_has_a_row_in_the_table(everything):
    """MS-SSIM like the others: value, interval, and both values at the number of images of the floor."""
    result = everything
    rows = {line.split("  ")[0]: line for line in all_lines([result]).splitlines()}
    # Those of pairs without labels are not there.
    measured = [one for one in METRICS.quantities() if one.found(result["metrics"])]
    assert {one.key for one in METRICS.quantities()} - {one.key for one in measured} == {
        "ms_ssim_all",
        "ms_ssim_all_real",
    }
    for quantity in measured:
        found = quantity.found(result["metrics"])
        assert (
            figure(quantity.key, found["value"]) in rows[quantity.heading]
            and quantity.direction in rows[quantity.heading]
        )
        if quantity.quick:
            for kind in ("synthetic", "real"):
                assert figure(quantity.key, result["floor"][kind][quantity.key]) in rows[quantity.heading]
    within = result["metrics"]["ms_ssim"]["within"]["synthetic"]
    assert f"{within['interval'][0]:.4g} to {within['interval'][1]:.4g}" in rows["MS-SSIM within: synthetic"]
    head = next(line for line in all_lines([result]).splitlines() if line.startswith("label combination"))
    assert all(quantity.heading in head for quantity in METRICS.quantities() if quantity.quick)


def test_the_seed_decides_every_draw(sets):
    """Equal seeds, equal results; another seed, other resamples, subsets, pairs, patches and floor."""
    few = [one.take(np.arange(count)) for one, count in zip(sets, (40, 20, 30), strict=True)]
    # From one distribution, so that the p-value of the permutations is not the smallest that there is.
    chosen = {"settings": SETTINGS.model_copy(update={"bootstrap": 2}), "metrics": ["fid", "kid", "ms_ssim"]}
    first, again, other = (run(few, few[2], seed=seed, **chosen)[0] for seed in (1, 1, 2))
    for result in (first, again, other):
        del result["seconds"]
    assert plain(first) == plain(again)
    for draw in (
        lambda result: result["metrics"]["kid"]["p_no_difference"],
        lambda result: result["metrics"]["ms_ssim"]["within"]["real"]["value"],
        lambda result: result["floor"]["real"]["kid"],
    ):
        assert draw(first) != draw(other)


def test_image_metrics_need_no_features(sets):
    (result,) = run(sets, sets[2].take(np.arange(20)), metrics=["ms-ssim"])
    assert set(result["metrics"]) == {"ms_ssim"}
    assert not any("features" in note for note in result["notes"])


def test_few_images_are_undefined_not_wrong(sets):
    few = sets[2].take(np.array([0, 1, 2, 4]))
    (result,) = run(sets, few, metrics=["fid", "kid", "prdc", "ms_ssim"])
    assert math.isnan(result["metrics"]["precision"]["value"])
    lone = next(row for row in result["combinations"] if row["images_synthetic"] == 1)
    assert math.isnan(lone["values"]["fid"]) and math.isnan(lone["values"]["ms_ssim"])
    assert "undefined" in all_lines([result])
    with pytest.raises(DataError, match="other .phantom. holds 1 images; a comparison needs at least two"):
        run(sets, few.take(np.array([0])))


def test_extractors_that_disagree(sets, tmp_path):
    """Mean and spread of the pixels do not see a shuffle of the pixels; convolutions do."""
    from tiny_features import write_brightness_model

    model = write_brightness_model(tmp_path / "brightness")
    order = np.random.default_rng(0).permutation(32 * 32)
    pixels = sets[2].images.reshape(len(sets[2]), -1)[:, order].reshape(sets[2].images.shape)
    shuffled, bright = sets[2].take(np.arange(120)), noisy(sets[2], 0)
    shuffled = type(shuffled)("shuffled", "phantom", pixels, shuffled.labels, NAMES, "0" * 64)
    brighter = np.clip(bright.images.astype(int) + 12, 0, 255).astype(np.uint8)
    bright = type(bright)("bright", "phantom", brighter, bright.labels, NAMES, "0" * 64)
    results = run(sets, shuffled, bright, extractors=["random", str(model)], metrics=["fid"])
    assert len(results) == 4
    expected = "the extractors disagree on the order by FID (random: bright < shuffled; saved_model: shuffled < bright)"
    assert all(any(expected in note for note in result["notes"]) for result in results)
    same = run(sets, sets[2], bright, extractors=["random", str(model)], metrics=["fid"])
    assert not any("disagree" in note for result in same for note in result["notes"])
    names = [file.name for file in save_results(tmp_path / "out", results) if file.suffix == ".json"]
    assert names == [f"fid-{e}-{s}.json" for e in ("random", "saved_model") for s in ("shuffled", "bright")]


def test_metric_names():
    assert [metric.name for metric in checked_metrics([" ms-ssim", "FID", "fid"])] == ["fid", "ms_ssim"]
    assert [metric.name for metric in checked_metrics()] == ["fid", "kid", "mmd", "prdc", "ms_ssim", "swd"]
    with pytest.raises(ConfigError, match="expected metrics among fid, kid, mmd, ms_ssim, prdc, swd. Received: is"):
        checked_metrics(["is"])
    with pytest.raises(ConfigError, match="Received: none"):
        checked_metrics([""])


# --- folders ----------------------------------------------------------------------------------------------------------


def write_files(folder, images, labels=True, side=32):
    folder.mkdir()
    rows = ["path,fold," + ",".join(NAMES)]
    for number, (image, vector) in enumerate(zip(images.images, images.labels, strict=True)):
        (folder / f"{number % 2}").mkdir(exist_ok=True)
        name = f"{number % 2}/{number:03d}.png"
        cv2.imwrite(str(folder / name), cv2.resize(image[..., 0], (side, side), interpolation=cv2.INTER_AREA))
        rows.append(f"{name},train," + ",".join(str(int(value)) for value in vector))
    if labels:
        (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_two_folders_of_files(sets, tmp_path):
    real, other = write_files(tmp_path / "real", sets[0]), write_files(tmp_path / "other", sets[2])
    comparison = folder_comparison(real, [other], 100, 1)
    assert len(comparison.real) == len(comparison.synthetic[0]) == 100 and comparison.held_out is None
    first, second = comparison.halves
    assert sorted([*first, *second]) == list(range(100)) and len(first) == 50
    assert "the floor is one half of the real ones against the other" in comparison.notes[-1]
    whole = folder_comparison(real, [other], 1000, 1)
    assert {image.tobytes() for image in whole.real.images} == {image.tobytes() for image in sets[0].images}
    np.testing.assert_array_equal(whole.synthetic[0].labels.sum(axis=0), [60, 60])
    (result,) = evaluate(whole, SETTINGS, None, seed=1, metrics=["fid"])
    assert [row["images_real"] for row in result["combinations"]] == [60, 60]
    assert all(25 < row["floor"]["images"] <= 30 for row in result["combinations"])
    assert result["floor"]["images"] == 60 and "held_out" not in result["floor"]
    assert result["real"]["images"] == 120 and result["held_out"]["images"] == 60
    assert result["closer_to_training"] is None
    assert str(tmp_path) not in json.dumps(result)


def test_a_folder_against_itself(sets, tmp_path):
    """All of its images are compared: the distances are 0, there is no interval, and the overlap is named."""
    real = write_files(tmp_path / "real", sets[0])
    settings = SETTINGS.model_copy(update={"neighbours": 3})
    asked = ["fid", "kid", "mmd", "prdc"]
    (result,) = evaluate(folder_comparison(real, [real], 1000, 1), settings, None, seed=1, metrics=asked)
    metrics = result["metrics"]
    assert metrics["fid"]["value"] == 0.0
    assert metrics["kid"]["value"] == pytest.approx(0.0, abs=1e-12)
    assert metrics["mmd"]["value"] == pytest.approx(0.0, abs=1e-12)
    assert metrics["precision"]["value"] == metrics["recall"]["value"] == metrics["coverage"]["value"] == 1.0
    for name in ("kid", "mmd", "precision"):
        assert metrics[name]["reason"] == "no interval: 100 % of the smaller set are in both sets"
    assert "warning: 120 images are in both the real and the synthetic set, with equal pixels" in result["notes"]
    # The floor is of two different halves.
    assert result["floor"]["real"]["fid"] > 0.0


def test_some_images_in_both_folders(sets, tmp_path):
    real, other = write_files(tmp_path / "real", sets[0]), write_files(tmp_path / "other", sets[2])
    (tmp_path / "other" / "0" / "000.png").write_bytes((tmp_path / "real" / "0" / "000.png").read_bytes())
    (result,) = evaluate(folder_comparison(real, [other], 1000, 1), SETTINGS, None, seed=1, metrics=["kid"])
    assert "warning: 1 image is in both the real and the synthetic set, with equal pixels" in result["notes"]
    # One of 120 is within one in a hundred.
    assert "interval" in result["metrics"]["kid"]


def test_copies_are_closer_to_the_training_images(sets):
    """A generator that makes its training images again, with a little noise, undercuts the floor."""
    copies = noisy(sets[0], 2)
    honest, copied = run(sets, sets[2], copies, metrics=["fid", "kid"])
    assert not honest["closer_to_training"]["closer"] and "it is not shown that" in all_lines([honest])
    assert copied["closer_to_training"]["closer"] and copied["closer_to_training"]["interval"][1] < 0
    floor = copied["floor"]
    assert floor["synthetic"]["fid"] < 0.5 * floor["real"]["fid"] < floor["held_out"]["fid"]
    assert "warning: the synthetic images are closer to the training images than other real images are" in all_lines(
        [copied]
    )
    # KID of held-out images has an interval too.
    assert floor["intervals"]["real"]["kid"][0] < floor["real"]["kid"] < floor["intervals"]["real"]["kid"][1]


def test_numbers_of_images_that_differ_are_not_compared(sets):
    results = run(sets, sets[2], sets[2].take(np.arange(60)), metrics=["fid"])
    for result in results:
        (note,) = [note for note in result["notes"] if "cannot be compared: medgan-fid-v1" in note]
        assert "n 120 + 120" in note and "n 120 + 60" in note


def test_sizes_and_labels_that_differ(sets, tmp_path):
    real = write_files(tmp_path / "real", sets[0])
    small = write_files(tmp_path / "small", sets[2], labels=False, side=16)
    comparison = folder_comparison(real, [small], 1000, 1)
    assert comparison.real.images.shape[1:] == comparison.synthetic[0].images.shape[1:] == (16, 16, 1)
    assert "resized to 16x16 pixels, the smallest of 32, 16" in comparison.notes
    assert any("no table by label combination" in note for note in comparison.notes)
    (result,) = evaluate(comparison, SETTINGS, None, seed=1, metrics=["fid", "ms_ssim"])
    assert result["combinations"] == [] and result["combination_mean"] == {}
    assert math.isnan(result["metrics"]["ms_ssim"]["within"]["real"]["value"])


def bad_labels(folder, text):
    (folder / "labels.csv").write_text(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,a\nx.png,1\n", "expected a column `path` and one for each label; found image, a"),
        ("path,a\nelse.png,1\n", "lists none of the 120 images"),
        ("path,a\n0/000.png,2\n", "labels must be 0 or 1"),
        ("path,a\n0/000.png,1\n0/000.png,0\n", "a path is listed twice"),
        ("", "is empty .0 bytes."),
    ],
)
def test_label_tables_that_cannot_be(sets, tmp_path, text, message):
    real = write_files(tmp_path / "real", sets[0])
    bad_labels(real, text)
    with pytest.raises(DataError, match=message):
        folder_comparison(real, [real], 10, 1)


def test_folders_that_hold_nothing(tmp_path):
    with pytest.raises(DataError, match="no such folder: .*nothing"):
        folder_comparison(tmp_path / "nothing", [tmp_path], 10, 1)
    with pytest.raises(DataError, match="holds neither a manifest.json nor PNG, JPEG or TIFF files"):
        folder_comparison(tmp_path, [tmp_path], 10, 1)
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    with pytest.raises(DataError, match="a.png: is truncated"):
        folder_comparison(tmp_path, [tmp_path], 10, 1)
