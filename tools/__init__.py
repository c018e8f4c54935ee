"""The commands of medgan-tf, one file each. A command parses, loads the config, calls the library and prints.

Installed as `medgan_tf.tools`. A file is a command when it has a function `command`; the first line of the file's
docstring is what ``medgan-tf --help`` shows.
"""
