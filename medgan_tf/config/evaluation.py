"""Section `evaluation`: a subsection for each room of evidence that has options, also for rooms of other packages."""

import inspect
from typing import Any

from pydantic import Field, create_model

from medgan_tf.config.section import Section
from medgan_tf.registry import EVIDENCE


def _rooms() -> dict[str, Any]:
    """Key to type and default of each room's section, in the order of the rooms."""
    fields = {}
    for key in EVIDENCE.names():
        settings = EVIDENCE.settings(key)
        if settings.CONFIG is None or getattr(settings, "TOP_LEVEL", False):
            continue
        # What was finished before another package was installed stays up to date.
        extra = None if settings.__name__.startswith("medgan_tf.") else {"added": True}
        description = inspect.cleandoc(settings.CONFIG.__doc__ or key)
        fields[key] = (
            settings.CONFIG,
            Field(default=settings.CONFIG(), description=description, json_schema_extra=extra),
        )
    return fields


EvaluationConfig = create_model(
    "EvaluationConfig",
    __base__=Section,
    __module__=__name__,
    __doc__="What is measured on the trained generator.",
    **_rooms(),
)
