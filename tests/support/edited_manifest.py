"""A manifest that was edited and is whole again, for tests of what else contradicts it."""

import contextlib
import json
from pathlib import Path

from medgan_tf.data.records.manifest import content_sha256


@contextlib.contextmanager
def edited_manifest(folder):
    """The values of a folder's manifest; they are written back, with their hash, when the block ends."""
    path = Path(folder) / "manifest.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    yield values
    path.write_text(json.dumps(values | {"content_sha256": content_sha256(values)}), encoding="utf-8")
