"""What comes back from readers: answers, exports, tables of counts; and the key and the page's settings."""

import csv
import functools
import io
import json
import random
import shutil
from pathlib import Path

from fuzzing import csv_rows, json_texts, raw_bytes, study
from fuzzing.target import Given, Target
from medgan_tf.evidence.readers.answers import collect_answers
from medgan_tf.evidence.readers.counts import read_counts
from medgan_tf.evidence.readers.exports import import_answers, write_imported
from medgan_tf.evidence.readers.measure import image_table, score_answers, score_counts
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.evidence.readers.study.key import KeyFile
from medgan_tf.evidence.readers.study.page_folder import SETTINGS, read_settings

_PREFIX, _END = b"window.STUDY = ", b";\n"
_CONFIG = ReaderStudyConfig()
_COUNTS = b"reader,TR,FR,TS,FS\nA,30,20,28,22\nB,26,24,24,26\n"
_SHARES = b"reader,correct,total\nA,58,100\nB,50,100\n"
_CELLS = (
    "real",
    "synthetic",
    "Real",
    "5",
    "6",
    "1",
    "R01",
    "R02",
    "R 03",
    "sppudnh7rub5",
    "1,5",
    "-5",
    "1e9",
    "99999999",
)


class Answers(Target):
    """Variants: `answers`, `counts`, `table`, `export`, `key` and `page`."""

    name = "answers"
    suffix = ""

    def seeds(self, folder: Path) -> list[Given]:
        """Those of a study of version 0.1, and the same as other tools export them."""
        rows = list(csv.DictReader(io.StringIO(study.answers(study.READER).decode())))
        tasks = [
            {
                "id": number,
                "data": {"image": f"/data/upload/1/abcd1234-{row['image']}.png"},
                "annotations": [
                    {
                        "completed_by": {"id": 7},
                        "lead_time": 4.5,
                        "was_cancelled": False,
                        "result": [{"value": {"choices": [row["answer"]]}}, {"value": {"rating": 3}}],
                    }
                ],
            }
            for number, row in enumerate(rows)
        ]
        short = [{"image": row["image"], "choice": row["answer"], "annotator": 7, "lead_time": 4.5} for row in rows]
        study.write(folder / "page")
        settings = (folder / "page" / SETTINGS).read_bytes().removeprefix(_PREFIX).removesuffix(_END)
        return [
            *(Given("answers", study.answers(reader)) for reader in ("R01", "R02")),
            *(Given("counts", data) for data in (_COUNTS, _SHARES)),
            Given("table", study.answers(study.READER).replace(b"confidence", b"rating")),
            *(Given("export", json.dumps(values).encode()) for values in (tasks, short)),
            Given("key", study.KEY.read_bytes()),
            Given("page", settings),
        ]

    def prepare(self, folder: Path) -> None:
        """A study."""
        study.write(folder / "page")
        (folder / "settings.js").write_bytes((folder / "page" / SETTINGS).read_bytes())

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Damage to cells and rows, or to JSON."""
        given = choice.choice(seeds)
        if given.variant in ("export", "key", "page"):
            return Given(given.variant, json_texts.damaged(given.data, choice))
        if choice.random() < 0.1:
            return Given(given.variant, raw_bytes.damaged(given.data, choice))
        rows = [list(row) for row in _rows(given.data)]
        for _ in range(choice.choice((1, 1, 2, 4))):
            csv_rows.damage(rows, choice, _CELLS)
        text = io.StringIO(newline="")
        delimiter = choice.choice((",", ",", ";", "\t"))
        csv.writer(text, delimiter=delimiter, lineterminator=choice.choice(("\n", "\r\n"))).writerows(rows)
        return Given(given.variant, text.getvalue().encode(choice.choice(("utf-8", "utf-8-sig")), "surrogatepass"))

    def parses(self, given: Given) -> bool:
        """Whether it is JSON, or text with a header of several columns."""
        if given.variant == "export":
            return given.data.lstrip()[:1] in (b"[", b"{") and json_texts.parses(b'{"tasks":' + given.data + b"}")
        if given.variant in ("key", "page"):
            return json_texts.parses(given.data)
        try:
            header = given.data.decode("utf-8-sig").partition("\n")[0]
        except UnicodeDecodeError:
            return False
        return any(mark in header for mark in ",;\t")

    def run(self, given: Given, folder: Path) -> str:
        """Scores it, or reads it as the commands do."""
        path = folder / "given.csv"
        path.write_bytes(given.data)
        if given.variant == "page":
            (folder / "page" / SETTINGS).write_bytes(_PREFIX + given.data + _END)
            return str(len(read_settings(folder / "page")))
        if given.variant == "counts":
            return json.dumps(score_counts(read_counts(path), _CONFIG), allow_nan=False)
        key = KeyFile(path if given.variant == "key" else study.KEY)
        if given.variant == "key":
            # Answers that say that they belong to it.
            path.write_bytes(
                study.answers(study.READER).replace(KeyFile(study.KEY).sha256.encode(), key.sha256.encode())
            )
        if given.variant in ("table", "export"):
            shutil.rmtree(folder / "imported", ignore_errors=True)
            files = write_imported(import_answers(path, key, {"7": "R01"}), key, folder / "imported")
            return "\n".join(files)
        answers = collect_answers([path], key)
        return json.dumps([score_answers(answers, key, _CONFIG), image_table(answers, key)], allow_nan=False)


@functools.cache
def _rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


TARGET = Answers()
