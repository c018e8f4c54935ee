"""Open values of the sections `gan` and `training`: None in a file stands for what the paper used for the architecture.

`Experiment` fills them in when it is made, so nothing that is given an experiment meets an open value.
"""

from typing import Any, TypeVar

from medgan_tf.config.section import Section
from medgan_tf.registry import GANS

_Any = TypeVar("_Any", bound=Section)


def paper_values(architecture: str, resolution: int) -> Any:
    """The paper's values for an architecture at a resolution in pixels: an object with an attribute for each value."""
    return GANS.settings(architecture).paper_settings(resolution)


def filled(section: _Any, values: Any) -> _Any:
    """The section with every open value set.

    The values filled in do not count as given, see `as_given`.

    Args:
        section: The section.
        values: An object with an attribute for each value that is known.
    """
    found = {
        name: getattr(values, name)
        for name in type(section).model_fields
        if getattr(section, name) is None and getattr(values, name, None) is not None
    }
    given = section.model_fields_set - found.keys()
    return type(section).model_construct(_fields_set=given, **{**dict(section), **found})


def as_given(section: _Any) -> _Any:
    """The section as it was before `filled`."""
    return type(section)(**{name: getattr(section, name) for name in section.model_fields_set})
