"""A secret word for each reader of a served study: without it nobody sees or gives that reader's answers."""

import contextlib
import hmac
import logging
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.study.files import write_file
from medgan_tf.files.json_files import parse_json
from medgan_tf.files.result_files import json_text

logger = logging.getLogger(__name__)

TOKENS = "tokens.json"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,64}")
_LARGEST_FILE = 2**20


class ReaderTokens:
    """The tokens of a study's readers, kept beside the answers in `tokens.json`, which only its owner may read.

    Args:
        folder: Folder of the answers. Tokens that are there stay, so that links work after the server was started anew.
        readers: Codes of the readers; those without a token get one.

    Raises:
        DataError: The file is damaged or cannot be written.
    """

    def __init__(self, folder: Path, readers: Iterable[str]):
        path = folder / TOKENS
        self._tokens = _read(path)
        new = {reader: secrets.token_urlsafe(24) for reader in readers if reader not in self._tokens}
        if new:
            self._tokens |= new
            write_file(path, (json_text(self._tokens, indent=1) + "\n").encode(), mode=0o600)

    def __getitem__(self, reader: str) -> str:
        return self._tokens[reader]

    @property
    def readers(self) -> list[str]:
        """Codes of all readers with a token, in the order in which they got it."""
        return list(self._tokens)

    def holds(self, reader: str, token: str) -> bool:
        """Whether `token` is the reader's. Takes as long for an unknown reader as for a wrong token."""
        known = self._tokens.get(reader)
        equal = hmac.compare_digest((known or "-" * 32).encode(), token.encode(errors="replace"))
        return equal and known is not None


def _read(path: Path) -> dict[str, str]:
    try:
        with open(path, "rb") as file:
            text = file.read(_LARGEST_FILE)
        values = parse_json(text)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(
        isinstance(item, str) and _TOKEN.fullmatch(item) for item in values.values()
    ):
        raise DataError(f"{path} is damaged; remove it, and the readers get new links")
    _close_to_others(path)
    return values


def _close_to_others(path: Path) -> None:
    """Only the owner may read the tokens. Some network disks know no permissions, so this is no error."""
    if os.name != "posix" or not path.stat().st_mode & 0o077:
        return
    with contextlib.suppress(OSError):
        path.chmod(0o600)
    closed = "now they cannot" if not path.stat().st_mode & 0o077 else "and this disk does not let that be changed"
    logger.warning("%s could be read by others, %s; remove it if readers shall get new links", path, closed)
