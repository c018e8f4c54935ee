"""The README of a folder of synthetic images, for somebody who has only the folder."""

from collections.abc import Mapping

from medgan_tf.synthesis.marks.marks import SOURCE_TYPE, Marks

README = "README.md"

_FORMS = {
    "tfrecord": "TFRecord shards, and `manifest.json`, which says what is in them. `preview.png` shows some images.",
    "png": "8-bit grey PNG files, one folder for each fold. `labels.csv` names the labels of each.",
    "dicom": "DICOM files, one folder for each combination of labels. `labels.csv` names the labels of each.",
}
_MARKED = {
    "tfrecord": "the manifest says `kind: synthetic`, and `preview.png` has the marks of a PNG file.",
    "png": f"each PNG file has the texts `Synthetic`, `Generator`, `Software` and `Licence`, and in XMP the IPTC "
    f"source type <{SOURCE_TYPE}>.",
    "dicom": "each DICOM file has `SyntheticData (0008,001C) = YES`, `ImageType = DERIVED\\SECONDARY`, and a name of "
    "the patient that begins with `SYNTHETIC`.",
}


def readme_text(form: str, marks: Marks, images: Mapping[str, int], labels: tuple[str, ...]) -> str:
    """The text, the same for the same set.

    Args:
        form: `tfrecord`, `png` or `dicom`.
        marks: The marks of its images.
        images: Images by fold.
        labels: Names of the labels.
    """
    counts = ", ".join(f"{count:,} {fold}" for fold, count in images.items() if count)
    return f"""# Synthetic images

**The images in this folder are synthetic.** A generative network made them; no image shows a patient. Do not use them
to decide on a patient's care, and do not mix them with patients' images without a mark.

A synthetic image can be close to an image that the network was trained on. Whether it was measured how close, this
folder does not say.

- Images: {counts}
- Labels: {", ".join(labels)}. They are what the network was asked for, and nobody has read the images.
- Form: {_FORMS[form]}
- Marks: {_MARKED[form]}
- Generator: `{marks.generator}`
- Software: {marks.software}
- Licence: {marks.texts()["Licence"]}
"""
