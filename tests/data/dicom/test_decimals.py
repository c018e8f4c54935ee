import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from medgan_tf.data.dicom.decimals import decimals, single_decimal
from medgan_tf.errors import DataError


def element(value, vr="DS"):
    """A data set with a window center as it is read from a file."""
    dataset = Dataset()
    tag = Tag("WindowCenter")
    dataset[tag] = RawDataElement(tag, vr, len(value), value, 0, vr is None, True, True)
    return dataset


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"40", [40]),
        (b"-1.5E+2 ", [-150]),
        (b"+.5\0", [0.5]),
        (b"40,0", [40]),
        (b"-1024,00", [-1024]),
        (b"0,625", [0.625]),
        (b",5", [0.5]),
        (b"1234,567", [1234.567]),
        (b"1,2345", [1.2345]),
        (b"1,024.5", [1024.5]),
        (b"1.024,5", [1024.5]),
        (b"1.5\\2", [1.5, 2]),
        (b"40,0\\400,0", [40, 400]),
        (b"\\400", [None, 400]),
        (b"", [None]),
        (b"  \\ ", [None, None]),
    ],
)
def test_what_is_mended(written, expected):
    assert decimals(element(written), "WindowCenter", "a.dcm") == expected
    # In implicit files no VR is written.
    assert decimals(element(written, None), "WindowCenter", "a.dcm") == expected


UNCLEAR = [b"1,024", b"40,400", b"1.2.3", b"1,2,3", b"40 HU", b"nan", b"inf", b"1e999", b"x" * 99]


@pytest.mark.parametrize("written", UNCLEAR)
def test_what_can_be_read_in_two_ways_or_none(written):
    with pytest.raises(DataError, match="^a.dcm: its WindowCenter is '.{,40}'; a number like 1024.5 was expected$"):
        decimals(element(written), "WindowCenter", "a.dcm")


def test_other_forms_than_text():
    dataset = Dataset()
    assert decimals(dataset, "WindowCenter", "a.dcm") == []
    dataset.add_new("WindowCenter", "FD", [1.5, 2.5])
    assert decimals(dataset, "WindowCenter", "a.dcm") == [1.5, 2.5]
    dataset.WindowWidth = "80"
    assert decimals(dataset, "WindowWidth", "a.dcm") == [80]
    assert decimals(element(b"\x28\0", "US"), "WindowCenter", "a.dcm") == [40]


def test_elements_of_one_value():
    assert single_decimal(Dataset(), "RescaleSlope", 1.0, "a.dcm") == 1.0
    assert single_decimal(element(b"2\\2,0\\"), "WindowCenter", 1.0, "a.dcm") == 2.0
    with pytest.raises(DataError, match="a.dcm: its WindowCenter has the values 2 and 3; one was expected"):
        single_decimal(element(b"3\\2"), "WindowCenter", 1.0, "a.dcm")
