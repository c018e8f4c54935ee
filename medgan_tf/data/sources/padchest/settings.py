"""Options of the source `padchest`: PadChest of the Hospital San Juan de Alicante."""

from typing import Literal

from medgan_tf.config.section import Names, Section, incidental

FRONTAL = ("PA", "AP", "AP_horizontal")
UNUSABLE = ("exclude", "suboptimal study", "unchanged")


class Options(Section):
    """`data.options` of the source `padchest`."""

    csv: str = "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv"
    """Label table inside data.root."""
    projections: Names | None = FRONTAL
    """Projections to keep, of PA, AP, AP_horizontal, L, COSTAL, EXCLUDE and UNK; None keeps all."""
    labelled_by: Literal["anyone", "physicians"] = "anyone"
    """`physicians` keeps the images whose report a physician labelled (about a quarter); the others were labelled by a
    neural network."""
    leave_out: Names = UNUSABLE
    """Images with one of these labels are left out: `exclude` and `suboptimal study` speak of the image, and 
    `unchanged` of an earlier image whose findings are not repeated."""
    outside_root: bool = incidental(False)
    """Read images outside data.root, too, where links lead there."""
