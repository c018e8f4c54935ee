"""What a DICOM header says about names: burned into the pixels, taken out, or still in the header.

Headers are never copied. These marks are counted for the owner of the data, who has to know (DICOM PS3.3 C.7.6.1.1.5
Burned In Annotation, C.7.1.1 Patient Identity Removed; PS3.15 annex E, de-identification).
"""

from pydicom.dataset import Dataset

from medgan_tf.data.dicom.parsing import parse_dicom
from medgan_tf.data.looks.marks import BURNED_IN, IDENTIFYING, NOT_DEIDENTIFIED

_NAMES = (
    *("PatientName", "PatientBirthDate", "PatientAddress", "PatientTelephoneNumbers", "OtherPatientNames"),
    *("OtherPatientIDs", "PatientBirthName", "PatientMotherBirthName", "InstitutionName", "InstitutionAddress"),
    *("ReferringPhysicianName", "PerformingPhysicianName", "NameOfPhysiciansReadingStudy", "OperatorsName"),
    "RequestingPhysician",
)
_METHODS = ("DeidentificationMethod", "DeidentificationMethodCodeSequence")
_KEYWORDS = ("PatientID", "BurnedInAnnotation", "PatientIdentityRemoved", *_METHODS, *_NAMES)
_PLACEHOLDERS = ("anon", "removed", "deleted", "unknown", "none", "deident", "de-ident", "n/a", "redacted", "withheld")


def dicom_marks(path: str) -> tuple[str, ...]:
    """The marks of a file by its header, sorted; none for a header that cannot be parsed."""
    try:
        return header_marks(parse_dicom(path, _KEYWORDS, pixels=False))
    # Whatever pydicom raises for damaged headers: the image was read before, so its marks are all that is lost.
    except Exception:
        return ()


def header_marks(header: Dataset) -> tuple[str, ...]:
    """As `dicom_marks`, from a header that was read."""
    marks = []
    if _text(header, "BurnedInAnnotation").upper() == "YES":
        marks.append(BURNED_IN)
    if any(_names_somebody(header, keyword) for keyword in _NAMES):
        marks.append(IDENTIFYING)
    removed = _text(header, "PatientIdentityRemoved").upper() == "YES"
    if not removed or not any(header.get(keyword) for keyword in _METHODS):
        marks.append(NOT_DEIDENTIFIED)
    return tuple(sorted(marks))


def _names_somebody(header: Dataset, keyword: str) -> bool:
    """Whether an element is filled, and not with a placeholder or with the patient's identifier, as archives do."""
    value = _text(header, keyword)
    letters = value.strip(" ^=\\-.*_xX0")
    return bool(letters) and not value.lower().startswith(_PLACEHOLDERS) and value != _text(header, "PatientID")


def _text(header: Dataset, keyword: str) -> str:
    value = header.get(keyword)
    return "" if value is None else str(value).strip()
