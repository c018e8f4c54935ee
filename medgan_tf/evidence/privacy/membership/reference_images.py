"""Images of a generator that was trained on none of the candidates: the null of the attacks with released images."""

from medgan_tf.config.run_folders import run_folder
from medgan_tf.data.canary_sets import reference_experiment
from medgan_tf.evidence.generated_set import generated_set
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.inputs import PrivacyInputs


def reference_images(inputs: PrivacyInputs) -> ImageSet | None:
    """As many images of the reference generator as are audited, with their labels.

    Returns:
        None where no canaries were set apart, or no reference generator was trained yet, or labels are not known, and
        for a generator from elsewhere.

    Raises:
        DataError, RunError: The reference generator is damaged, or knows other labels.
    """
    experiment = inputs.model.experiment
    if experiment is None or inputs.model.foreign is not None or not experiment.data.canaries:
        return None
    if not inputs.synthetic.label_names:
        return None
    path = run_folder(reference_experiment(experiment)).generator
    if not (path / "saved_model.pb").is_file():
        return None
    # TensorFlow is loaded only where there is a generator.
    from medgan_tf.synthesis.load import load_generator

    report = inputs.steps.counted("images of the reference generator")
    generator = load_generator(path, trust=True)
    return generated_set(generator, inputs.synthetic, inputs.seed, inputs.store.batch, report)
