"""The annex as a report shows it: its answer, and links to its page and its JSON."""

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from medgan_tf.evidence.privacy.annex.content import annex_content
from medgan_tf.evidence.privacy.annex.write import NAME, annex_files
from medgan_tf.presentation.linked_files import Linked


def annex_link(result: Mapping[str, Any], stem: str, subject: str) -> Linked:
    """A paragraph with the links, and the files that they lead to.

    Args:
        result: The content of `privacy.json`.
        stem: The end of the files' names.
        subject: See `annex_content`.
    """
    content = annex_content(result, subject)
    files = annex_files(content, f"{NAME}-{stem}")
    page, values, _ = files
    executed = [one["title"].lower() for one in content["attacks"] if one["executed"]]
    lacking = [one["title"].lower() for one in content["attacks"] if not one["executed"]]
    text = (
        f"<p><strong>For the data-protection officer:</strong> {escape(content['headline']['words'])} "
        f'<a href="{quote(page)}">The annex of this audit</a> (<a href="{quote(values)}">JSON</a>) goes through the '
        f"kinds of attacks one by one. Executed: {escape(', '.join(executed) or 'none')}. Not executed: "
        f"{escape(', '.join(lacking) or 'none')}.</p>"
    )
    return Linked(text, files)
