"""Features for smoke runs are marked wherever numbers come from them."""

import pytest

from medgan_tf.features.comparable import incomparable


@pytest.mark.parametrize(
    ("extractor", "marked"),
    [
        ({"name": "random", "comparable": False}, True),
        ({"name": "inception", "comparable": True}, False),
        ({"name": "old"}, False),
    ],
)
def test_only_what_says_so_is_marked(extractor, marked):
    words = "warning: extractor 'random' is for smoke runs; its values cannot be compared with any others"
    assert incomparable(extractor) == ([words] if marked else [])
