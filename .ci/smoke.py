"""A short try of the installed package, in the current folder: smoke.py EXPERIMENT.yaml

Imports every file, then calls the commands from nothing to a report with a few phantom patients. Warnings from
the package itself, and those about forks, are errors: they say what the next Python will no longer do.
"""

import importlib
import pkgutil
import sys
import time
import warnings

BEGUN = time.monotonic()
TINY = {
    "data.options.patients": 40,
    "data.min_count": 4,
    "data.resolution": 16,
    "data.private_dir": "private",
    "generate.minimum_patients": 1,
    "gan.base_channels": 16,
    "gan.max_channels": 4,
    "training.total_images": 64,
    "training.images_per_tick": 32,
    "evaluation.fid.extractor": "random",
    "evaluation.fid.images": 16,
}


def tell(text: str) -> None:
    """A line with the seconds since the start."""
    sys.stdout.write(f"{time.monotonic() - BEGUN:5.0f} s  {text}\n")
    sys.stdout.flush()


OF_THE_PEER = ("medgan_tf.machine.peer.torch_networks", "medgan_tf.machine.peer.torch_worker")
"""They run in PyTorch's own environment."""


def import_everything() -> int:
    """Imports every file of the package but `OF_THE_PEER`; their number."""
    import medgan_tf

    names = [one.name for one in pkgutil.walk_packages(medgan_tf.__path__, "medgan_tf.")]
    for name in names:
        if not name.endswith("__main__") and name not in OF_THE_PEER:
            importlib.import_module(name)
    return len(names)


def call(*words: str) -> None:
    """Runs a command; ends this process if it fails."""
    from medgan_tf.console.group import main

    code = 0
    try:
        main(list(words), prog_name="medgan-tf")
    except SystemExit as end:
        code = end.code or 0
    tell(f"medgan-tf {words[0]}: {code}")
    if code:
        sys.exit(f"medgan-tf {' '.join(words)} ended with code {code}")


if __name__ == "__main__":
    from medgan_tf.startup import quiet_tensorflow

    experiment = sys.argv[1]
    quiet_tensorflow()
    warnings.filterwarnings("error", module=r"medgan_tf(\.|$)")
    warnings.filterwarnings("error", message=".*use of fork")
    tell(f"Python {sys.version.split()[0]}: {import_everything()} files imported")
    settings = [word for key, value in TINY.items() for word in ("--set", f"{key}={value}")]
    call("train", experiment, "--dry-run")
    for command in ("prepare", "train", "generate", "fid"):
        call(command, experiment, *settings)
    call("report", "runs/quickstart")
    call("doctor")
