"""The part of `medgan-tf selfcheck` that this room gives. Imports no TensorFlow, unlike what it names."""

from medgan_tf.machine.selfcheck.parts import Part

PART = Part("importance", "medgan_tf.evidence.importance.rate", share=1.5, demanded=False)
