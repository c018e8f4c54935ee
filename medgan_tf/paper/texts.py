"""Texts that the paper's experiments share: words of headers, and the settings that all rows of a dataset extend."""

DATASET_TITLES = {"chexpert": "Chest radiographs", "rsna": "Brain haemorrhage CTs"}

COMMAND = {"chexpert": "CHEXPERT_ROOT=/path/to/CheXpert-v1.0-small", "rsna": "RSNA_ROOT=/path/to/rsna"}

_OVERALL = {
    "chexpert": "Over all chest settings the mean AUC(real) - AUC(synthetic) is 0.0206 (standard deviation 0.0100) for "
    "the cpD-GAN and 0.0495 (0.0276) for the prog-GAN.",
    "rsna": "Over all brain settings the mean AUC(real) - AUC(synthetic) is 0.0650 (standard deviation 0.0198) for "
    "the cpD-GAN and 0.1367 (0.0324) for the prog-GAN.",
}
_FIGURES = {"classes": {"chexpert": "2a", "rsna": "2b"}, "samples": {"chexpert": "2c", "rsna": "2d"},
            "resolution": {"chexpert": "2e", "rsna": "2f"}}  # fmt: skip
_TRENDS = {
    "classes": "both AUCs rise and the gap falls with fewer classes; the extremes differ with p < 0.0001.",
    "samples": "both AUCs are level down to about 3,000 images and fall below 1,500; the gap falls with very few "
    "images, where the GAN learns them by heart; the extremes differ with p < 0.001.",
    "resolution": "all AUCs rise with resolution; the cpD-GAN's gap rises; the prog-GAN's rises a little at 64x64 and "
    "is lower at 128x128.",
}
EXPECTED = {
    (
        dataset,
        benchmark,
    ): f"a bar in Figure {_FIGURES[benchmark][dataset]} only: {_TRENDS[benchmark]} {_OVERALL[dataset]}"
    for dataset in DATASET_TITLES
    for benchmark in _TRENDS
}

OVERFITTING_EXPECTED = (
    "FID is computed but does not stop the run. It goes on falling instead of converging, as the generator learns the "
    "{images:,} images by heart; classifiers trained on its images come close to, or pass, those trained on the real "
    "ones. Do not share this generator."
)

SUBSET = """\
  subset:
    kind: all
    # In all, drawn within label combinations.
    valid_images: 4000
    test_images: 4000
"""
TRAINING = """\
gan:
  # cpd, progressive or biggan. Widths, loss, batch and learning rates are those that the paper used for each; --dry-run
  # shows them.
  architecture: cpd

training:
  # The upper limit at 32 pixels; FID stops it earlier, but not before 7 M.
  total_images: 12_000_000
  ema_decay: 0.999

evaluation:
  fid:
    during_training: stop
    images: 10_000
    every_images: 400_000
    minimum_images: 7_000_000
    patience: 2
    # Keras's InceptionV3. Its weights are never fetched unasked: download: true, or weights: FILE.
    extractor: inception
"""

BASE = {
    "chexpert": f"""\
data:
  source: chexpert
  # From https://stanfordmlgroup.github.io/competitions/chexpert, after registration.
  root: ${{CHEXPERT_ROOT:-data/CheXpert-v1.0-small}}
  resolution: 32
  policy:
    uncertain: positive
    blank: negative
    without_positive: drop
  min_count: 256
  fold_fractions: [0.8, 0.1, 0.1]
{SUBSET}
{TRAINING}""",
    "rsna": f"""\
data:
  source: rsna
  # Folder with stage_2_train.csv and stage_2_train/, from
  # https://www.kaggle.com/c/rsna-intracranial-hemorrhage-detection.
  root: ${{RSNA_ROOT:-data/rsna}}
  # options.header_cache keeps what is read from the headers, raw patient ids included: a file in your private folder.
  resolution: 32
  min_count: 100
  no_finding_images: 107_365
  fold_fractions: [0.8, 0.1, 0.1]
{SUBSET}
{TRAINING}""",
}
"""The 32-pixel row of each dataset's resolution benchmark: data rules of S.1, training of S.2.2 and S.3."""
