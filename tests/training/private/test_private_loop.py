"""Private trainings in the loop, with quick steps in place of the real ones: noise, charges, budget and files."""

import json
import shutil
from unittest.mock import create_autospec

import numpy as np
import private_steps
import pytest
from private_shapes import (
    guarantee_of,
    ledger_of,
    private_experiment,
    secret_files,
    ticks_of,
)
from private_steps import check_used_once as not_twice
from run_states import assert_equal_states, final_state, shown

from medgan_tf.accounting.epsilon import epsilon, epsilon_rdp
from medgan_tf.accounting.guarantee import Charges, Guarantee
from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.errors import ConfigError, RunError
from medgan_tf.files.result_files import plain
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.training import loop, resume
from medgan_tf.training.loop import train
from medgan_tf.training.private import fingerprint, session, terms
from medgan_tf.training.private.key import load_key

PATIENTS = 36


@pytest.fixture
def journal(monkeypatch):
    """Quick steps, and no pictures. The list gets (seeds, digest of the weights before) of each."""
    monkeypatch.setattr(loop.SampleGrid, "write", lambda self, images_seen: None)
    steps: list[tuple[bytes, str]] = []
    private_steps.install(monkeypatch, lambda seeds, weights: steps.append((seeds, weights)))
    return steps


@pytest.fixture(scope="module")
def made(shapes, tmp_path_factory):
    """An unbroken run with all its checkpoints: its folder, its experiment, what it logged and its journal."""
    folder, steps = tmp_path_factory.mktemp("unbroken"), []
    with pytest.MonkeyPatch.context() as patch, shown() as lines:
        private_steps.install(patch, lambda seeds, weights: steps.append((seeds, weights)))
        experiment = private_experiment(folder, keep_checkpoints=9, tensorboard=True)
        train(experiment, shapes)
    return folder, experiment, lines, steps


def copied(made, tmp_path, images) -> Experiment:
    """The unbroken run as it is after a kill: newer checkpoints are gone, key and ledger are those of the end."""
    folder, experiment = tmp_path / "copy", private_experiment(tmp_path / "copy", keep_checkpoints=9, tensorboard=True)
    shutil.copytree(made[0], folder)
    run = run_folder(experiment)
    for checkpoint in run.checkpoints.iterdir():
        if int(checkpoint.name.removeprefix("images-")) > images:
            shutil.rmtree(checkpoint)
    if not images:
        run.checkpoints.rmdir()
    shutil.rmtree(run.generator)
    return experiment


# --- An unbroken run --------------------------------------------------------------------------------------------------


def test_epsilon_of_every_tick_is_that_of_the_accountant(made):
    _, experiment, lines, _ = made
    ticks = ticks_of(experiment)
    expected = [epsilon(Charges(8 / PATIENTS, 2.0, steps, (24.0,)), 1e-5) for steps in (5, 10, 15, 20)]
    assert [tick["epsilon"] for tick in ticks] == expected
    assert sum(f"epsilon {value:.3g}  memory" in line for line in lines for value in expected) == 4
    assert not any("score real" in line for line in lines)
    events = b"".join(path.read_bytes() for path in run_folder(experiment).tensorboard.rglob("*") if path.is_file())
    assert b"privacy/epsilon" in events


def test_guarantee_of_the_run_and_of_its_generator(made):
    folder, experiment, _, _ = made
    values = guarantee_of(experiment)
    charges = Charges(8 / PATIENTS, 2.0, 20, (24.0,))
    filed = Guarantee.from_json(values["guarantee"])
    assert (filed.epsilon, filed.epsilon_rdp) == (epsilon(charges, 1e-5), epsilon_rdp(charges, 1e-5))
    assert (filed.charges, filed.unit, filed.units) == (charges, "patient", PATIENTS)
    assert "The number of patients in the training fold: 36." in filed.declared_public
    entries = ledger_of(folder)
    assert values["noise"] == {"draws": 20, "forks": 0, "run": entries["run"]}
    assert values["label_counts"] == entries["label_counts"] and values["label_counts"]["noise"] == 24.0
    card = json.loads((run_folder(experiment).generator / "assets" / "generator.json").read_text())
    assert card["guarantee"] == values["guarantee"]


def test_start_says_what_is_promised_and_where_the_secret_lies(made):
    folder, _, lines, _ = made
    (line,) = [line for line in lines if line.startswith("differentially private")]
    assert line.startswith(
        "differentially private for 36 patients: noise multiplier 2, 8 of them in a step on average, 20 steps, "
    )
    assert f"lie in {folder / 'private' / 'noise'}" in line
    # The number of images is not public.
    assert not any("36 images" in line for line in lines)


def test_draws_are_the_keyed_ones_and_each_is_used_once(made):
    folder, _, _, steps = made
    key, salt = load_key(secret_files(folder)["key"]), ledger_of(folder)["salt"]
    assert [seeds for seeds, _ in steps] == [key.seeds(salt, number).tobytes() for number in range(20)]
    assert not_twice(steps) == 20


def test_the_secret_is_in_no_file_of_the_run(made):
    folder, experiment, lines, _ = made
    files = secret_files(folder)
    secret, salt = bytes.fromhex(files["key"].read_text()), ledger_of(folder)["salt"]
    needles = (secret, secret.hex().encode(), salt.encode(), bytes.fromhex(salt), secret[:16], secret[16:])
    paths = [path for path in run_folder(experiment).path.rglob("*") if path.is_file()]
    assert {"guarantee.json", "generator.json", "config.yaml", "latest.png"} <= {path.name for path in paths}
    assert not [path for path in paths for needle in needles if needle in path.read_bytes()]
    assert secret.hex() not in "".join(lines)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files.values())


def test_pictures_show_no_real_images(made):
    import cv2

    picture = cv2.imread(str(run_folder(made[1]).samples / "latest.png"), 0)
    # Three combinations, two columns of generated images of 16 pixels enlarged to 48, and nothing else.
    assert picture.shape == (22 + 3 * 48, 230 + 2 * 48)


# --- Going on ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("images", [0, 80])
def test_killed_run_ends_bit_equal_and_is_charged_once(made, shapes, journal, tmp_path, images, unexported):
    experiment = copied(made, tmp_path, images)
    train(experiment, shapes)
    assert_equal_states(final_state(run_folder(experiment)), final_state(run_folder(made[1])))
    assert [tick["epsilon"] for tick in ticks_of(experiment)] == [tick["epsilon"] for tick in ticks_of(made[1])]
    assert (ledger_of(tmp_path / "copy")["reserved"], ledger_of(tmp_path / "copy")["forks"]) == (20, 0)
    assert guarantee_of(experiment) == guarantee_of(made[1])
    assert not_twice(made[3], journal) == 20


@pytest.mark.parametrize(("images", "charged"), [(40, 35), (160, 20)])
def test_changed_fingerprint_draws_fresh_noise(
    made, shapes, journal, tmp_path, images, charged, unexported, monkeypatch
):
    experiment = copied(made, tmp_path, images)
    monkeypatch.setattr(fingerprint, "source_digest", lambda: "another version")
    with shown() as lines:
        train(experiment, shapes)
    assert ledger_of(tmp_path / "copy")["reserved"] == charged
    assert not_twice(made[3], journal) == charged
    if images == 160:
        # Nothing was left to do.
        assert not journal and ledger_of(tmp_path / "copy")["forks"] == 0
        return
    assert any("fresh noise" in line and "this package; 15 draws are charged a second time" in line for line in lines)
    assert guarantee_of(experiment)["guarantee"]["charges"]["steps"] == 35
    assert guarantee_of(experiment)["noise"]["forks"] == 1
    assert ticks_of(experiment)[-1]["epsilon"] == epsilon(Charges(8 / PATIENTS, 2.0, 35, (24.0,)), 1e-5)
    # It may be resumed again, bit for bit.
    for checkpoint in sorted(run_folder(experiment).checkpoints.iterdir())[2:]:
        shutil.rmtree(checkpoint)
    train(experiment, shapes)
    assert not_twice(made[3], journal) == ledger_of(tmp_path / "copy")["reserved"] == 35


def test_every_resume_draws_fresh_noise_where_bits_are_not_repeated(
    made, shapes, journal, tmp_path, unexported, monkeypatch
):
    experiment = copied(made, tmp_path, 80)
    monkeypatch.setattr(session, "deterministic", lambda: False)
    train(experiment, shapes)
    assert ledger_of(tmp_path / "copy")["reserved"] == not_twice(made[3], journal) == 20 + 10


def test_steps_that_are_not_repeated_bit_for_bit_are_found(made, shapes, journal, tmp_path, unexported, monkeypatch):
    """Something that the fingerprint does not know: nothing of these steps is written, and the next start forks."""
    experiment, update = copied(made, tmp_path, 40), ConditionalGan.update_average
    before = (run_folder(experiment).checkpoints / "images-00000000040" / "checkpoint.json").read_text()

    def other(self):
        update(self)
        self.average_state[0].assign_add(1e-3 * np.ones(self.average_state[0].shape, np.float32))

    monkeypatch.setattr(ConditionalGan, "update_average", other)
    with pytest.raises(RunError, match="did not give the same bits again"):
        train(experiment, shapes)
    folder = run_folder(experiment)
    assert [tick["images_seen"] for tick in ticks_of(experiment)] == [40]
    assert [path.name for path in folder.checkpoints.iterdir()] == ["images-00000000040"]
    assert (folder.checkpoints / "images-00000000040" / "checkpoint.json").read_text() == before
    with shown() as lines:
        train(experiment, shapes)
    assert any("fresh noise from here on: steps were not repeated" in line for line in lines)
    assert ledger_of(tmp_path / "copy")["reserved"] == 20 + 15


def test_old_checkpoint_from_before_a_fork_forks_again(made, shapes, journal, tmp_path, unexported, monkeypatch):
    """A backup of the run folder, put back after the fork."""
    experiment = copied(made, tmp_path, 80)
    backup = shutil.copytree(run_folder(experiment).path, tmp_path / "backup")
    with monkeypatch.context() as patch:
        patch.setattr(fingerprint, "source_digest", lambda: "another version")
        train(experiment, shapes)
        shutil.rmtree(run_folder(experiment).path)
        shutil.copytree(backup, run_folder(experiment).path)
        train(experiment, shapes)
    assert ledger_of(tmp_path / "copy")["reserved"] == not_twice(made[3], journal) == 20 + 10 + 10


# --- The watchdog -----------------------------------------------------------------------------------------------------


def diverging(monkeypatch, at):
    """The watchdog sees a divergence once, at the end of the tick with so many images."""
    original, seen = loop.Watchdog.on_epoch_end, []

    def watched(self, epoch, logs=None):
        if self.tick.after == at and not seen:
            seen.append(at)
            raise loop.TrainingDiverged("test")
        original(self, epoch, logs)

    monkeypatch.setattr(loop.Watchdog, "on_epoch_end", watched)


ROLLBACK = {"watchdog": {"policy": "rollback"}}


def test_rollback_draws_fresh_noise_and_is_charged(shapes, journal, tmp_path, unexported, monkeypatch):
    diverging(monkeypatch, at=120)
    experiment = private_experiment(tmp_path, **ROLLBACK)
    train(experiment, shapes)
    # 15 steps, back to 10, and 10 more.
    assert len(journal) == not_twice(journal) == ledger_of(tmp_path)["reserved"] == 25
    assert guarantee_of(experiment)["guarantee"]["charges"]["steps"] == 25
    assert ticks_of(experiment)[-1]["epsilon"] == epsilon(Charges(8 / PATIENTS, 2.0, 25, (24.0,)), 1e-5)


@pytest.mark.parametrize("write", [1, 2])
def test_rollback_killed_at_any_write_repeats_no_noise(shapes, journal, tmp_path, unexported, monkeypatch, write):
    diverging(monkeypatch, at=80)
    experiment, places = private_experiment(tmp_path, **ROLLBACK), []

    def killing(owner, name):
        original = getattr(owner, name)

        def watched(*positional, **named):
            if armed and len(places) == write:
                places.append(name)
                raise KeyboardInterrupt
            places.append(name) if armed else None
            return original(*positional, **named)

        monkeypatch.setattr(owner, name, watched)

    armed, roll_back = [], resume.roll_back

    def rolled_back(*arguments):
        armed.append(True)
        roll_back(*arguments)
        armed.clear()

    monkeypatch.setattr(loop, "roll_back", rolled_back)
    for owner, name in (
        (resume.record, "write_events"),
        (resume.record, "drop_metrics_after"),
        (loop.Checkpoints, "remove_after"),
        (loop.Checkpoints, "replace_extra"),
        (session.PrivateSession, "fork"),
    ):
        killing(owner, name)
    with pytest.raises(KeyboardInterrupt):
        train(experiment, shapes)
    armed.clear()
    train(experiment, shapes)
    order = ["fork", "remove_after", "replace_extra", "write_events"]
    assert places == order[: write + 1]
    assert not_twice(journal) == ledger_of(tmp_path)["reserved"] <= 30


# --- The budget -------------------------------------------------------------------------------------------------------


def test_run_ends_before_the_budget_is_exceeded(shapes, journal, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "export_generator", exported := create_autospec(loop.export_generator))
    target = epsilon(Charges(8 / PATIENTS, 2.0, 13, (24.0,)), 1e-5) + 1e-9
    experiment = private_experiment(tmp_path, dp={"target_epsilon": target})
    with shown() as lines:
        result = train(experiment, shapes)
    assert (result.images_seen, len(journal), ledger_of(tmp_path)["reserved"]) == (13 * 8, 13, 13)
    assert any("budget is used up" in line and "after 13 of 20 steps" in line for line in lines)
    assert (
        guarantee_of(experiment)["guarantee"]["epsilon"]
        <= target
        < epsilon(Charges(8 / PATIENTS, 2.0, 14, (24.0,)), 1e-5)
    )
    assert sorted(path.name for path in run_folder(experiment).checkpoints.iterdir())[-1] == "images-00000000104"
    (call,) = exported.call_args_list
    assert plain(call.args[2]["guarantee"]) == guarantee_of(experiment)["guarantee"]
    # It stays finished.
    run_folder(experiment).generator.mkdir()
    assert train(experiment, shapes).images_seen == 104 and len(journal) == 13 and exported.call_count == 1


def test_budget_counts_what_a_fork_costs(made, shapes, journal, tmp_path, unexported, monkeypatch):
    """The noise is what 20 steps need; after a fork fewer are left."""
    target = epsilon(Charges(8 / PATIENTS, 2.0, 25, (24.0,)), 1e-5)
    experiment = private_experiment(tmp_path, dp={"target_epsilon": target}, keep_checkpoints=9)
    train(experiment, shapes)
    for checkpoint in sorted(run_folder(experiment).checkpoints.iterdir())[1:]:
        shutil.rmtree(checkpoint)
    monkeypatch.setattr(fingerprint, "source_digest", lambda: "another version")
    result = train(experiment, shapes)
    # 5 steps are done, 20 draws are charged, and 5 more are allowed.
    assert (result.images_seen, ledger_of(tmp_path)["reserved"]) == (80, 25)


def test_budget_for_no_step_at_all_is_refused(shapes, journal, tmp_path):
    target = epsilon(Charges(8 / PATIENTS, 2.0, 0, (24.0,)), 1e-5) + 1e-9
    with pytest.raises(ConfigError, match="does not allow a single step"):
        train(private_experiment(tmp_path, dp={"target_epsilon": target}), shapes)
    assert not journal


def test_noise_of_a_target_is_found_once_and_kept(shapes, journal, tmp_path, unexported, monkeypatch):
    asked, target = [], epsilon(Charges(8 / PATIENTS, 2.0, 10, (24.0,)), 1e-5)
    monkeypatch.setattr(terms, "noise_for", lambda *numbers: asked.append(numbers) or 2.0)
    wanted = {"noise_multiplier": None, "target_epsilon": target}
    train(private_experiment(tmp_path, dp=wanted, total_images=80), shapes)
    # More images later: the noise stays, so the budget allows no further step.
    result = train(private_experiment(tmp_path, dp=wanted), shapes)
    assert (set(asked), result.images_seen) == ({(target, 1e-5, 8 / PATIENTS, 10, (24.0,), 0.0)}, 80)
    assert ledger_of(tmp_path)["mechanism"]["noise_multiplier"] == 2.0


def test_infinite_target_trains_without_noise_and_promises_nothing(shapes, journal, tmp_path, unexported):
    experiment = private_experiment(tmp_path, dp={"noise_multiplier": None, "target_epsilon": "inf"})
    with shown() as lines:
        train(experiment, shapes)
    assert ledger_of(tmp_path)["mechanism"]["noise_multiplier"] == 0.0 and len(journal) == 20
    assert guarantee_of(experiment)["guarantee"]["epsilon"] == "inf"
    assert any("epsilon infinite  memory" in line for line in lines)


# --- What is refused --------------------------------------------------------------------------------------------------


def test_lost_key_is_refused(made, shapes, journal, tmp_path):
    experiment = copied(made, tmp_path, 80)
    secret_files(tmp_path / "copy")["key"].unlink()
    with pytest.raises(RunError, match=r"\.key is gone, and without it no step can be repeated"):
        train(experiment, shapes)
    assert not journal


def test_lost_ledger_is_refused(made, shapes, journal, tmp_path):
    experiment = copied(made, tmp_path, 80)
    secret_files(tmp_path / "copy")["ledger"].unlink()
    with pytest.raises(RunError, match=r"ledger\.json is gone, and without it nobody knows what was charged"):
        train(experiment, shapes)


def test_lost_name_of_the_key_is_refused(made, shapes, journal, tmp_path):
    experiment = copied(made, tmp_path, 80)
    run_folder(experiment).guarantee.unlink()
    with pytest.raises(RunError, match="guarantee.json, which names its key, is gone"):
        train(experiment, shapes)


def test_another_machine_without_the_private_folder_is_refused(made, shapes, journal, tmp_path):
    experiment = copied(made, tmp_path, 80)
    shutil.move(tmp_path / "copy" / "private", tmp_path / "left behind")
    with pytest.raises(RunError, match="bring it back from the machine where the training began"):
        train(experiment, shapes)


def test_ledger_from_a_backup_is_refused(made, shapes, journal, tmp_path):
    experiment, files = copied(made, tmp_path, 80), secret_files(tmp_path / "copy")
    values = json.loads(files["ledger"].read_text())
    files["ledger"].write_text(json.dumps({**values, "reserved": 9}))
    with pytest.raises(RunError, match="older than"):
        train(experiment, shapes)


def test_other_terms_are_refused(made, shapes, journal, tmp_path):
    experiment = copied(made, tmp_path, 80)
    changed = experiment.privacy.dp.model_copy(update={"clip": 2.0, "tried_runs": 3})
    other = experiment.model_copy(update={"privacy": experiment.privacy.model_copy(update={"dp": changed})})
    with pytest.raises(RunError, match=r"trained with other settings: privacy\.dp\.clip 1\.0 -> 2\.0\. Set"):
        train(other, shapes)


def test_restart_destroys_the_key_and_tells_what_was_charged(made, shapes, journal, tmp_path, unexported):
    experiment, files = copied(made, tmp_path, 80), secret_files(tmp_path / "copy")
    old, spent = ledger_of(tmp_path / "copy"), guarantee_of(experiment)["guarantee"]["epsilon"]
    with shown() as lines:
        train(experiment, shapes, resume=False)
    assert any(f"charged epsilon {spent}" in line and "add up" in line for line in lines)
    assert not files["key"].exists() and files["ledger"].exists()
    new = ledger_of(tmp_path / "copy")
    assert new["run"] != old["run"] and new["reserved"] == 20
    assert not_twice(made[3], journal) == 40


def test_a_private_folder_in_the_run_folder_is_refused(shapes, tmp_path):
    inside = str(run_folder(private_experiment(tmp_path)).path / "private")
    experiment = private_experiment(tmp_path)
    data = experiment.data.model_copy(update={"private_dir": inside})
    with pytest.raises(ConfigError, match="data.private_dir must lie outside the run folder"):
        train(experiment.model_copy(update={"data": data}), shapes)


def test_a_full_disk_hands_out_no_noise(shapes, journal, tmp_path, monkeypatch):
    from medgan_tf.training.private import ledger

    original = ledger.Ledger.reserve

    def full(self, draws, forks):
        if draws > 5:
            raise OSError(28, "No space left on device")
        return original(self, draws, forks)

    monkeypatch.setattr(ledger.Ledger, "reserve", full)
    with pytest.raises(
        RunError, match="cannot be charged, as .*ledger.json cannot be written: No space left on device"
    ):
        train(private_experiment(tmp_path), shapes)
    assert len(journal) == 5
