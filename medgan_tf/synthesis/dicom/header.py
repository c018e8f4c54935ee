"""The data set of one synthetic image: all attributes that its kind of DICOM object demands, and no private one."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, CTImageStorage, ExplicitVRLittleEndian
from pydicom.uid import SecondaryCaptureImageStorage as SecondaryCapture
from pydicom.valuerep import format_number_as_ds

from medgan_tf.data.dicom.settings import Window
from medgan_tf.files.plain_text import visible
from medgan_tf.synthesis.dicom.identifiers import CODING_SCHEME, derived_uid, label_code
from medgan_tf.synthesis.marks.marks import Marks

CLASSES = {"secondary_capture": SecondaryCapture, "cr": ComputedRadiographyImageStorage, "ct": CTImageStorage}
_MODALITIES = {"secondary_capture": "OT", "cr": "CR", "ct": "CT"}
_LONGEST_NAME = 64
_NO_LABEL = "None of the labels of the set"
_IMPLEMENTATION = derived_uid("", "medgan-tf", "implementation class")
_DERIVATION = "Synthetic image, made by a generative network (GAN). No patient was imaged."


@dataclass(frozen=True)
class SetHeader:
    """What the images of a set have in common.

    Attributes:
        form: A key of `CLASSES`.
        key: Text that identifies the set and how it is written; all UIDs follow from it.
        marks: The marks.
        root: Own root of UIDs, or "".
        window: Values from black to white; None where grey has no unit.
        unit: `HU`, or `US` for an unspecified one.
        burned_in: Whether the images have letters in a corner.
    """

    form: str
    key: str
    marks: Marks
    root: str = ""
    window: Window | None = None
    unit: str = "US"
    burned_in: bool = False

    def uid(self, *parts: str) -> str:
        """A UID of this set."""
        return derived_uid(self.root, self.key, *parts)

    def rescale(self) -> tuple[str, str]:
        """Slope and intercept from a stored grey 0..255 to the value that it shows, as DICOM writes numbers.

        The reverse of the linear window function (DICOM PS3.3 C.11.2.1.2.1), between black and white.
        """
        if self.window is None:
            return "1", "0"
        middle, span = self.window.center - 0.5, self.window.width - 1
        return format_number_as_ds(span / 255), format_number_as_ds(middle - span / 2)


def dicom_bytes(
    header: SetHeader, pixels: np.ndarray, name: str, series: int, number: int, labels: tuple[str, ...]
) -> bytes:
    """One DICOM file, the same for the same arguments.

    Args:
        header: What the set has in common.
        pixels: uint8 [R, C], 0 black.
        name: Identifies the image in its set.
        series: Number of its label combination, from 1.
        number: Number of the image in its series, from 1.
        labels: Its positive labels.
    """
    dataset = Dataset()
    _add_identity(dataset, header, name, series, labels)
    dataset.InstanceNumber = number
    if header.form == "ct":
        _add_plane(dataset, header, series, number)
    _add_labels(dataset, labels)
    _add_grey(dataset, header)
    _add_pixels(dataset, pixels, 12 if header.form == "ct" else 8)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.ImplementationClassUID = _IMPLEMENTATION
    dataset.file_meta.ImplementationVersionName = "MEDGAN_TF"
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _add_identity(dataset: Dataset, header: SetHeader, name: str, series: int, labels: tuple[str, ...]) -> None:
    """Patient, study, series, equipment and instance. An empty value says that there is none."""
    marks = header.marks
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SyntheticData = "YES"
    dataset.ImageType = ["DERIVED", "SECONDARY"] + (["AXIAL"] if header.form == "ct" else [])
    dataset.SOPClassUID, dataset.SOPInstanceUID = CLASSES[header.form], header.uid("instance", name)
    dataset.PatientName = "SYNTHETIC^NO PATIENT"
    dataset.PatientID = f"SYNTHETIC-{derived_uid('', header.key)[-12:]}"
    dataset.PatientComments = "There is no patient: all images of this study are synthetic."
    dataset.StudyInstanceUID, dataset.StudyDescription = header.uid("study"), "Synthetic images"
    dataset.SeriesInstanceUID, dataset.SeriesNumber = header.uid("series", str(series)), series
    dataset.SeriesDescription = _short(f"SYNTHETIC {', '.join(labels) or 'no label'}")
    dataset.Modality, dataset.Laterality = _MODALITIES[header.form], ""
    for keyword in ("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "AccessionNumber", "StudyID",
                    "ReferringPhysicianName", "ContentDate", "ContentTime", "PatientOrientation"):  # fmt: skip
        setattr(dataset, keyword, "")
    dataset.Manufacturer, dataset.ManufacturerModelName = "medgan-tf", "Generative network"
    dataset.SoftwareVersions = _short(marks.software)
    dataset.DerivationDescription = _DERIVATION
    dataset.ImageComments = f"Synthetic: yes. Generator: {marks.generator}. Licence: {marks.texts()['Licence']}"
    dataset.BurnedInAnnotation = "YES" if header.burned_in else "NO"
    if header.form == "secondary_capture":
        dataset.ConversionType = "SYN"
    elif header.form == "cr":
        dataset.BodyPartExamined, dataset.ViewPosition = "", ""


def _add_plane(dataset: Dataset, header: SetHeader, series: int, number: int) -> None:
    """What a CT slice must say of its place. Nothing is known of it: the pixels are squares of 1 mm by convention."""
    dataset.FrameOfReferenceUID = header.uid("frame of reference", str(series))
    for keyword in ("PositionReferenceIndicator", "PatientPosition", "SliceThickness", "KVP", "AcquisitionNumber"):
        setattr(dataset, keyword, None if keyword in ("SliceThickness", "KVP", "AcquisitionNumber") else "")
    dataset.PixelSpacing = ["1", "1"]
    dataset.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    dataset.ImagePositionPatient = ["0", "0", str(number - 1)]


def _add_labels(dataset: Dataset, labels: tuple[str, ...]) -> None:
    """The positive labels as coded content, in the acquisition context: what the image was made for."""
    scheme = Dataset()
    scheme.CodingSchemeDesignator = CODING_SCHEME
    scheme.CodingSchemeName = "Labels of synthetic images, by name"
    scheme.CodingSchemeResponsibleOrganization = "medgan-tf"
    dataset.CodingSchemeIdentificationSequence = [scheme]
    items = []
    for label in labels or (_NO_LABEL,):
        item = Dataset()
        item.ValueType = "CODE"
        item.ConceptNameCodeSequence = [_code("121071", "DCM", "Finding")]
        item.ConceptCodeSequence = [_code(label_code(label) if labels else "NONE", CODING_SCHEME, _short(label))]
        items.append(item)
    dataset.AcquisitionContextSequence = items


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code


def _add_grey(dataset: Dataset, header: SetHeader) -> None:
    """What grey means, and the window that shows the stored greys 0..255 as they are."""
    if header.window is not None or header.form == "ct":
        dataset.RescaleSlope, dataset.RescaleIntercept = header.rescale()
        dataset.RescaleType = header.unit
    shown = header.window or Window(center=128, width=256)
    dataset.WindowCenter, dataset.WindowWidth = map(format_number_as_ds, (float(shown.center), float(shown.width)))


def _add_pixels(dataset: Dataset, pixels: np.ndarray, bits: int) -> None:
    """8 bits in a byte each; 12 bits, as CT demands at least, in two."""
    allocated = 8 if bits == 8 else 16
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = allocated, bits, bits - 1
    dataset.PixelRepresentation = 0
    content = pixels.astype("<u2" if allocated == 16 else "u1").tobytes()
    dataset.add_new("PixelData", "OW" if allocated == 16 else "OB", content + b"\0" * (len(content) % 2))


def _short(text: str) -> str:
    """A text of at most 64 characters without the backslash, which separates values."""
    text = visible(text).replace("\\", "/")
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 3]}..."
