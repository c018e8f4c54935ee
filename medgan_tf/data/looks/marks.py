"""The words with which looks mark images with text, and DICOM headers that name people or might."""

TEXT = "text"
MARKER = "marker"
BURNED_IN = "burned_in"
"""The header says that names are burned into the pixels (BurnedInAnnotation YES)."""
IDENTIFYING = "identifying_header"
"""The header has names, birth dates or addresses."""
NOT_DEIDENTIFIED = "not_deidentified"
"""The header does not say that it was de-identified: PatientIdentityRemoved is not YES, or no method is named."""

SENTENCES = {
    TEXT: "images seem to have text burned in, which can name patients",
    MARKER: "images have a side marker (L, R) and no other text",
    BURNED_IN: "DICOM headers say that names are burned into the pixels (BurnedInAnnotation)",
    IDENTIFYING: "DICOM headers hold names, birth dates or addresses; none is copied into the dataset",
    NOT_DEIDENTIFIED: "DICOM headers do not say that they were de-identified (PatientIdentityRemoved, method)",
}
"""What a number of images with a mark have or are."""
EXPECTED = frozenset({MARKER, NOT_DEIDENTIFIED})
"""Marks that most images of a usual dataset have: they are counted, and not listed."""
