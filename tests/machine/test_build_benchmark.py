"""The build benchmark: its figures belong together and it cleans up."""

from medgan_tf.machine.build_benchmark import measure_build


def test_figures_belong_together(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = measure_build(images=40, resolution=32)
    assert (result["images"], result["resolution"]) == (40, 32)
    ratio = result["build_images_per_second"] / result["bare_images_per_second"]
    # A median of ratios and a ratio of medians differ, the more the busier the machine: 40 images take milliseconds.
    assert ratio / 3 < result["fraction"] < ratio * 3
    # 40 images of 32x32 grey values: at most the raw pixels and 80 bytes each.
    assert 40 * 200 < result["dataset_bytes"] < 40 * (1024 + 80)
    assert 0.5 < result["bytes_over_png"] < 1.3
    assert not list(tmp_path.iterdir())


def test_raw_images(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("medgan_tf.machine.build_benchmark._ROUNDS", 1)
    result = measure_build(images=20, resolution=32, encoding="raw")
    assert result["encoding"] == "raw"
    assert 20 * 1024 < result["dataset_bytes"] < 20 * (1024 + 80)
