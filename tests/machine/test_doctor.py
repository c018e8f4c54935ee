"""What the doctor looks at."""

import pytest

from medgan_tf.machine import doctor


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_known_values_of_a_training_step(precision, monkeypatch):
    values = doctor.step_values(precision)
    assert values.keys() == doctor.KNOWN.keys()
    for name, known in doctor.KNOWN.items():
        tolerance = doctor.TOLERANCE[precision]
        assert values[name] == pytest.approx(known, rel=tolerance, abs=tolerance), name
    monkeypatch.setattr(doctor, "step_values", {precision: values}.__getitem__)
    assert doctor._known_step(precision).state == "ok"


def test_wrong_values_fail(monkeypatch):
    monkeypatch.setattr(doctor, "step_values", lambda precision: {**doctor.KNOWN, "loss_g": -3.2})
    finding = doctor._known_step("float32")
    assert (finding.state, finding.text) == ("failed", "loss_g is -3.2, not -3.14646: do not train with it here")


def test_xla_gradients_agree():
    assert doctor.compiled_error() < 1e-3


def test_state_comes_back_equal():
    assert doctor._save_and_reload() == doctor.Finding("checkpoint and export", "ok", "come back equal")


def test_variables_that_spoil_training_are_named(monkeypatch):
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert [(one.name, one.state) for one in doctor._environment()] == [
        ("TF_USE_LEGACY_KERAS", "failed"),
        ("TF_ENABLE_ONEDNN_OPTS", "warning"),
    ]


def test_weights_are_looked_for_and_not_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert doctor._image_net().state == "warning"
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5").touch()
    assert doctor._image_net().state == "ok"


def test_a_check_that_breaks_is_a_finding():
    def broken():
        raise ValueError("no such thing\nmore")

    assert doctor._tried("x", broken) == doctor.Finding("x", "failed", "ValueError: no such thing")


def test_dicom_decoders(monkeypatch):
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda module: module)
    assert doctor._dicom_decoders() == doctor.Finding("DICOM decoders", "ok", "gdcm, jpeg_ls, openjpeg")
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda module: "spec" if module == "openjpeg" else None)
    unread = "files in these forms cannot be read: JPEG Lossless and 12-bit JPEG; JPEG-LS"
    expected = f"{unread}; pip install 'medgan-tf[dicom]' brings decoders"
    assert doctor._dicom_decoders() == doctor.Finding("DICOM decoders", "warning", expected)


def test_the_accountant_of_private_trainings(monkeypatch):
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda module: None)
    text = (
        "dp-accounting is missing; only privacy.dp, plan --privacy and quickstart_private need it: pip install "
        "'medgan-tf[dp]'"
    )
    assert doctor._accountant() == doctor.Finding("private training", "warning", text)
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda module: module)
    monkeypatch.setattr(doctor.importlib.metadata, "version", lambda name: "9.8")
    assert doctor._accountant() == doctor.Finding("private training", "ok", "dp-accounting 9.8")
