"""`README.md` of a release: for a person who gets only this folder."""

from collections.abc import Mapping

from medgan_tf.release.cards.about import Release
from medgan_tf.release.cards.card_page import NOT_STATED, override_lines
from medgan_tf.release.cards.evidence import Fact
from medgan_tf.release.cards.markdown import bullets, inline, quoted
from medgan_tf.release.cards.sentences import description, headlines, title

_VERIFY = """\
## Is it whole and unchanged?

```bash
python3 verify.py
```

The script needs Python 3.11 or newer and nothing else. Exit code 0: all holds; 3: something does not hold; 4: all that
was checked holds, and something could not be checked, such as a signature. `medgan-tf verify FOLDER --public-key KEY`
checks the signature too, and makes the cards again from the result files. Without a signature anybody can change a file
together with its hash: ask for the SHA-256 of `MANIFEST.json` by another way."""
_IMAGES = """\
## Load the images

`images/labels.csv` has a row for each image: its path below `images/`, its fold, and 0 or 1 for each label. Each image
file says that it is synthetic. In Python:

```python
import csv

rows = list(csv.DictReader(open("images/labels.csv", newline="", encoding="utf-8")))
```"""
_GENERATOR = """\
## Make images with the generator

`generator/` holds numbers and the name of a network, and no program. With `medgan-tf` installed:

```python
import medgan_tf

generator = medgan_tf.load_generator("generator")
images = generator.sample(generator.label_vectors([], count=16), seed=1)
```

A SavedModel beside it, if there is one, is a program: load it only if you trust who made it."""
_FILES = (
    ("card.md", "what it is for, what was measured and what not, known failures; `card.json`: the same for programs"),
    ("evidence/", "the result files that every number is from"),
    ("croissant.json", "description of the files in the Croissant format, for programs that load datasets"),
    ("healthdcat.jsonld", "entry for a catalogue of health data; no claim of conformance with HealthDCAT-AP"),
    ("sbom.cdx.json", "the software that made it"),
    ("MANIFEST.json", "size and SHA-256 of every file; `MANIFEST.sig` is its signature, if there is one"),
    ("verify.py", "checks all this"),
)


def readme_page(release: Release, facts: Mapping[str, Fact]) -> str:
    """The text of `README.md`.

    Args:
        release: The release, see `card.plain_release`.
        facts: Its facts.
    """
    parts = [
        f"# {inline(title(release))}", "",
        f"**Everything here is synthetic.** {inline(description(release))} Do not use it to decide on a patient's "
        "care, and do not mix it with images of patients without a mark.", "",
        *override_lines(release.gate),
        "## What was measured", "", *bullets(map(inline, headlines(facts))), "",
        "`card.md` has every number with the file that it is from, and what was not measured.", "",
        _VERIFY, "",
        *([_IMAGES, ""] if release.what != "generator" else []),
        *([_GENERATOR, ""] if release.what != "images" else []),
        "## What is in the folder", "", *bullets(f"`{name}`: {words}" for name, words in _FILES), "",
        "## Whom to ask, and what is allowed", "",
        f"- Contact: {inline(release.contact) or NOT_STATED}",
        f"- Licence: {inline(release.licence) or NOT_STATED}",
        *_withdrawal(release), "",
        *(["Terms of use:", "", *quoted(release.use_terms)] if release.use_terms else ["Terms of use: not stated."]),
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _withdrawal(release: Release) -> list[str]:
    if not release.withdraws:
        return []
    return [f"- This version revokes version {', '.join(map(inline, release.withdraws))} of the same name."]
