"""What do the labels give away, and what can be inferred from them? The rows of the audit."""

from medgan_tf.evidence.privacy.answers import Answer, Remark, Unanswered
from medgan_tf.evidence.privacy.attributes.measure_inference import attribute_rows, label_inference
from medgan_tf.evidence.privacy.attributes.measure_tables import label_rows
from medgan_tf.evidence.privacy.inputs import PrivacyInputs


def answer(inputs: PrivacyInputs) -> Answer:
    """The table of labels, rare combinations, and attacks that infer labels, sex, age and view."""
    if not inputs.released.label_names:
        words = "not in scope: the released images come without labels"
        return Answer([Remark("labels", words, warns=False)])
    if not inputs.train.label_names or not inputs.held_out.label_names:
        reason = "the labels of the real images are not known; give dataset folders or a labels.csv"
        return Answer([Unanswered("labels", reason)])
    inputs.steps("labels and attributes")
    return Answer([*label_rows(inputs), label_inference(inputs), *attribute_rows(inputs)])
