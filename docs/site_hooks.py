"""What `mkdocs build` takes from outside docs/: the README as first page, security, the changes, notebooks and more.

So these texts exist once. Their links are written for the repository; here they are turned into links of the site, and
links to files that the site does not have (a licence, an experiment) become plain text.
"""

import json
import re
from pathlib import Path

from mkdocs.structure.files import File

PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "examples/own_data.ipynb": "notebook_own_data.md",
    "examples/evaluate_any_generator.ipynb": "notebook_evaluate_any_generator.md",
}
"""Files of the repository to pages of the site."""


def on_files(files, config):
    """Adds the pages. Called by mkdocs when it has listed docs/."""
    root = Path(config.config_file_path).parent
    for source, page in PAGES.items():
        text = (root / source).read_text(encoding="utf-8")
        if source.endswith(".ipynb"):
            text = notebook_text(text, source)
        files.append(File.generated(config, page, content=site_links(text)))
    return files


def notebook_text(notebook: str, name: str) -> str:
    """The Markdown of a notebook: its texts as they are, its code as blocks. Outputs are not in our notebooks."""
    parts = []
    for cell in json.loads(notebook)["cells"]:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
    origin = f"This page is the notebook `{name}` of the source. The project's tests run its cells in this order."
    return "\n\n".join([parts[0], origin, *parts[1:]]) + "\n"


def site_links(markdown: str) -> str:
    """Markdown of the repository with the links of the site; those of a notebook begin in its folder."""
    return re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", _link, markdown)


def _link(match: re.Match) -> str:
    picture, text, target = match.groups()
    if target.startswith(("https://", "http://", "#")):
        return match.group()
    file, mark, anchor = target.removeprefix("../").partition("#")
    file = f"examples/{file}" if f"examples/{file}" in PAGES else file
    if file.startswith("docs/"):
        return f"{picture}[{text}]({file.removeprefix('docs/')}{mark}{anchor})"
    return f"[{text}]({PAGES[file]}{mark}{anchor})" if file in PAGES else text
