"""The errors a user is meant to see: the command line shows them as one line, without a traceback."""


class MedganError(Exception):
    """Base class of every error that is the user's to mend. Exit code 1."""

    exit_code = 1


class ConfigError(MedganError):
    """A command or an experiment file that asks for something that cannot be. Exit code 2."""

    exit_code = 2


class _OneLine(MedganError):
    """An error whose message is one line, also where it repeats a text of a file that holds line breaks."""

    def __init__(self, message: str):
        super().__init__(" ".join(str(message).splitlines()))


class DataError(_OneLine):
    """Images, label tables or dataset folders that are missing, damaged or contradict each other. Exit code 1."""


class RunError(_OneLine):
    """A training run that cannot start, resume or go on. Exit code 1."""
