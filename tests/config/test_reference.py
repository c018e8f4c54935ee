"""The page of all keys: it is complete, it says what the schema says, and the checked-in one is not stale."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from toy_package import write_package

from medgan_tf.config.explain import all_keys
from medgan_tf.config.reference import reference
from medgan_tf.config.schema import Experiment
from medgan_tf.registry import GANS, SOURCES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "config.md"


@pytest.fixture(scope="module")
def rows():
    """Cells of each row by key; of options that several sources have, those of the last one."""
    lines = [line for line in reference().splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return {key.strip("`"): found for key, *found in cells}


def test_the_page_is_not_stale():
    assert PAGE.read_text(encoding="utf-8") == reference(), "medgan-tf config --reference > docs/config.md"


def test_every_key_is_there(rows):
    page = {key.replace("[]", "") for key in rows}
    keys = {".".join(key) for key in all_keys(Experiment)}
    options = {
        f"data.options.{name}" for source in SOURCES.names() for name in SOURCES.settings(source).Options.model_fields
    }
    without_rows = {
        "data",
        "gan",
        "training",
        "privacy",
        "external",
        "generate",
        "classifier",
        "evaluation",
        "reader_study",
        "original_code",
        "release",
    }
    rooms = {f"evaluation.{name}" for name in ("fid", "neighbours", "privacy", "occlusion")}
    assert (keys | options) - page == without_rows | rooms
    assert all(description for *_, description in rows.values())


def test_rows(rows):
    assert rows["seed"][:3] == ["whole number from 0 to 4294967295", "`1000`", "yes"]
    assert rows["name"][1] == "required"
    assert rows["data.source"][0] == (
        "`chexpert` or `medmnist` or `mimic_cxr` or `nih` or `padchest` or `phantom` or `published` or `rsna` or "
        "`rsna_pneumonia` or `siim` or `table` or `vindr`"
    )
    assert rows["data.resolution"][:2] == ["whole number (pixels)", "`32`"]
    assert rows["data.encoding"][2] == "yes, may be continued"
    assert rows["training.steps_per_call"][2] == "no"
    # A section that changes no result says so for all that is in it.
    assert rows["training.watchdog.policy"][2] == "no"
    assert rows["classifier.margin"][2] == rows["classifier.mixtures[].real"][2] == "afterwards"
    assert rows["gan.r1"][3] == r"Weight of \|grad D(real)\|^2 / 2."


def test_defaults_of_the_paper(rows):
    assert rows["gan.latent_size"][1] == "`512`, biggan `120` (paper), dcgan `100`"
    assert rows["gan.base_channels"][1] == (
        "biggan `512` at 32 pixels and `2048` at 128 pixels, cpd `16384`, progressive `8192` (paper), "
        "dcgan `64` at 32 pixels and `256` at 128 pixels"
    )
    assert rows["training.batch"][1] == "`256` (paper), dcgan `128`"
    assert rows["gan.n_critic"][1] == "`1`, biggan `2` (paper)"
    assert rows["training.ema_half_life"][1] == rows["gan.growth"][1] == "`null`"


def test_defaults_that_the_section_around_gives(rows):
    assert rows["evaluation.privacy.thresholds.power.limit"][1] == "`0.95`"
    window = "| `data.options.window.width` | number (HU) from 1 | "
    assert f"{window}`80.0`" in reference() and f"{window}required" in reference()


TOY = '''
    """Options of the source `toy`: nothing but noise."""
    from medgan_tf.config.section import Section, incidental

    class Options(Section):
        grain: float = 0.5
        """Size of a grain."""
        speed: int = incidental(1)
        """Haste."""
'''


def test_parts_of_other_packages_are_on_the_page(tmp_path):
    write_package(tmp_path, "noise", {"toy/settings.py": TOY}, {"medgan_tf.sources": {"toy": "noise.toy"}})
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom medgan_tf.config.reference import reference\n"
    done = subprocess.run([sys.executable, "-c", code + "print(reference())"], capture_output=True, text=True)
    assert "## `data.options` of the source `toy`\n\nOptions of the source `toy`: nothing but noise.\n" in done.stdout
    assert "| `data.options.grain` | number | `0.5` | yes | Size of a grain. |" in done.stdout
    assert "| `data.options.speed` | whole number | `1` | no | Haste. |" in done.stdout
    assert "`siim` or `table` or `toy` or `vindr`" in done.stdout


def test_no_text_repeats_what_the_paper_used_for_an_architecture(rows):
    """The column of defaults asks the architectures; a number typed into a text would outlive a change of theirs."""
    number = re.compile(rf"\b({'|'.join(GANS.names())})\b \d|None: [a-z]* ?\d")
    assert [
        key for key, (*_, text) in rows.items() if key.startswith(("gan.", "training.")) and number.search(text)
    ] == []
