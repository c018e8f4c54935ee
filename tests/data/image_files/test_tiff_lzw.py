import pytest

from medgan_tf.data.image_files.tiff_lzw import LzwError, unpack_lzw


def pack(*codes):
    """Codes of 9 bits, the highest bit first."""
    bits = "".join(f"{code:09b}" for code in codes)
    return bytes(int(bits[place : place + 8].ljust(8, "0"), 2) for place in range(0, len(bits), 8))


def test_the_example_of_the_standard():
    """TIFF 6.0, section 13."""
    assert list(unpack_lzw(pack(256, 7, 258, 8, 8, 258, 6, 6, 257), 100)) == [7, 7, 7, 8, 8, 7, 7, 6, 6]


def test_a_code_whose_entry_it_adds_itself():
    assert unpack_lzw(pack(256, 65, 258, 259, 257), 100) == b"AAAAAA"


def test_a_table_starts_again_after_clear():
    assert unpack_lzw(pack(256, 65, 66, 258, 256, 67, 258, 257), 100) == b"ABABCCC"
    # Without an end code the bytes end it.
    assert unpack_lzw(pack(256, 65, 66, 258), 100) == b"ABAB"
    assert unpack_lzw(b"", 100) == b""


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (pack(256, 65, 259, 257), "a code without entry"),
        (pack(256, 258, 257), "a code without entry"),
        (pack(256, 65, 258, 259, 257), "more bytes than pixels"),
    ],
)
def test_damage(packed, message):
    with pytest.raises(LzwError, match=message):
        unpack_lzw(packed, 5)


def test_a_table_that_is_never_cleared():
    # 254 codes of 9 bits, 512 of 10, 1,024 of 11 and 2,049 of 12, all of them the byte 1.
    bits = "".join(f"{1:0{width}b}" * count for width, count in ((9, 254), (10, 512), (11, 1024), (12, 2060)))
    packed = int(bits.ljust(8 * 6000, "0"), 2).to_bytes(6000, "big")
    with pytest.raises(LzwError, match="a table without end"):
        unpack_lzw(packed, 10**6)
