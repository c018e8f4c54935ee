"""The marks of a DICOM file of ours, read with Python's standard library alone: a copy of this file runs anywhere.

It reads explicit VR, little endian, with lengths that are stated, as this program writes. Any other file is refused:
what is skipped could hold anything.
"""

_MARKS = {
    (0x0008, 0x0008): "ImageType",
    (0x0008, 0x0018): "SOPInstanceUID",
    (0x0008, 0x001C): "SyntheticData",
    (0x0010, 0x0010): "PatientName",
    (0x0010, 0x0020): "PatientID",
}
_SYNTAX, _PLAIN_SYNTAX = (0x0002, 0x0010), "1.2.840.10008.1.2.1"
_LONG = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
_SHORT = (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL",
          b"SS", b"ST", b"TM", b"UI", b"UL", b"US")  # fmt: skip


def dicom_marks(content: bytes) -> dict[str, str]:
    """What a DICOM file says of itself, by the attributes' keywords.

    Args:
        content: The whole file.

    Raises:
        ValueError: It is no DICOM file of this form, or it is damaged.
    """
    if content[128:132] != b"DICM":
        raise ValueError("it is no DICOM file")
    found, position, last = {}, 132, (0, 0)
    while position < len(content):
        # The attributes of group 2 come first, and say how all others are written.
        is_first = content[position : position + 2] == b"\x02\x00"
        if not is_first and found.get("TransferSyntaxUID") != _PLAIN_SYNTAX:
            raise ValueError("it is not written with explicit VR, little endian")
        tag, value, position = _element(content, position)
        if tag <= last:
            raise ValueError("its attributes are not in order")
        last = tag
        name = "TransferSyntaxUID" if tag == _SYNTAX else _MARKS.get(tag)
        if name:
            found[name] = value.decode("utf-8", "replace").strip(" \0")
    if last[0] <= 0x0002:
        raise ValueError("it holds nothing")
    return found


def is_marked_synthetic_dicom(content: bytes) -> bool:
    """Whether a DICOM file says in every way that it is synthetic. Raises `ValueError` as `dicom_marks` does."""
    found = dicom_marks(content)
    return (
        found.get("SyntheticData") == "YES"
        and found.get("ImageType", "").split("\\")[:2] == ["DERIVED", "SECONDARY"]
        and all(found.get(name, "").startswith("SYNTHETIC") for name in ("PatientName", "PatientID"))
    )


def _element(content: bytes, start: int) -> tuple[tuple[int, int], bytes, int]:
    """Tag and value of the attribute at a position, and where the next one is."""
    group, number = (int.from_bytes(content[start + at : start + at + 2], "little") for at in (0, 2))
    kind = content[start + 4 : start + 6]
    if kind in _LONG:
        begin, size = start + 12, content[start + 8 : start + 12]
    elif kind in _SHORT:
        begin, size = start + 8, content[start + 6 : start + 8]
    else:
        raise ValueError(f"its attribute ({group:04X},{number:04X}) has no type that is known")
    end = begin + int.from_bytes(size, "little")
    if begin > len(content) or end > len(content):
        raise ValueError("it is cut off, or has a length that is not stated")
    return (group, number), content[begin:end], end
