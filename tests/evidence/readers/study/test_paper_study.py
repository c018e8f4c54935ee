"""A study of the size of the paper's: 12 readers at once, 100 images, a server that is killed, a disk that is full."""

import contextlib
import http.client
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from small_disk import fill, small_disk
from study_parts import make_study, simulate

from medgan_tf.evidence.readers.answers import collect_answers
from medgan_tf.evidence.readers.study.answer_store import stored_versions
from medgan_tf.evidence.readers.study.tokens import TOKENS

READERS = [f"R{number:02d}" for number in range(1, 13)]


class Served:
    """A server in a process of its own, always on the same port after the first start."""

    def __init__(self, page, answers):
        self.page, self.answers, self.port = page, answers, 0
        self.start()

    def start(self):
        script = Path(__file__).parents[3] / "support" / "study_server.py"
        command = [sys.executable, script, self.page, self.answers, str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def kill(self):
        self.process.kill()
        assert self.process.wait(10) == -signal.SIGKILL
        self.process.stdout.close()


class Reader(threading.Thread):
    """Sends a reader's answers as the page does: again until they are acknowledged, and after a refusal as stale with
    the version that is stored."""

    def __init__(self, served, code, lines, token):
        super().__init__(daemon=True)
        self.served, self.code, self.lines, self.token = served, code, lines, token
        self.acknowledged = 0
        self.statuses = []

    def run(self):
        version = '"v0"'
        while self.acknowledged < len(self.lines):
            # The first answer comes with the line of the columns.
            count = max(self.acknowledged + 1, 2)
            try:
                status, stored, body = self.put("".join(self.lines[:count]), version)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            self.statuses.append(status)
            if status == 204:
                self.acknowledged, version = count, stored
            elif status == 412:
                # Stored before the server was killed, but not acknowledged: nothing that was is missing.
                assert body == "".join(self.lines[:count])
                version = stored
            else:
                time.sleep(0.05)

    def put(self, text, version):
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=10)
        headers = {"Authorization": f"Bearer {self.token}", "If-Match": version}
        try:
            connection.request("PUT", f"/answers/{self.code}.csv", text, headers)
            response = connection.getresponse()
            body = response.read().decode()
            return response.status, response.getheader("ETag"), body
        finally:
            connection.close()


def progress(readers):
    return sum(reader.acknowledged for reader in readers)


def waits_for(true, seconds=60):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "nothing goes on"
        time.sleep(0.01)


def test_twelve_readers_a_killed_server_and_a_full_disk(tmp_path):
    """Nothing that was acknowledged is lost, and in the end every answer is there once."""
    study = make_study(tmp_path, images=100, readers=12)
    key = simulate(tmp_path, [0.5] * 12)
    with contextlib.ExitStack() as stack:
        try:
            disk, may_fill = stack.enter_context(small_disk(tmp_path / "disk", 2048)), True
        except pytest.skip.Exception:
            # The kills are tested everywhere.
            disk, may_fill = tmp_path / "disk", False
        answers = disk / "taken"
        served = Served(study.page, answers)
        tokens = json.loads((answers / TOKENS).read_text())
        lines = {code: (tmp_path / "answers" / f"{code}.csv").read_text().splitlines(keepends=True) for code in READERS}
        readers = [Reader(served, code, lines[code], tokens[code]) for code in READERS]
        try:
            for reader in readers:
                reader.start()
            for share in (0.2, 0.4):
                waits_for(lambda share=share: progress(readers) > share * 12 * 101)
                served.kill()
                for reader in readers:
                    path = answers / f"{reader.code}.csv"
                    stored = path.read_text().splitlines(keepends=True) if path.is_file() else []
                    assert stored == reader.lines[: len(stored)] and len(stored) >= reader.acknowledged
                served.start()
            waits_for(lambda: progress(readers) > 0.6 * 12 * 101)
            if may_fill:
                fill(disk)
                waits_for(lambda: all(507 in reader.statuses or not reader.is_alive() for reader in readers))
                assert progress(readers) < 12 * 101 and any(507 in reader.statuses for reader in readers)
                (disk / "filling").unlink()
            for reader in readers:
                reader.join(60)
        finally:
            served.kill()
        for reader in readers:
            assert (answers / f"{reader.code}.csv").read_text() == "".join(reader.lines)
            versions = stored_versions(answers, reader.code)
            assert versions[-1] == "".join(reader.lines)
            assert all(later.startswith(earlier) for earlier, later in zip(versions, versions[1:], strict=False))
        assert len(collect_answers([answers], key)) == 1200
        assert not list(answers.glob(".partial*"))
