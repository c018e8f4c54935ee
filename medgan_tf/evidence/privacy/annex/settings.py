"""Section `evaluation.privacy.context`: what the controller states about a release; printed, never checked."""

from medgan_tf.config.section import Lines, Section


class ReleaseContext(Section):
    """Your own statements about the release, for the annex of the audit. They change no result."""

    release: Lines = ""
    """What is given away (images, labels, generator) and how: published, or handed over under a contract."""
    recipients: Lines = ""
    """Who receives it."""
    purpose: Lines = ""
    """What the recipients may use it for."""
    recipients_know: Lines = ""
    """What recipients may know or hold already: images of the same patients, other tables."""
    controller: Lines = ""
    """The controller: hospital or company, and the unit."""
    legal_basis: Lines = ""
    """Legal basis of training on the patients' images, and of the release."""
    dpo: Lines = ""
    """Data-protection officer."""
    assessments: Lines = ""
    """Impact assessment, vote of an ethics committee, with number and date."""
    retention: Lines = ""
    """How long training images, generator and checkpoints are kept."""
    safeguards: Lines = ""
    """Access control to training images, generator and checkpoints; terms of the contract with recipients."""
