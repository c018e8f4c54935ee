"""Small folders in the layouts in which hospitals and published datasets come, with made pictures."""

import shutil

import cv2
import numpy as np
from raw_folders import RawChexpert, RawRsna, write_ct, write_jpeg

from medgan_tf.data.sources.chexpert.layouts import TABLES_BATCH

SEED = 5


def write_png(path, seed=0, size=(40, 48)):
    """A grey PNG with smooth content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4)).astype(np.uint8)
    coarse[0, 0] = 255
    cv2.imwrite(str(path), cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC))


def write_german(folder, patients=30, encoding="latin-1", separator=";"):
    """PNG files and a table with German headings: 2 images for each patient, words for yes and no."""
    lines = [separator.join(("Lfd. Nr.", "Bilddatei", "Patientennummer", "Geschlecht", "Alter", "Erguss", "Verkalkung",
                             "Herzvergrößerung"))]  # fmt: skip
    for number in range(2 * patients):
        patient = number // 2
        write_png(folder / "Bilder" / f"aufnahme_{number:04d}.png", number)
        effusion, heart = "ja" if patient % 3 else "nein", "ja" if patient % 2 else "nein"
        calcified = "fraglich" if patient == 0 else "nein"
        about = (f"P{patient:05d}", "w" if patient % 2 else "m", str(40 + patient))
        cells = (str(number + 1), f"aufnahme_{number:04d}.png", *about, effusion, calcified, heart)
        lines.append(separator.join(cells))
    (folder / "Befunde.csv").write_text("\r\n".join(lines) + "\r\n", encoding=encoding)
    return folder


def write_table(folder, name, header, rows):
    """A CSV file with commas."""
    lines = [header, *rows]
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(",".join(map(str, line)) for line in lines) + "\n", encoding="utf-8")
    return path


def write_nih(folder, patients=30):
    """ChestX-ray14 as unpacked from two of its archives."""
    header = ("Image Index", "Finding Labels", "Follow-up #", "Patient ID", "Patient Age", "Patient Gender",
              "View Position", "OriginalImage[Width", "Height]", "OriginalImagePixelSpacing[x", "y]")  # fmt: skip
    rows = []
    for number in range(2 * patients):
        patient, labels = number // 2 + 1, ("No Finding", "Effusion", "Cardiomegaly|Effusion")[number % 3]
        name = f"{patient:08d}_{number % 2:03d}.png"
        write_png(folder / f"images_{1 + patient % 2:03d}" / "images" / name, number)
        rows.append(
            (name, labels, number % 2, patient, 40 + patient, "MF"[patient % 2], "PA", 2682, 2749, 0.143, 0.143)
        )
    write_table(folder, "Data_Entry_2017_v2020.csv", header, rows)
    names = [row[0] for row in rows]
    (folder / "train_val_list.txt").write_text("\n".join(names[:40]) + "\n")
    (folder / "test_list.txt").write_text("\n".join(names[40:]) + "\n")
    return folder


def write_padchest(folder, patients=30):
    """PadChest: numbered folders and Python lists of labels."""
    header = ("", "ImageID", "ImageDir", "StudyDate_DICOM", "StudyID", "PatientID", "PatientBirth", "PatientSex_DICOM",
              "ViewPosition_DICOM", "Projection", "Pediatric", "Report", "MethodLabel", "Labels")  # fmt: skip
    rows = []
    for number in range(2 * patients):
        patient = number // 2
        labels = ("['normal']", "\"['cardiomegaly', 'pleural effusion']\"", "\"['pneumonia', 'loc right']\"")[
            number % 3
        ]
        write_png(folder / str(number % 3) / f"20{number:04d}.png", number)
        about = (f"98{patient:05d}", 1930.0, "FM"[patient % 2], "POSTEROANTERIOR", "PA", "No", " sin hallazg .")
        image = (number, f"20{number:04d}.png", number % 3, 20140915, f"s{number}")
        rows.append((*image, *about, "Physician", labels))
    write_table(folder, "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv", header, rows)
    return folder


def write_vindr(folder, images=40):
    """VinDr-CXR as on Kaggle: a row for each box of each of three readers."""
    rows = []
    for number in range(images):
        write_png(folder / "train" / f"{number:032x}.png", number)
        for reader in ("R8", "R9", "R10"):
            found = ("No finding", 14) if number % 2 else ("Cardiomegaly", 3)
            rows.append((f"{number:032x}", *found, reader, *((("",) * 4) if number % 2 else (1.0, 2.0, 30.0, 40.0))))
    header = ("image_id", "class_name", "class_id", "rad_id", "x_min", "y_min", "x_max", "y_max")
    write_table(folder, "train.csv", header, rows)
    return folder


def _radiograph(path, number, patient):
    pixels = np.add.outer(np.arange(40), np.arange(36)) + number
    write_ct(path, pixels, patient, Modality="CR", PixelRepresentation=0, RescaleIntercept=None, RescaleSlope=None)


def write_siim(folder, images=40):
    """SIIM-ACR pneumothorax: a folder for each study and series, run lengths or -1, and a blank in a heading."""
    rows = []
    for number in range(images):
        name = f"1.2.276.0.7230010.3.1.4.8323329.{1000 + number}.1517875201.850819"
        _radiograph(folder / "dicom-images-train" / f"2.{number}" / f"3.{number}" / f"{name}.dcm", number, f"p{number}")
        rows.append((name, " -1" if number % 2 else " 557374 2 1015 8 1009 14"))
        if number % 8 == 0:
            rows.append((name, " 600 3 1000 9"))
    write_table(folder, "train-rle.csv", ("ImageId", " EncodedPixels"), rows)
    return folder


def write_dicom(folder, images=40):
    """DICOM files in a folder for each series, and a table as spreadsheets save "Unicode text": UTF-16 with tabs."""
    lines = ["Aufnahme\tDatum\tBefund\tAP/PA"]
    for number in range(images):
        _radiograph(folder / f"serie{number // 2}" / f"SCAN{number:05d}.dcm", number, f"P{number // 2:05d}")
        found = ("['o.B.']", "['Erguss', 'Stauung']", "['Erguss']")[number % 3]
        lines.append(f"SCAN{number:05d}\t2020-01-0{number % 9 + 1}\t{found}\tPA")
    (folder / "Tabelle.txt").write_text("\r\n".join(lines) + "\r\n", encoding="utf-16")
    return folder


def write_rsna_pneumonia(folder, images=40):
    """RSNA pneumonia: DICOM files, a row for each box."""
    rows, classes = [], []
    for number in range(images):
        name = f"00{number:06d}-14fd-4e49-80ba-63a80b6bddd6"
        _radiograph(folder / "stage_2_train_images" / f"{name}.dcm", number, name)
        box = (264.0, 152.0, 213.0, 379.0, 1) if number % 2 else ("", "", "", "", 0)
        rows += [(name, *box)] * (1 + (number % 4 == 1))
        what = "Lung Opacity" if number % 2 else "Normal" if number % 4 else "No Lung Opacity / Not Normal"
        classes.append((name, what))
    write_table(folder, "stage_2_train_labels.csv", ("patientId", "x", "y", "width", "height", "Target"), rows)
    write_table(folder, "stage_2_detailed_class_info.csv", ("patientId", "class"), classes)
    return folder


def write_chexpert_small(parent, patients=30):
    """CheXpert-v1.0-small."""
    raw = RawChexpert(parent)
    for number in range(2 * patients):
        raw.add(number // 2 + 1, **({"Edema": "1.0"} if number % 3 else {"Pleural_Effusion": "1.0", "Edema": "-1.0"}))
    return raw.write()


def write_chexpert_batches(folder, patients=30):
    """The full CheXpert-v1.0: the table is in the first of the four batches, which has few images."""
    small = write_chexpert_small(folder / "small", patients)
    first = folder / TABLES_BATCH
    first.mkdir()
    text = (small / "train.csv").read_text(encoding="utf-8").replace("CheXpert-v1.0-small/", "CheXpert-v1.0/")
    (first / "train.csv").write_text(text, encoding="utf-8")
    (first / "valid.csv").write_text("".join(text.splitlines(keepends=True)[:3]), encoding="utf-8")
    (small / "train").rename(folder / "CheXpert-v1.0 batch 2 (train 1)")
    write_jpeg(first / "valid" / "patient64541" / "study1" / "view1_frontal.jpg")
    shutil.rmtree(folder / "small")
    return folder


def write_rsna(folder, patients=30):
    """RSNA head CT."""
    raw = RawRsna(folder)
    for number in range(2 * patients):
        raw.add(f"{number:09x}", f"ID_{number // 2:08x}", positive=("subdural",) if number % 2 else ())
    return raw.write()


def write_medmnist(path, classes=2):
    """A file of MedMNIST's form."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random, arrays = np.random.default_rng(SEED), {}
    for fold, count in (("train", 40), ("val", 10), ("test", 10)):
        arrays[f"{fold}_images"] = random.integers(0, 256, (count, 28, 28)).astype(np.uint8)
        arrays[f"{fold}_labels"] = (np.arange(count) % classes).astype(np.uint8)[:, None]
    np.savez_compressed(path, **arrays)
    return path


CHEXPERT_NAMES = (
    "Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Enlarged Cardiomediastinum", "Fracture", "Lung Lesion",
    "Lung Opacity", "No Finding", "Pleural Effusion", "Pleural Other", "Pneumonia", "Pneumothorax", "Support Devices",
)  # fmt: skip


def write_mimic(folder, patients=30):
    """MIMIC-CXR-JPG: three tables, and a folder for each patient and study."""
    metadata, labels, split = [], [], []
    for number in range(2 * patients):
        subject, study, image = 10000000 + number // 2, 50000000 + number, f"d{number:08x}"
        write_jpeg(folder / "files" / f"p{str(subject)[:2]}" / f"p{subject}" / f"s{study}" / f"{image}.jpg", number)
        metadata.append((image, subject, study, "CHEST (PORTABLE AP)", "AP", 2544, 3056, 21451103, 50809.0))
        found = "Edema" if number % 2 else "No Finding"
        labels.append((subject, study, *("1.0" if name == found else "" for name in CHEXPERT_NAMES)))
        split.append((image, study, subject, "train"))
    header = ("dicom_id", "subject_id", "study_id", "PerformedProcedureStepDescription", "ViewPosition", "Rows",
              "Columns", "StudyDate", "StudyTime")  # fmt: skip
    write_table(folder, "mimic-cxr-2.0.0-metadata.csv", header, metadata)
    write_table(folder, "mimic-cxr-2.0.0-chexpert.csv", ("subject_id", "study_id", *CHEXPERT_NAMES), labels)
    write_table(folder, "mimic-cxr-2.0.0-split.csv", ("dicom_id", "study_id", "subject_id", "split"), split)
    return folder


def write_classes(folder, images=30):
    """Images in folders for training and test, and in these in folders named after labels."""
    for number in range(images):
        fold = "test" if number % 5 == 0 else "train"
        name = f"person{number // 2}_bacteria_{number}.jpeg"
        write_jpeg(folder / fold / ("NORMAL" if number % 2 else "PNEUMONIA") / name, number)
    return folder
