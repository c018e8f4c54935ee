"""Every bomb through the whole reader, in a process whose memory is measured: one line that names the file, quickly."""

import json
import os
import re
import subprocess
import sys

import bombs
import pytest

MOST_BYTES, MOST_SECONDS = 3 * 2**29, 10
PROGRAM = """
import json, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))
from medgan_tf.data.dicom.image import read_dicom
from medgan_tf.data.reading.grey import GreyTask
from medgan_tf.data.reading.pool import UnreadableFile, read_files
from medgan_tf.data.sources.table.settings import Options
from medgan_tf.data.sources.table.source import TableSource
from medgan_tf.data.records.encoding import EncodeTask
from medgan_tf.data.tables.listing import read_csv
from medgan_tf.errors import DataError

folder, *names = sys.argv[1:]
source = TableSource(folder, Options(label_columns=["x"]))
paths = [f"{folder}/{name}" for name in names]
images = read_files(EncodeTask(source, 16, "png"), [path for path in paths if not path.endswith(".csv")], 1, chunk=1)
found, begun = {}, time.monotonic()
for path in paths:
    try:
        answer = read_csv(path, ["path"]) if path.endswith(".csv") else next(images)
        reason = answer.reason if isinstance(answer, UnreadableFile) else "was read"
    except DataError as error:
        reason = str(error)
    found[path.rpartition("/")[2]] = reason, time.monotonic() - begun
    begun = time.monotonic()
images.close()
with open("/proc/self/status") as status:
    own = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(json.dumps([found, 1024 * max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)]))
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What was said about each bomb, with the seconds, and the peak memory of all."""
    folder = tmp_path_factory.mktemp("bombs")
    for name, (make, _) in (bombs.IMAGES | bombs.DICOM | bombs.TABLES).items():
        (folder / name).write_bytes(make())
    names = sorted(file.name for file in folder.iterdir())
    search = os.pathsep.join(path for path in sys.path if path)
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), *names],
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    found, peak = json.loads(result.stdout)
    return folder, found, peak


@pytest.mark.skipif(sys.platform != "linux", reason="measured with /proc")
@pytest.mark.parametrize("name", [*bombs.IMAGES, *bombs.DICOM, *bombs.TABLES])
def test_a_bomb_is_refused_in_one_line(measured, name):
    folder, found, _ = measured
    reason, seconds = found[name]
    words = (bombs.IMAGES | bombs.DICOM | bombs.TABLES)[name][1]
    assert re.match(rf"{re.escape(str(folder / name))}: .*{words}", reason)
    assert "\n" not in reason and len(reason) < 700
    assert seconds < MOST_SECONDS


@pytest.mark.skipif(sys.platform != "linux", reason="measured with /proc")
def test_no_bomb_took_much_memory(measured):
    # 2**25 is less than Python and NumPy take: that it was measured at all.
    assert 2**25 < measured[2] < MOST_BYTES
