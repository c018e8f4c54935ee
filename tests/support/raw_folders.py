"""Raw files and folders in the layouts of the real datasets, made by us."""

import cv2
import numpy as np
import pandas as pd
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from medgan_tf.data.sources.chexpert.source import FINDINGS
from medgan_tf.data.sources.rsna.source import TYPES


def write_jpeg(path, seed=0, size=(40, 48)):
    """A grey JPEG with smooth content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4)).astype(np.uint8)
    cv2.imwrite(str(path), cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC))
    return path


def write_ct(path, hounsfield, patient="ID_p", **elements):
    """A CT slice as the RSNA files are: 16 bits, signed, intercept -1024 unless other elements are given."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = CTImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dataset.Modality, dataset.PatientID = "CT", patient
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = hounsfield.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
    dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    stored = np.asarray(hounsfield) - int(dataset.get("RescaleIntercept", 0))
    if "stored" in elements:
        stored = elements["stored"]
        del dataset.stored
    dataset.PixelData = stored.astype("<i2" if dataset.PixelRepresentation else "<u2").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


class RawChexpert:
    """A CheXpert-v1.0-small folder: rows are added, then written."""

    def __init__(self, parent):
        self.parent = parent
        self.folder = parent / "CheXpert-v1.0-small"
        self.rows = []

    def add(self, patient, view="Frontal", **labels):
        """One image; labels by finding with spaces as underscores, others blank."""
        number = len(self.rows)
        path = f"CheXpert-v1.0-small/train/patient{patient:05d}/study1/view{number}_{view.lower()}.jpg"
        write_jpeg(self.parent / path, number)
        given = {name.replace("_", " "): value for name, value in labels.items()}
        about = {"Path": path, "Sex": "Female", "Age": 50, "Frontal/Lateral": view, "AP/PA": "AP"}
        self.rows.append(about | {name: given.get(name, "") for name in FINDINGS})
        return path

    def write(self, **change):
        """Writes train.csv."""
        self.folder.mkdir(exist_ok=True)
        frame = pd.DataFrame(self.rows)
        frame.drop(columns=change.get("drop", [])).to_csv(self.folder / "train.csv", index=False)
        return self.folder


class RawRsna:
    """An RSNA folder with stage_2_train.csv and DICOM files."""

    def __init__(self, folder):
        self.folder = folder
        self.lines = ["ID,Label"]

    def add(self, image, patient, positive=(), probability="1", hounsfield=None, **elements):
        """One slice; `positive` are haemorrhage types."""
        for kind in TYPES:
            present = kind in positive or (kind == "any" and positive)
            self.lines.append(f"ID_{image}_{kind},{probability if present else 0}")
        slice_ = np.full((8, 8), 40) if hounsfield is None else hounsfield
        return write_ct(self.folder / "stage_2_train" / f"ID_{image}.dcm", slice_, patient, **elements)

    def write(self):
        """Writes the CSV."""
        (self.folder / "stage_2_train.csv").write_text("\n".join(self.lines) + "\n")
        return self.folder
