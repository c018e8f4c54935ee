"""A block of a page that leads to files beside the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from medgan_tf.presentation.blocks import Html


@dataclass(frozen=True)
class Linked(Html):
    """A piece of HTML with links to files that lie beside the page.

    Attributes:
        files: Their content by name.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
