"""The commands of medgan-tf, one file each, without logic: parse, load the config, call one library function, print.

Installed as `medgan_tf.tools`. A file is a command when it has a function `command`; the first line of the file's
docstring is what ``medgan-tf --help`` shows.
"""
