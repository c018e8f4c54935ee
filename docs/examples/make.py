"""Makes the example report and the example reading page of the documentation: python docs/examples/make.py

Works in a temporary folder, or in the folder that is given, where finished stages of an earlier call are not repeated.
Draws its own phantom; downloads nothing. docs/examples.md says what it takes.
"""

import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from medgan_tf.evidence.readers.study.page_folder import read_settings
from medgan_tf.files.csv_files import csv_lines

EXAMPLES = Path(__file__).resolve().parent
EXPERIMENT = EXAMPLES / "example.yaml"
READERS = 3


def main() -> None:
    """Runs the commands of the page and copies what they made."""
    work = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    private = ("--set", "data.private_dir=private")
    medgan_tf(work, "run", str(EXPERIMENT), *private, "--seeds", "1000..1001", "--with", "all")
    medgan_tf(work, "reader-study", "create", str(EXPERIMENT), *private, "--restart")
    study = work / "runs" / "example" / "cpd-seed1000" / "reader_study"
    guess(study / "for_readers", study / "answers")
    medgan_tf(work, "reader-study", "score", str(EXPERIMENT), *private)
    medgan_tf(work, "report", "runs/example", "--out", "report")
    beside = sorted((work / "report").glob("privacy-annex-*"))
    replace(EXAMPLES / "report", {path: path.name for path in (work / "report" / "report.html", *beside)})
    shutil.rmtree(EXAMPLES / "reading_page", ignore_errors=True)
    shutil.copytree(study / "for_readers", EXAMPLES / "reading_page")


def medgan_tf(folder: Path, *words: str) -> None:
    """Runs one command in a folder; ends with its error when it fails."""
    subprocess.run([sys.executable, "-m", "medgan_tf", *words], cwd=folder, check=True)


def guess(page: Path, answers: Path) -> None:
    """Answers of readers who toss a coin for every image, in the form that the page exports."""
    answers.mkdir(parents=True, exist_ok=True)
    images = read_settings(page)["orders"]["*"]
    for number in range(1, READERS + 1):
        coin = random.Random(number)
        with (answers / f"R{number:02d}.csv").open("w", newline="", encoding="utf-8") as file:
            file.writelines(csv_lines([["reader", "position", "image", "answer", "confidence"]]))
            for position, image in enumerate(images, start=1):
                answer = coin.choice(["real", "synthetic"])
                file.writelines(csv_lines([[f"R{number:02d}", position, image, answer, coin.randint(1, 5)]]))


def replace(folder: Path, files: dict[Path, str]) -> None:
    """Replaces the files of a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for source, name in files.items():
        shutil.copyfile(source, folder / name)


if __name__ == "__main__":
    main()
