"""The table of a check, and its place on a page."""

import pytest
from planted_parts import CPU, GPU

from medgan_tf.errors import DataError
from medgan_tf.machine.selfcheck.record import CaseResult, PartResult, Record
from medgan_tf.machine.selfcheck.table import kind_of, markdown, with_block, write_block

STEP = {
    "channels": 64,
    "resolution": 32,
    "number_format": "float32",
    "jit_compile": False,
    "batch": 16,
    "images_per_second": 1234.56,
    "step_rate": 81.25,
    "fraction": 0.625,
    "first_step_seconds": 7.125,
    "process_peak_gib": 1.5,
}
PLACEHOLDER = """# Page

<!-- selfcheck of NVIDIA GPU: written by `medgan-tf selfcheck --write`, do not edit -->

### NVIDIA GPU

not measured

<!-- end of selfcheck -->

The end.
"""


def part(name, state, *cases, text=""):
    return PartResult(name=name, demanded=True, state=state, text=text, cases=list(cases))


def case(name, state, text, values=None, demanded=True):
    return CaseResult(name=name, demanded=demanded, state=state, text=text, values=values or {})


def record(gpus=(), programs=0.2, speed=STEP):
    machine = {**CPU, "gpus": list(gpus), "driver": "550.54" if gpus else None}
    steps = [case("64 channels", "passed", "1234.6 img/s", speed), case("512 channels", "not measured", "no time", {})]
    return Record(
        minutes=8.0,
        load={"cores": 2, "programs": programs},
        parts=[
            part("versions", "passed", case("this machine", "passed", "a machine", machine)),
            part(
                "golden",
                "failed",
                case("float32", "passed", "1e-6 off"),
                case("TF32", "failed", "3 | 4 <b>"),
                case("last", "not measured", "no time"),
            ),
            part("resume", "not measured", text="ended at its limit of 9 s"),
            part("speed", "passed", *steps),
        ],
    )


def test_the_whole_table():
    assert markdown(record(programs=5.2)).splitlines() == [
        "### Test CPU, 2 cores",
        "",
        "Test CPU, avx512f, 2 cores, 8 GiB, Linux x86_64. Python 3.11.5, medgan-tf 0.2.0, tensorflow 2.21.0. "
        "`medgan-tf selfcheck --minutes 8`.",
        "",
        "**Loaded machine**: 5.2 programs ran on 2 cores when the check began, so speeds are lower than on a quiet "
        "machine.",
        "",
        "| Part | Demanded | Result | Found |",
        "|---|---|---|---|",
        "| `versions`: versions and devices | yes | passed | this machine: a machine |",
        "| `golden`: known values in each number format | yes | failed | float32: 1e-6 off; "
        "TF32: failed: 3 / 4 &lt;b>; not measured: last |",
        "| `resume`: killed and resumed equals unbroken | yes | not measured | ended at its limit of 9 s |",
        "| `speed`: training steps of cpD-GAN | yes | passed | 1 of 2 settings; 64 channels: 1234.6 img/s |",
        "",
        "| Channels | Pixels | Batch | Format | XLA | Images/s | GFLOP/s | of its convolution | First step | "
        "Peak, GiB |",
        "|---:|---:|---:|---|---|---:|---:|---:|---:|---:|",
        "| 64 | 32 | 16 | float32 | no | 1,234.6 | 81.2 | 0.62 | 7.1 s | 1.50 |",
    ]


def test_a_gpu_is_the_kind_and_its_own_memory_is_shown():
    found = record(gpus=[GPU, GPU], speed={**STEP, "gpu_peak_gib": 2.25})
    assert kind_of(found) == "2 x NVIDIA Test"
    text = markdown(found)
    assert "NVIDIA Test (80 GiB, compute capability 9.0); driver 550.54; CUDA 12.5.1, cuDNN 9. Python" in text
    assert "| 7.1 s | 2.25 |" in text
    assert "Loaded machine" not in text


def test_a_check_of_nothing():
    nothing = Record(minutes=1.0, load={}, parts=[part("versions", "not measured", text="no time was left for it")])
    assert kind_of(nothing) == "unknown machine"
    assert "| `versions`: versions and devices | yes | not measured | no time was left for it |" in markdown(nothing)


def test_a_name_cannot_leave_its_comment():
    found = record(gpus=[{**GPU, "name": "A --> B <!-- | C"}])
    assert kind_of(found) == "A - B &lt;!- / C"


def test_blocks_on_a_page():
    page = with_block(PLACEHOLDER, record())
    # The GPU stays not measured, and the CPU comes after it.
    assert page.index("### NVIDIA GPU\n") < page.index("### Test CPU, 2 cores\n") < page.index("The end.")
    again = with_block(page, record(programs=5.2))
    assert again.count("### Test CPU, 2 cores") == 1 and "Loaded machine" in again and "Loaded machine" not in page
    # The first GPU takes the place of the block that says that there was none.
    measured = with_block(again, record(gpus=[GPU]))
    assert "### NVIDIA GPU\n" not in measured
    assert measured.index("### NVIDIA Test\n") < measured.index("### Test CPU, 2 cores\n")
    assert measured.startswith("# Page\n") and measured.endswith("The end.\n")
    assert with_block(measured, record(gpus=[GPU])) == measured


def test_pages_without_a_place(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Page\n")
    with pytest.raises(DataError, match="the page has no place for a machine: expected a line <!-- end of selfcheck"):
        write_block(page, record())
    assert page.read_text() == "# Page\n"
    page.write_text(PLACEHOLDER)
    write_block(page, record())
    assert "### Test CPU, 2 cores" in page.read_text()
    page.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="cannot be read as a page in UTF-8"):
        write_block(page, record())
