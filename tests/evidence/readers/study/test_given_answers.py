"""What a line of answers must be before it is stored: nothing but the cells that the page writes."""

import pytest
from study_parts import make_study, simulate

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.study.given_answers import GivenStudy, check_given, unnamed_changes
from medgan_tf.evidence.readers.study.page_folder import read_settings


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The check of a reader's CSV, and such a CSV."""
    folder = tmp_path_factory.mktemp("study")
    settings = read_settings(make_study(folder, readers=1).page)
    simulate(folder, [0.5])
    order = settings["orders"]["R01"]
    given = GivenStudy(settings["study"], settings["key_sha256"])
    return lambda text: check_given(text, "R01", order, given), (folder / "answers" / "R01.csv").read_text()


def cell(text, column, value, line=3):
    """The CSV with another value in one cell."""
    lines = text.split("\n")
    cells = lines[line].split(",")
    cells[lines[0].split(",").index(column)] = value
    return "\n".join([*lines[:line], ",".join(cells), *lines[line + 1 :]])


def noted(text, note):
    """The CSV with the column of what is not kept."""
    head, *lines = text.split("\n")
    return "\n".join([f"{head},not_kept", *(f"{line},{note if number == 2 else ''}" for number, line in
                      enumerate(lines[:-1])), ""])  # fmt: skip


def test_what_the_page_writes_is_taken(study):
    check, text = study
    check(text)
    check("".join(text.splitlines(keepends=True)[:1]))
    check(cell(cell(text, "answered", "2026-01-01T10:00:00.123Z"), "changes", "3"))
    check(noted(text, "synthetic 5; real; taken back"))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("study", "=1+1"),
        ("study", "another"),
        ("position", "5"),
        ("position", ""),
        ("answered", "=HYPERLINK(x)"),
        ("answered", "yesterday"),
        ("answered", "2026-01-01T10:00:00.123Z "),
        ("changes", "-1"),
        ("changes", "9" * 5000),
        ("seconds", "1e3"),
        ("seconds", "\u0663"),
        ("confidence", "\u0663"),
        ("image", " {image}"),
        ("reader", '"R01"'),
        ("answer", "real "),
        ("answer", '"real"'),
    ],
)
def test_no_other_cell_is_taken(study, column, value):
    check, text = study
    image = text.split("\n")[3].split(",")[4]
    with pytest.raises(DataError, match="^answers of R01(, line 4)?: "):
        check(cell(text, column, value.format(image=image)))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("changes\n", "changes,comment\n").replace(",\n", ",,=1+1\n"),
        lambda text: text.replace(",", ";"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n"),
        lambda text: text.split("\n")[0],
        lambda text: text.replace("\n", "\n\n", 3),
        lambda text: "\ufeff" + text,
        lambda text: noted(text, "=1+1"),
        lambda text: noted(text, "real 6"),
        lambda text: noted(text, "; ".join(["real 5"] * 21)),
        lambda text: text.replace(",\n", ",\x1b[2J\n", 1),
        lambda text: text.replace(",\n", ",\x00\n", 1),
    ],
)
def test_no_other_form_is_taken(study, change):
    check, text = study
    with pytest.raises(DataError, match="^answers of R01"):
        check(change(text))


def test_what_would_be_lost_is_named(study):
    _, text = study
    images = [line.split(",")[4] for line in text.splitlines()[1:]]
    assert unnamed_changes("", text, ()) == [] == unnamed_changes(text, text, ())
    shorter = "".join(text.splitlines(keepends=True)[:-2])
    assert unnamed_changes(text, shorter, ()) == images[-2:]
    assert unnamed_changes(text, shorter, images[-1:]) == images[-2:-1]
    assert unnamed_changes(shorter, text, ()) == []
    # A note may come, and may not go.
    assert unnamed_changes(text, noted(text, "real 2"), ()) == []
    assert unnamed_changes(noted(text, "real 2"), text, ()) == images[2:3]
    # Tables from elsewhere may lack what the page adds: times, and seconds with two digits.
    assert unnamed_changes(text, cell(text, "answered", "2026-01-01T10:00:00Z"), ()) == []
    assert unnamed_changes(cell(text, "answered", "2026-01-01T10:00:00Z"), text, ()) == images[2:3]
    few = "\n".join(",".join(line.split(",")[2:7]) for line in text.split("\n"))
    assert unnamed_changes(few, text, ()) == []
