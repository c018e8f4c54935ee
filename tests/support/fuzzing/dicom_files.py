"""DICOM files of each kind that is read, small and the same each time."""

import io

import cv2
import jpeg_ls
import numpy as np
from jpeg_encoders import extended_jpeg, lossless_jpeg
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

_SIDE = 12
_UID = "1.2.826.0.1.3680043.8.498.1"
_RAMP = np.arange(_SIDE * _SIDE).reshape(_SIDE, _SIDE)


def single_frames() -> list[bytes]:
    """Grey, colour, palette, tables, and the usual transfer syntaxes."""
    datasets = [_ct(), _ct(PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE"), _with_tables()]
    datasets += [_colour(), _palette(), _compressed(), _compressed(JPEG2000Lossless, ".jp2"), _rle()]
    datasets += [_coded(JPEGLosslessSV1), _coded(JPEGExtended12Bit), _coded(JPEGLSLossless)]
    syntaxes = (ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian)
    return [*map(_written, datasets), *(_written(_ct(), syntax) for syntax in syntaxes)]


def several_frames() -> list[bytes]:
    """Files of three frames, with one window for all and with one for each."""
    return [_written(_frames(3)), _written(_functional_groups())]


def _ct(**elements: object) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.Modality = CTImageStorage, _UID, "CT"
    dataset.PatientID, dataset.PatientName, dataset.SpecificCharacterSet = "P1", "A^B", "ISO_IR 192"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows = dataset.Columns = _SIDE
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.PixelPaddingValue = -1024, 1, 0
    dataset.WindowCenter, dataset.WindowWidth = [40, 400], [80, 1500]
    dataset.PixelData = (1024 + _RAMP).astype("<u2").tobytes()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def _table(entries: int, bits: int) -> Dataset:
    table = Dataset()
    table.LUTDescriptor = [entries, 1024, bits]
    table.add_new("LUTData", "OW", (np.arange(entries) % 2**bits).astype("<u2").tobytes())
    table.LUTExplanation = "x"
    return table


def _with_tables() -> Dataset:
    dataset = _ct(VOILUTSequence=[_table(256, 8)])
    del dataset.RescaleIntercept, dataset.RescaleSlope
    modality = _table(256, 16)
    modality.ModalityLUTType = "HU"
    dataset.ModalityLUTSequence = [modality]
    return dataset


def _colour() -> Dataset:
    pixels = np.stack([_RAMP, _RAMP[::-1], _RAMP.T], axis=-1).astype(np.uint8)
    return _ct(
        Modality="US", SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0,
        BitsAllocated=8, BitsStored=8, HighBit=7, PixelData=pixels.tobytes(),
    )  # fmt: skip


def _palette() -> Dataset:
    dataset = _ct(
        PhotometricInterpretation="PALETTE COLOR", BitsAllocated=8, BitsStored=8, HighBit=7,
        PixelData=_RAMP.astype(np.uint8).tobytes(),
    )  # fmt: skip
    for name in ("Red", "Green", "Blue"):
        setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        table = (np.arange(256) * 257).astype("<u2").tobytes()
        setattr(dataset, f"{name}PaletteColorLookupTableData", table)
    return dataset


def _compressed(syntax: str = JPEGBaseline8Bit, end: str = ".jpg") -> Dataset:
    # JPEG 2000 needs so many pixels.
    pixels = np.tile(_RAMP.astype(np.uint8), (4, 4))
    encoded = cv2.imencode(end, pixels)[1].tobytes()
    dataset = _ct(BitsAllocated=8, BitsStored=8, HighBit=7, PixelData=encapsulate([encoded]))
    dataset.Rows, dataset.Columns = pixels.shape
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


def _coded(syntax: str) -> Dataset:
    """12 bits, in the forms of compression that the extra `dicom` reads."""
    pixels = np.tile(_RAMP.astype(np.uint16) * 28, (2, 2))
    if syntax == JPEGLSLossless:
        encoded = bytes(jpeg_ls.encode_array(pixels))
    else:
        encoded = lossless_jpeg(pixels, 12) if syntax == JPEGLosslessSV1 else extended_jpeg(pixels)
    dataset = _ct(PixelData=encapsulate([encoded]))
    dataset.Rows, dataset.Columns = pixels.shape
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


def _rle() -> Dataset:
    dataset = _ct()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.compress(RLELossless, generate_instance_uid=False)
    return dataset


def _frames(count: int) -> Dataset:
    pixels = np.stack([1024 + _RAMP + number for number in range(count)]).astype("<u2")
    return _ct(NumberOfFrames=count, PixelData=pixels.tobytes())


def _functional_groups() -> Dataset:
    """An enhanced file, whose windows lie in the groups of all frames and of each."""
    dataset = _frames(3)
    del dataset.WindowCenter, dataset.WindowWidth, dataset.RescaleIntercept, dataset.RescaleSlope
    shared, rescale = Dataset(), Dataset()
    rescale.RescaleIntercept, rescale.RescaleSlope, rescale.RescaleType = -1024, 1, "HU"
    shared.PixelValueTransformationSequence = [rescale]
    dataset.SharedFunctionalGroupsSequence = [shared]
    groups = []
    for number in range(3):
        group, window = Dataset(), Dataset()
        window.WindowCenter, window.WindowWidth = 40 + number, 80
        group.FrameVOILUTSequence = [window]
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = groups
    return dataset


def _written(dataset: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """The file; compressed data keep their own transfer syntax."""
    meta = getattr(dataset, "file_meta", None) or FileMetaDataset()
    meta.TransferSyntaxUID = getattr(meta, "TransferSyntaxUID", None) or syntax
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, _UID
    meta.ImplementationClassUID = _UID
    dataset.file_meta = meta
    stream = io.BytesIO()
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
