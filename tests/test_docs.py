"""The documentation: its code runs, its commands and keys exist, and its pages fetch nothing from elsewhere."""

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from medgan_tf.config.loading import load_experiment
from medgan_tf.console.group import main

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page, language):
    """The code blocks of a page in one language."""
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


# --- the page for users of the library --------------------------------------------------------------------------------


def test_the_library_page_prints_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    printed = []
    names = {"print": lambda *values: printed.append(" ".join(map(str, values)))}
    code = blocks(ROOT / "docs" / "library.md", "python")
    promised = [line.split(")  # ", 1)[1] for block in code for line in block.splitlines() if line.startswith("print(")]
    for block in code:
        exec(compile(block, "docs/library.md", "exec"), names)
    assert len(promised) >= 10
    assert printed == promised


# --- commands and keys in the text ------------------------------------------------------------------------------------


def command_lines():
    """Every call of medgan-tf in a shell block, as (page, words)."""
    for page in PAGES:
        for block in blocks(page, "bash"):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                for start in [place + 1 for place, word in enumerate(words) if word == "medgan-tf"]:
                    end = next((place for place in range(start, len(words)) if words[place] in ("&&", "|", ">")), None)
                    yield page.name, words[start:end]


def resolved(words):
    """The command that words call, and the words after its name; None where there is no such command."""
    command, rest = main.get_command(None, words[0]), words[1:]
    while command is not None and hasattr(command, "commands"):
        command, rest = command.commands.get(rest[0]), rest[1:]
    return command, rest


def options_of(command):
    return {name for parameter in command.params for name in [*parameter.opts, *parameter.secondary_opts]}


def test_every_command_in_the_text_exists_with_its_options():
    problems, count = [], 0
    for page, words in command_lines():
        if words[0] in ("...", "COMMAND"):
            continue
        count += 1
        command, rest = resolved(words)
        if command is None:
            problems.append(f"{page}: medgan-tf {' '.join(words)}: no such command")
            continue
        known = options_of(command)
        if words[0] == "benchmark":
            # With the file of a grid it is the command `grid`.
            known |= options_of(main.get_command(None, "grid"))
        if words[:2] == ["privacy", "verify"]:
            known = options_of(main.get_command(None, "privacy-verify"))
        problems += [f"{page}: medgan-tf {words[0]} has no {option}"
                     for option in (word.partition("=")[0] for word in rest if word.startswith("--"))
                     if option not in known]  # fmt: skip
    assert not problems, "\n".join(problems)
    assert count > 80


def test_every_key_in_the_text_is_in_the_schema():
    from medgan_tf.config.schema import Experiment

    problems = []
    for page, words in command_lines():
        values = [after for word, after in zip(words, words[1:], strict=False) if word in ("--set", "--against-set")]
        problems += [f"{page}: {value}" for value in values if not is_key(Experiment, value.partition("=")[0])]
    sections = "|".join(Experiment.model_fields)
    for page in PAGES:
        if page.name == "library.md":
            # There `gan` is a variable of Python.
            continue
        text = page.read_text(encoding="utf-8")
        for key in re.findall(rf"`((?:{sections})(?:\.[a-z0-9_]+)+)(?::[^`]*|=[^`]*)?`", text):
            if not key.endswith((".json", ".yaml", ".png", ".csv", ".py")) and not is_key(Experiment, key):
                problems.append(f"{page.name}: {key}")
    assert not problems, "\n".join(problems)


def is_key(schema, dotted):
    """Whether a schema has a key such as `training.batch`; the options of a source are its own."""
    for name in dotted.split("."):
        if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
            return schema is dict
        if name not in schema.model_fields:
            return False
        schema = inner(schema.model_fields[name].annotation)
    return True


def inner(annotation):
    """The section in an annotation such as `Section | None`; dict for free options; else the annotation."""
    kinds = [annotation, *getattr(annotation, "__args__", ())]
    sections = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return dict if getattr(annotation, "__origin__", None) is dict else next(iter(sections), annotation)


def test_files_that_the_text_names_exist():
    problems = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for name in re.findall(r"(?<![\w/.])((?:experiments|medgan_tf|tests|tools|docs)/[\w./-]+\.\w+)", text):
            if not (ROOT / name).exists():
                problems.append(f"{page.name}: {name}")
    assert not problems, "\n".join(problems)


def test_links_of_the_pages_lead_somewhere():
    problems = []
    # The site has more pages, which it takes from the repository's root.
    taken = {"contributing.md", "changelog.md", "index.md", "security.md"}
    for page in sorted((ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists() and target not in taken:
                problems.append(f"{page.name} links to {target}")
    assert not problems, "\n".join(problems)


def test_the_examples_are_small_and_are_of_the_phantom():
    folder = ROOT / "docs" / "examples"
    settings = load_experiment(folder / "example.yaml", [])
    assert (settings.name, settings.data.source) == ("example", "phantom")
    assert (folder / "report" / "report.html").is_file()
    assert (folder / "reading_page" / "index.html").is_file()
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 1_500_000


def test_the_example_reading_page_is_the_one_that_readers_get():
    """The site needs a copy of the page, as it takes files of docs/ only; `python docs/examples/make.py` renews it."""
    page, example = ROOT / "medgan_tf/evidence/readers/study/page", ROOT / "docs/examples/reading_page"
    files = sorted(path.name for path in page.iterdir() if path.is_file())
    assert "index.html" in files and "reading.js" in files
    assert [name for name in files if (page / name).read_bytes() != (example / name).read_bytes()] == []


# --- the site ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The pages as `mkdocs build --strict` makes them."""
    for name in ("mkdocs", "material", "mkdocstrings_handlers"):
        if importlib.util.find_spec(name) is None:
            pytest.skip("the site's tools are not installed: pip install '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


# What a browser fetches by itself when it shows a page; links that a reader may follow are not among it.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|embed|video|audio)\b[^>]*?\b(?:src|srcset)\s*=\s*["']?(?:https?:)?//"""
    r"""|<link\b(?=[^>]*\brel\s*=\s*["']?(?:stylesheet|preload|preconnect|dns-prefetch|icon|modulepreload))"""
    r"""[^>]*?\bhref\s*=\s*["']?(?:https?:)?//"""
    r"""|@import\s+(?:url\()?\s*["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//""",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    ("text", "fetched"),
    [
        ('<script src="https://unpkg.com/iframe-worker/shim"></script>', True),
        ('<link rel="preconnect" href="https://fonts.gstatic.com" crossorigin>', True),
        ('<link rel="stylesheet" href="//fonts.googleapis.com/css?family=Roboto">', True),
        ("@import url('https://example.org/a.css');", True),
        ("src: url(https://example.org/a.woff2)", True),
        ('<a href="https://arxiv.org/abs/2012.03769">the paper</a>', False),
        ('<script src="assets/javascripts/bundle.js"></script>', False),
        ('<link rel="canonical" href="https://example.org/">', False),
    ],
)
def test_what_counts_as_fetched(text, fetched):
    assert bool(FETCHED.search(text)) is fetched


def test_the_site_fetches_nothing_from_elsewhere(site):
    files = [path for path in site.rglob("*") if path.suffix in (".html", ".css", ".svg")]
    assert len([path for path in files if path.suffix == ".html"]) > 20
    problems = []
    for path in files:
        found = FETCHED.search(path.read_text(encoding="utf-8"))
        if found:
            problems.append(f"{path.relative_to(site)}: {found.group()[:120]}")
    assert not problems, "\n".join(problems)


def test_the_first_page_is_the_readme_with_links_of_the_site(site):
    text = (site / "index.html").read_text(encoding="utf-8")
    assert "Install it and train the paper's model on built-in data." in text.replace("&#39;", "'")
    assert 'src="quickstart_samples.png"' in text
    assert 'href="privacy.html"' in text
    assert 'href="files.html#what-to-share-and-what-to-keep"' in text
    assert 'href="docs/' not in text


def test_notebooks_are_pages_with_links_of_the_site(site):
    text = (site / "notebook_evaluate_any_generator.html").read_text(encoding="utf-8")
    assert 'href="notebook_own_data.html"' in text and 'href="privacy.html"' in text
    assert ".ipynb&quot;" not in text and '.ipynb"' not in text and "../docs" not in text
    own = (site / "notebook_own_data.html").read_text(encoding="utf-8")
    assert 'href="files.html#what-to-share-and-what-to-keep"' in own
    # The code is there, as a block.
    assert own.count('<div class="highlight"') > 8
