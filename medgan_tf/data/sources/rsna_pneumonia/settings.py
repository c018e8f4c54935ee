"""Options of the source `rsna_pneumonia`: radiographs of the RSNA Pneumonia Detection challenge."""

from medgan_tf.config.section import Section, incidental


class Options(Section):
    """`data.options` of the source `rsna_pneumonia`."""

    csv: str = "stage_2_train_labels.csv"
    """Label table inside data.root."""
    class_info: str | None = "stage_2_detailed_class_info.csv"
    """Table that divides the images without opacity into normal ones and others; None does without it."""
    images: str = "stage_2_train_images"
    """Folder of the DICOM files, beside the table."""
    mapping: str | None = None
    """The RSNA's list of the NIH images that were used, pneumonia-challenge-dataset-mappings_2018.json, beside the
    table: the only file that says which images are of one patient. None: patients are unknown."""
    outside_root: bool = incidental(False)
    """Read images outside data.root, too, where the table leads there by "..", absolute paths or links."""
