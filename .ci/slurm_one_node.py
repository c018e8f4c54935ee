"""The job scripts of docs/slurm.md on a real Slurm of one node: slurm_one_node.py FOLDER

For root on Debian: apt-get install slurm-wlm munge. Starts munged, slurmctld and slurmd of its own, with all their
files in FOLDER, and stops them at the end. A tiny training of two workers runs three times as the page's job for
several nodes: undisturbed; asked to leave by SIGTERM and by SIGUSR1; and with its node taken away. The weights must be
the same, bit for bit. The page's job for one node runs into its time limit, goes on, and is cancelled. Takes about
fifteen minutes, because Slurm waits two minutes before it starts a job again. Not a part of .ci/run.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "slurm.md"
# Workers find each other by the names of their nodes.
NODE = socket.gethostname().partition(".")[0]
CONF = """
ClusterName=medgan
SlurmctldHost={node}(127.0.0.1)
MailProg=/bin/true
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
ReturnToService=2
JobRequeue=1
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={node} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes={node} Default=YES State=UP
"""
EXPERIMENT = """
name: NAME
seed: 7
data:
  source: phantom
  root: phantom
  options: {modality: chest, patients: 40}
  resolution: 16
  min_count: 4
  private_dir: private
  dataset_dir: dataset
gan: {architecture: dcgan, max_channels: 8, latent_size: 8}
training:
  batch: 16
  total_images: TOTAL
  images_per_tick: 160
  checkpoint_ticks: 1
  sample_ticks: 1000
  steps_per_call: 5
  tensorboard: false
  generator_learning_rate: 0.002
  discriminator_learning_rate: 0.002
"""
# On the two cores of one node.
SMALL = ["--nodes=1", "--ntasks-per-node=2", "--gres=none", "--cpus-per-task=1"]


def tell(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')}  {text}\n")
    sys.stdout.flush()


def call(*words: str | Path) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_for(what: str, check, seconds: float = 600):
    end = time.monotonic() + seconds
    while not (found := check()):
        if time.monotonic() > end:
            sys.exit(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.5)
    return found


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[None]:
    """A cluster of one node while the block runs."""
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "slurm.conf").write_text(CONF.format(folder=folder, node=NODE))
    # None of it is used, but slurmd 22.05 wants one.
    (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n")
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
    key = folder / "munge.key"
    key.unlink(missing_ok=True)
    call("mungekey", "--create", "--keyfile", key)
    commands = [
        ["munged", "--foreground", "--force", f"--key-file={key}", f"--socket={folder}/munge.socket",
         f"--pid-file={folder}/munged.pid", f"--log-file={folder}/munged.log", f"--seed-file={folder}/munged.seed"],
        ["slurmctld", "-D", "-c"],
        ["slurmd", "-D", "-c", "-N", NODE],
    ]  # fmt: skip
    started = []
    try:
        for command in commands:
            output = (folder / f"{command[0]}.out").open("w")
            started.append(subprocess.Popen(command, stdout=output, stderr=output))
            time.sleep(2)
            if started[-1].poll() is not None:
                sys.exit(
                    f"{command[0]} ended with {started[-1].returncode}:\n{(folder / f'{command[0]}.out').read_text()}"
                )
        wait_for("an idle node", lambda: "idle" in call("sinfo", "--noheader", "--format=%t"), 60)
        yield
    finally:
        for process in started[::-1]:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()


class Job:
    """A job script of the page, submitted in a folder of its own."""

    def __init__(self, work: Path, name: str, script: str, total: int, *options: str):
        self.folder, self.name = work, name
        (work / f"{name}.yaml").write_text(EXPERIMENT.replace("NAME", name).replace("TOTAL", str(total)))
        (work / f"{name}.sh").write_text(script.replace("experiment.yaml", f"{name}.yaml"))
        self.output = work / f"{name}.out"
        answer = call(
            "sbatch", "--parsable", f"--chdir={work}", f"--output={self.output}", *options, work / f"{name}.sh"
        )
        self.number = answer.strip().partition(";")[0]
        tell(f"{name}: job {self.number}")

    def shown(self, key: str) -> str:
        return re.search(rf"\b{key}=(\S+)", call("scontrol", "show", "job", self.number))[1]

    def wait_for_progress(self) -> None:
        wait_for(f"{self.name} trains", self.progress)

    def progress(self) -> bool:
        return self.shown("JobState") == "RUNNING" and len(self.checkpoints()) > 0 and self.is_new()

    def is_new(self) -> bool:
        """Whether the newest checkpoint is of the present start."""
        begun = time.mktime(time.strptime(self.shown("StartTime"), "%Y-%m-%dT%H:%M:%S"))
        return self.checkpoints()[-1].stat().st_mtime > begun + 1

    def checkpoints(self) -> list[Path]:
        return sorted(self.folder.glob(f"runs/{self.name}/*/checkpoints/images-*"))

    def wait_for_requeue(self, seconds: float = 120) -> None:
        wait_for(f"{self.name} waits", lambda: self.shown("JobState") in ("PENDING", "REQUEUED"), seconds)
        tell(f"{self.name}: requeued, restart {self.shown('Restarts')}, last checkpoint {self.checkpoints()[-1].name}")

    def wait_for_end(self, expected: str = "COMPLETED") -> None:
        state = wait_for(f"{self.name} ends", lambda: re.match("COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF",
                                                               self.shown("JobState")))  # fmt: skip
        tell(f"{self.name}: {state[0]}, exit code {self.shown('ExitCode')}, restarts {self.shown('Restarts')}")
        if state[0] != expected:
            sys.exit(self.output.read_text())


def weights(job: Job) -> dict:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(job.checkpoints()[-1] / "state"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name}


def compare(job: Job, expected: Job) -> None:
    one, other = weights(job), weights(expected)
    different = [name for name in other if name not in one or one[name].tobytes() != other[name].tobytes()]
    if one.keys() != other.keys() or different:
        sys.exit(f"{job.name} and {expected.name} differ in {different[:5]} of {len(other)} arrays")
    tell(f"{job.name}: all {len(one)} arrays are those of {expected.name}, bit for bit")


def run_into_limit(work: Path, script: str) -> None:
    """The page's job for one node: asked to leave two minutes before its time limit, started again, and cancelled."""
    limit = Job(work, "limit", script, 10_000_000, "--gres=none", "--cpus-per-task=2", "--time=3")
    limit.wait_for_progress()
    limit.wait_for_requeue(300)
    kept = limit.checkpoints()[-1].name
    limit.wait_for_progress()
    if f"resuming at {int(kept.removeprefix('images-')):,} images" not in limit.output.read_text():
        sys.exit(limit.output.read_text())
    call("scancel", limit.number)
    limit.wait_for_end("CANCELLED")


def main(folder: Path) -> None:
    for program in ("munged", "slurmctld", "slurmd", "medgan-tf"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is not on the PATH")
    one, several = re.findall(r"^```bash\n(#!/bin/bash\n.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    work = folder / "work"
    work.mkdir(parents=True)
    (work / "prepared.yaml").write_text(EXPERIMENT.replace("NAME", "prepared").replace("TOTAL", "160"))
    os.chdir(work)
    call("medgan-tf", "prepare", "prepared.yaml")
    with cluster(folder):
        tell(call("sinfo").strip().replace("\n", "\n          "))
        total = 16 * 10 * 60
        unbroken = Job(work, "unbroken", several, total, *SMALL, "--time=30")
        unbroken.wait_for_end()
        asked = Job(work, "asked", several, total, *SMALL, "--time=30")
        for name in ("TERM", "USR1"):
            asked.wait_for_progress()
            call("scancel", f"--signal={name}", asked.number)
            asked.wait_for_requeue()
        asked.wait_for_end()
        compare(asked, unbroken)
        lost = Job(work, "lost", several, total, *SMALL, "--time=30")
        lost.wait_for_progress()
        call("scontrol", "update", f"NodeName={NODE}", "State=DOWN", "Reason=test")
        lost.wait_for_requeue()
        # It may have come back by itself, which Slurm calls an error here.
        subprocess.run(["scontrol", "update", f"NodeName={NODE}", "State=RESUME"], capture_output=True)
        lost.wait_for_end()
        compare(lost, unbroken)
        run_into_limit(work, one)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
