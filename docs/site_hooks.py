"""What `mkdocs build` takes from outside docs/: the README as first page, how to contribute, security, and the changes.

So these texts exist once. Their links are written for the repository; here they are turned into links of the site, and
links to files that the site does not have (a licence, an experiment) become plain text.
"""

import re
from pathlib import Path

from mkdocs.structure.files import File

PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}
"""Files of the repository to pages of the site."""


def on_files(files, config):
    """Adds the pages. Called by mkdocs when it has listed docs/."""
    root = Path(config.config_file_path).parent
    for source, page in PAGES.items():
        text = (root / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=site_links(text)))
    return files


def site_links(markdown: str) -> str:
    """Markdown of the repository's root with the links of the site."""
    return re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", _link, markdown)


def _link(match: re.Match) -> str:
    picture, text, target = match.groups()
    if target.startswith(("https://", "http://", "#")):
        return match.group()
    file, mark, anchor = target.partition("#")
    if file.startswith("docs/"):
        return f"{picture}[{text}]({file.removeprefix('docs/')}{mark}{anchor})"
    return f"[{text}]({PAGES[file]}{mark}{anchor})" if file in PAGES else text
