"""DICOM files of one grey image with any elements, and lookup tables as programs write them."""

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian


def write_grey(path, pixels, coded=None, syntax=ExplicitVRLittleEndian, **elements):
    """A radiograph of the stored values [H, W]. `coded` is its compressed frame; an element of None is left out."""
    pixels = np.asarray(pixels)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = ComputedRadiographyImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "1.2.3"
    dataset.PatientID, dataset.Modality = "p", "CR"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    bits = 8 * pixels.dtype.itemsize
    stored = elements.get("BitsStored")
    dataset.BitsAllocated, dataset.BitsStored = bits, stored if isinstance(stored, int) else bits
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsStored - 1, int(pixels.dtype.kind == "i")
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        elif isinstance(value, tuple):
            dataset.add_new(keyword, *value)
        else:
            setattr(dataset, keyword, value)
    data = pixels.astype(pixels.dtype.newbyteorder("<" if syntax.is_little_endian else ">")).tobytes()
    data = data if coded is None else encapsulate([coded])
    dataset.add_new("PixelData", "OW" if bits > 8 and coded is None else "OB", data + bytes(len(data) % 2))
    dataset["PixelData"].is_undefined_length = coded is not None
    dataset.save_as(path, enforce_file_format=True)
    return path


def table_item(count, first, bits, data, vr="US", first_vr="US"):
    """An item of a sequence of lookup tables; `data` are numbers for VR US, else bytes."""
    item = Dataset()
    item.add_new("LUTDescriptor", first_vr, [count, first, bits])
    item.add_new("LUTData", vr, data)
    return item
