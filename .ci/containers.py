"""Does what Dockerfile and apptainer.def say, without Docker and Apptainer, in a fresh Debian: containers.py WHEELS

For root, on a machine that has debootstrap: apt-get install debootstrap. WHEELS is a folder of `medgan-tf wheelhouse`,
made with the Python that runs this. A copy of that Python in the /usr/local of a fresh Debian stands in for the image
python:3.11-slim-bookworm of the files. Every command runs without a network; only the fresh Debian is fetched. Takes
some minutes and is not a part of .ci/run.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
USER = "1000:1000"
# What Python itself needs; the official image has these, too.
LIBRARIES = (
    "ca-certificates,libbz2-1.0,libexpat1,libffi8,liblzma5,libncursesw6,libreadline8,libsqlite3-0,libssl3,zlib1g"
)
INSIDE = (
    "set -e; mount -t proc proc {root}/proc; mount --rbind /dev {root}/dev; mount -t tmpfs tmpfs {root}/tmp; "
    "exec chroot --userspec={user} {root} env -i {variables} sh -ec {line}"
)


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def inside(root: Path, line: str, variables: dict[str, str], user: str = "0:0", place: str = "/") -> None:
    """Runs a line of a shell in `root`, without a network."""
    tell(f"[{user}] {line}")
    words = " ".join(shlex.quote(f"{name}={value}") for name, value in variables.items())
    line = shlex.quote(f"cd {place}; {line}")
    command = INSIDE.format(root=root, user=user, variables=words, line=line)
    subprocess.run(["unshare", "--net", "--mount", "sh", "-c", command], check=True)


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile with their values, continued lines joined."""
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def follow_dockerfile(base: Path, work: Path, wheels: Path) -> None:
    """Makes each stage from a copy of `base`; then calls the entry point as the image's user."""
    stages: dict[str, Path] = {}
    root, variables, user, place, said = base, {}, "0:0", "/", {}
    for name, value in instructions((ROOT / "Dockerfile").read_text(encoding="utf-8")):
        if name == "FROM":
            root = work / f"stage{len(stages)}"
            stages[value.partition(" AS ")[2] or "last"] = root
            subprocess.run(["cp", "-a", str(base), str(root)], check=True)
            variables, user, place = {"PATH": "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin"}, "0:0", "/"
        elif name == "COPY":
            *options, source, target = value.split()
            start = stages[options[0].removeprefix("--from=")] if options else wheels.parent
            found = wheels if not options and source == "wheels" else start / source.lstrip("/")
            subprocess.run(["cp", "-a", str(found), str(root / target.lstrip("/"))], check=True)
        elif name == "ENV":
            for pair in shlex.split(value):
                key, _, content = pair.partition("=")
                variables[key] = content.replace("$PATH", variables["PATH"])
        elif name == "RUN":
            inside(root, value, variables, user, place)
        elif name == "USER":
            user = value
        elif name == "WORKDIR":
            place = value
        else:
            said[name] = json.loads(value)
    if user != USER:
        sys.exit(f"the image's user is {user}, expected {USER}")
    for words in (said["CMD"], ["doctor"]):
        inside(root, shlex.join([*said["ENTRYPOINT"], *words]), variables, user, place)


def follow_definition(base: Path, work: Path, wheels: Path) -> None:
    """Does %files, %post and, as a user, %environment and %test."""
    text = (ROOT / "apptainer.def").read_text(encoding="utf-8")
    sections = {one.split("\n", 1)[0].strip(): one.split("\n", 1)[1] for one in text.split("\n%")[1:]}
    root = work / "apptainer"
    subprocess.run(["cp", "-a", str(base), str(root)], check=True)
    for line in sections["files"].strip().splitlines():
        subprocess.run(["cp", "-a", str(wheels), f"{root}{line.split()[1]}"], check=True)
    variables = {"PATH": "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin", "HOME": "/tmp"}
    inside(root, sections["post"], variables)
    inside(root, f"{sections['environment']}\n{sections['test']}\nmedgan-tf --help > /dev/null", variables, USER)
    if (root / "wheels").exists():
        sys.exit("apptainer.def leaves the wheels in the image")


if __name__ == "__main__":
    wheels = Path(sys.argv[1]).resolve()
    work = Path(tempfile.mkdtemp())
    try:
        base = work / "base"
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={LIBRARIES}", "bookworm", str(base)], check=True
        )
        shutil.copytree(sys.base_prefix, base / "usr" / "local", symlinks=True, dirs_exist_ok=True)
        subprocess.run(["chroot", str(base), "ldconfig"], check=True)
        follow_dockerfile(base, work, wheels)
        for stage in work.glob("stage*"):
            shutil.rmtree(stage)
        follow_definition(base, work, wheels)
        tell("Dockerfile and apptainer.def: all lines ran, without a network, and the command as a user")
    finally:
        shutil.rmtree(work)
