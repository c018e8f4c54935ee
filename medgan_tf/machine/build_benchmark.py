"""Speed of building datasets, against OpenCV's bare decoding and resizing of the same files."""

import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from medgan_tf.cores import usable_cores
from medgan_tf.data.build import BuildPlan, build_dataset
from medgan_tf.data.records.image_coding import decode_image
from medgan_tf.data.records.manifest import FOLDS
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.table import FoldTable
from medgan_tf.machine.grey_files import GreyFiles
from medgan_tf.metrics.streams import stream
from medgan_tf.presentation.progress import Silent

_HEIGHT, _WIDTH = 320, 390
_ROUNDS = 5


def measure_build(images: int, resolution: int, encoding: str = "png") -> dict[str, float | str]:
    """Builds a dataset from JPEG files of 320x390 pixels made for it, in turns with bare decoding and resizing.

    Args:
        images: Number of files.
        resolution: Side of the stored images, pixels.
        encoding: `png` or `raw`, as `data.encoding`.

    Returns:
        The arguments; `bare_images_per_second` (imread and area resize, one thread per core), `build_images_per_second`
        (TFRecords written, read back, checked and published), `fraction` (median over pairs of runs), `dataset_bytes`,
        and `bytes_over_png`: TFRecords against the same images as PNG files of OpenCV's default encoder.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = _write_jpegs(Path(folder), images)
        bare, build = [], []
        for number in range(_ROUNDS + 1):
            seconds = _seconds(lambda: _decode_bare(paths, resolution))
            target = Path(folder) / f"dataset-{number}"
            building = _seconds(lambda target=target: _build(paths, target, resolution, encoding))
            # The first pair warms the file cache and the thread pools.
            if number:
                bare.append(seconds)
                build.append(building)
        dataset = DatasetFolder(target)
        stored = sum(shard.bytes for shard in dataset.shards())
        return {
            "images": images,
            "resolution": resolution,
            "encoding": encoding,
            "cores": usable_cores(),
            "bare_images_per_second": images / statistics.median(bare),
            "build_images_per_second": images / statistics.median(build),
            "fraction": statistics.median(first / second for first, second in zip(bare, build, strict=True)),
            "dataset_bytes": stored,
            "bytes_over_png": stored / _png_bytes(dataset),
        }


def _write_jpegs(folder: Path, images: int) -> list[str]:
    """Smooth noise over a gradient: files of about the size that radiographs have."""
    random, paths = stream(0, "pictures of the benchmark"), []
    gradient = np.linspace(40, 180, _WIDTH, dtype=np.float32)[None]
    for number in range(images):
        noise = random.standard_normal((_HEIGHT // 8, _WIDTH // 8)).astype(np.float32)
        smooth = cv2.resize(noise, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_CUBIC)
        grain = random.standard_normal((_HEIGHT, _WIDTH)).astype(np.float32)
        picture = np.clip(gradient + 25 * smooth + 4 * grain, 0, 255).astype(np.uint8)
        paths.append(str(folder / f"{number:06d}.jpg"))
        cv2.imwrite(paths[-1], picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return paths


def _decode_bare(paths: list[str], resolution: int) -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)

    def decode(path: str) -> None:
        image = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
        cv2.resize(image, (resolution, resolution), interpolation=cv2.INTER_AREA)

    with ThreadPoolExecutor(usable_cores()) as pool:
        for _ in pool.map(decode, paths, chunksize=16):
            pass
    cv2.setNumThreads(before)


def _build(paths: list[str], target: Path, resolution: int, encoding: str) -> None:
    count = len(paths)
    # 80 / 10 / 10: tenths 0 to 7 train, 8 valid, 9 test.
    folds = np.array(FOLDS, dtype=object)[np.maximum(np.arange(count) * 10 // count - 7, 0)]
    frame = pd.DataFrame({"image_id": paths, "path": paths, "patient_id": paths, "fold": folds, "copy": 0})
    pseudonyms = np.array([f"{number:014x}" for number in range(count)])
    plan = BuildPlan(
        path=target,
        folds=FoldTable(frame, np.ones((count, 1), np.uint8), ("finding",), ()),
        image_ids=pseudonyms,
        patients=pseudonyms,
        build_hash="0" * 64,
        resolution=resolution,
        encoding=encoding,
        max_unreadable=0.0,
        manifest_values={"name": "benchmark"},
    )
    build_dataset(GreyFiles(), plan, Silent())


def _png_bytes(dataset: DatasetFolder) -> int:
    shape, encoding = tuple(dataset.manifest.image_shape), dataset.manifest.encoding
    records = (record for fold in FOLDS for batch in dataset.records(fold) for record in batch)
    return sum(len(cv2.imencode(".png", decode_image(record.payload, shape, encoding))[1]) for record in records)


def _seconds(call) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
