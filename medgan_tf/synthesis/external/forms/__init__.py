"""The forms in which a training fold is written for a generator from elsewhere; one file each."""

FORMS = ("images", "folders", "stylegan", "imagefolder", "monai")
"""PNG files with a CSV; one folder for each label combination; a zip of StyleGAN; an imagefolder of Hugging Face; a
data list of MONAI."""
