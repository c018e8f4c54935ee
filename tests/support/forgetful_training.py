"""The tiny training of the self-check with a broken resume: forgetful_training.py FOLDER NAME ARCHITECTURE DIES.

What goes on from a checkpoint has forgotten the moments of Adam.
"""

import sys

from medgan_tf.machine.selfcheck import tiny_training
from medgan_tf.training.checkpoints import Checkpoints

KEPT = ("generator", "discriminator", "ema_generator", "images_seen")

if __name__ == "__main__":
    restore = Checkpoints.restore_latest
    Checkpoints.restore_latest = lambda self, gan, before=None: restore(self, gan, before, KEPT)
    tiny_training.main(sys.argv[1:])
