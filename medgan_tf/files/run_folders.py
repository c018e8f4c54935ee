"""The files inside a run. This is the only place that knows file names in a run folder."""

from pathlib import Path


class RunFolder:
    """One training run, ``<output>/<experiment>/<gan>-seed<seed>/``. Holds paths only; creates nothing by itself.

    Args:
        path: The run's folder; need not exist.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)

    @classmethod
    def of(cls, output: str | Path, experiment: str, architecture: str, seed: int) -> "RunFolder":
        """The folder of an experiment's run for one architecture and seed."""
        return cls(Path(output) / experiment / f"{architecture}-seed{seed}")

    @classmethod
    def of_real(cls, output: str | Path, experiment: str, seed: int) -> "RunFolder":
        """The folder of what is computed from an experiment's real images for one seed; all its GANs share it."""
        return cls(Path(output) / experiment / f"real-seed{seed}")

    @property
    def experiment(self) -> str:
        """Name of the experiment."""
        return self.path.parent.name

    @property
    def architecture(self) -> str:
        """Name of the GAN."""
        return self.path.name.rpartition("-seed")[0]

    @property
    def seed(self) -> int:
        """The seed. Raises `ValueError` for a folder that is not named ``<gan>-seed<seed>``."""
        return int(self.path.name.rpartition("-seed")[2])

    @property
    def real(self) -> "RunFolder":
        """The folder of what is computed from the experiment's real images for the same seed."""
        return RunFolder.of_real(self.path.parent.parent, self.experiment, self.seed)

    @property
    def gap(self) -> Path:
        """Where the gap over all seeds of the same experiment and GAN lies."""
        return gap_folder(self.path.parent.parent, self.experiment, self.architecture)

    @property
    def config(self) -> Path:
        """The resolved configuration the run was started with."""
        return self.path / "config.yaml"

    @property
    def environment(self) -> Path:
        """Versions, devices and git revision of the last start."""
        return self.path / "environment.json"

    @property
    def dataset(self) -> Path:
        """Counts and remarks of the dataset that the run was trained on."""
        return self.path / "dataset.json"

    @property
    def guarantee(self) -> Path:
        """The guarantee of a private training, and the noisy counts of its label combinations; else absent."""
        return self.path / "guarantee.json"

    @property
    def public_start(self) -> Path:
        """The public training from whose networks a private training began; else absent. Names no folder."""
        return self.path / "public_start.json"

    @property
    def log(self) -> Path:
        """The log file: the lines of the terminal, with times."""
        return self.path / "log.txt"

    @property
    def metrics(self) -> Path:
        """One JSON object per tick."""
        return self.path / "metrics.jsonl"

    @property
    def events(self) -> Path:
        """The events of the watchdog, one JSON object each; absent while there is none."""
        return self.path / "events.jsonl"

    @property
    def tensorboard(self) -> Path:
        """TensorBoard event files."""
        return self.path / "tensorboard"

    @property
    def tracking(self) -> Path:
        """The run of MLflow that a training goes on with; absent unless the experiment asked for MLflow."""
        return self.path / "tracking.json"

    @property
    def checkpoints(self) -> Path:
        """Full training states."""
        return self.path / "checkpoints"

    @property
    def samples(self) -> Path:
        """Sample grids, ``<images seen>.png`` and ``latest.png``."""
        return self.path / "samples"

    @property
    def generator(self) -> Path:
        """The exported EMA generator, a SavedModel."""
        return self.path / "generator"

    @property
    def best(self) -> Path:
        """Weights of the best generator so far by FID, ``images-<images seen>.npz``, and of the best one before it."""
        return self.path / "best"

    @property
    def explore(self) -> Path:
        """Pictures by `medgan-tf explore`."""
        return self.path / "explore"

    @property
    def synthetic(self) -> Path:
        """The synthetic dataset folder (TFRecords)."""
        return self.path / "synthetic"

    def further(self, name: str) -> Path:
        """A further synthetic dataset folder, which only arms of the utility table read."""
        return self.path / "further" / name

    @property
    def classifier(self) -> Path:
        """The classifier trained on these images: model/, model.json, predictions.csv, result.json and figures."""
        return self.path / "classifier"

    def baseline(self, name: str) -> "RunFolder":
        """The classifier of a baseline, e.g. `shuffled`, lies in a folder of its own."""
        return RunFolder(self.path / "baselines" / name)

    @property
    def evaluation(self) -> Path:
        """Result files of measurements, JSON."""
        return self.path / "evaluation"

    @property
    def reader_study(self) -> Path:
        """The reader study: for_readers/ to give away, key.json to keep, answers/ to come back."""
        return self.path / "reader_study"

    @property
    def stages(self) -> Path:
        """The records of `medgan-tf run`, one JSON file for each stage."""
        return self.path / "stages"


def gap_folder(output: str | Path, experiment: str, architecture: str) -> Path:
    """Where the gap over all seeds of an experiment and a GAN lies: gap.json, gap.csv and figures."""
    return Path(output) / experiment / f"{architecture}-gap"
