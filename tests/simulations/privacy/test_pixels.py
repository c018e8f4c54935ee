"""The intervals of MS-SSIM and of the sliced distance hold what they promise, in 200 draws."""

from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.privacy.pixels import images, simulate
from medgan_tf.simulations.row import SUITE


def test_coverage():
    rows = simulate(200, 4, ((50, 3),), ((100, 1, 1.0),))
    assert [row.setting.split(",")[0] for row in rows] == [
        "MS-SSIM of all pairs",
        "MS-SSIM within labels",
        "SWD",
    ]
    assert [f"{row.setting}: {row.rate}" for row in rows if not (row.holds(SUITE) and row.rate <= 0.99)] == []


def test_images_of_one_patient_are_alike():
    sample = images(stream(0, "images"), 300, 2, True)
    pixels = sample.images.reshape(300, 2, -1).astype(float)
    pixels -= pixels.mean(axis=(0, 1))
    own = (pixels[:, 0] * pixels[:, 1]).sum(axis=1).mean()
    other = (pixels[:, 0] * pixels[::-1, 1]).sum(axis=1).mean()
    assert own > 5 * abs(other)
    assert (sample.labels.reshape(300, 2).std(axis=1) == 0).all() and 0.25 < sample.labels.mean() < 0.42
