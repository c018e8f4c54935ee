import bombs
import pytest

from medgan_tf.data.records.image_coding import decode_image, encode_image
from medgan_tf.errors import DataError


def test_a_stored_image_with_a_text_that_unpacks_to_anything():
    shape = (*bombs.GRADIENT.shape, 1)
    good = encode_image(bombs.GRADIENT, "png")
    assert decode_image(good, shape, "png")[..., 0].tolist() == bombs.GRADIENT.tolist()
    chunks = bombs.png_chunk(b"zTXt", b"Comment\0\0" + bytes(10_000)) * 8
    with pytest.raises(DataError, match="a stored PNG image of 64x48 pixels has 80,[0-9]* bytes"):
        decode_image(good[:33] + chunks + good[33:], shape, "png")
