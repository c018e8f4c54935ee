"""Types, ranges and units in words."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, create_model

from medgan_tf.config.section import Count, Fraction, Names, Section, Share
from medgan_tf.config.value_words import value_words


class Part(Section):
    one: int = 1


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (bool, "true or false"),
        (int, "whole number"),
        (Count, "whole number from 1"),
        (Count | None, "whole number from 1, or null"),
        (Annotated[int, Field(ge=1, le=24)] | None, "whole number from 1 to 24, or null"),
        (Share, "number from 0 to 1"),
        (Fraction, "number above 0 and below 1"),
        (Annotated[float, Field(ge=0, lt=1)], "number from 0 and below 1"),
        (Literal["png", "raw"] | None, "`png` or `raw`, or null"),
        (Names, "list (each: text)"),
        (Names | None, "list (each: text), or null"),
        (Annotated[tuple[Share, ...], Field(min_length=1)], "list of at least 1 (each: number from 0 to 1)"),
        (Annotated[tuple[float, float], Field(strict=False)], "list of 2 (each: number)"),
        (tuple[Part, ...], "list (each: section)"),
        (Part | None, "section, or null"),
        (dict[str, int], "mapping"),
        (Annotated[str, Field(min_length=1, max_length=1)], "text of 1 character"),
        (Annotated[str, Field(min_length=10)], "text of at least 10 characters"),
        (Annotated[str, Field(pattern="^a$")], "text that matches `^a$`"),
    ],
)  # fmt: skip
def test_words(kind, words):
    assert value_words(create_model("Made", key=(kind, ...)).model_fields["key"]) == words


def test_units_of_the_first_sentence():
    def words(text):
        return value_words(create_model("Made", key=(Count | None, Field(description=text))).model_fields["key"])

    assert words("Side of the image, pixels; a power of two.") == "whole number (pixels) from 1, or null"
    assert words("Number of images. Not of pixels, pixels.") == "whole number from 1, or null"
