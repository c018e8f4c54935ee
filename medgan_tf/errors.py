"""The errors a user is meant to see: the command line shows them as one line, without a traceback."""


class MedganError(Exception):
    """Base class of every error that is the user's to mend. Exit code 1."""

    exit_code = 1


class ConfigError(MedganError):
    """A command or an experiment file that asks for something that cannot be. Exit code 2."""

    exit_code = 2


class DataError(MedganError):
    """Images, label tables or dataset folders that are missing, damaged or contradict each other. Exit code 1."""


class RunError(MedganError):
    """A training run that cannot start, resume or go on. Exit code 1."""
