"""Which number means what."""

from html import escape

from medgan_tf.presentation.blocks import Html, Section

_ENTRIES = {
    "AUC": "Chance that a classifier ranks a random image with a finding above a random one without. 1 is perfect, 0.5 "
    "is guessing, below 0.5 is wrong more often than right.",
    "Gap": "AUC after training on real images minus AUC after training on synthetic ones, on the same real test "
    "patients. 0: nothing is lost.",
    "Interval over patients": "Where the value would lie with other test patients like these; found by drawing "
    "patients again and again. It says nothing about training again.",
    "Standard deviation over seeds": "How much the value varies when everything is trained again from another random "
    "start.",
    "p": "How often chance alone gives a result at least this clear. A large p does not show that there is no "
    "difference.",
    "Margin": "The largest gap that does not matter for the use at hand; set before the measurement. A gap is shown to "
    "be below it only when its whole interval is.",
    "FID, KID": "Distance between the distributions of synthetic and real images in the features of a network. Only "
    "comparable with the same features and number of images; hence the floor beside it.",
    "Membership attack": "Somebody has an image of a patient and wants to know whether it was in the training set. AUC "
    "0.5: cannot tell.",
    "Planted copies": "Training images slipped into the synthetic set as a test of the search: what share it finds is "
    "its power.",
}


def glossary_section() -> Section:
    """Short explanations for readers who are not statisticians."""
    lines = (f"<dt><strong>{escape(word)}</strong></dt><dd>{escape(text)}</dd>" for word, text in _ENTRIES.items())
    entries = "".join(lines)
    return Section("Which number means what", [Html(f"<dl>{entries}</dl>")])
