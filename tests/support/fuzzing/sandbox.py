"""A folder for the files of inputs, a canary beside it that nobody may touch, and a watch on them and the network."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from medgan_tf.data.reading.pool import PROGRAM

SECRET = "7243198065" * 5 + "314159"
"""56 digits in the canary's files. Nothing that a user sees may hold them."""
_MARK = SECRET[:20]
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events (PEP 578) of changes, and the positions of the paths among their arguments.
_CHANGES = {
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.link": (1,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.chmod": (0,),
    "os.chown": (0,),
    "shutil.rmtree": (0,),
}
_COMMANDS = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "subprocess.Popen", "pty.spawn")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Sandbox:
    """A tree of four folders: `work`, where inputs are used, `home`, `temporary`, and `canary`.

    Args:
        root: The tree's folder; made here.
    """

    def __init__(self, root: Path):
        self.root = root.resolve()
        self.reads_outside = False
        self.work, self.home, self.canary = (self.root / name for name in ("work", "home", "canary"))
        self.temporary = self.root / "temporary"
        for folder in (self.work, self.temporary):
            folder.mkdir(parents=True)
        self.mend()

    def mend(self) -> None:
        """Makes everything outside the folders in which inputs may write, as it was at first."""
        for path in self.root.iterdir():
            if path.is_dir() and path not in (self.work, self.temporary):
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()
        for folder in (self.home, self.canary / "inner"):
            folder.mkdir(parents=True)
        for name in ("secret.txt", "secret.yaml", "secret.csv", "secret.json", "inner/secret.txt"):
            (self.canary / name).write_text(f"{SECRET}\n", encoding="ascii")
        (self.root / "beside.txt").write_text(f"{SECRET}\n", encoding="ascii")

    def enter(self) -> None:
        """Makes this process use the tree for everything."""
        os.environ.update(HOME=str(self.home), TMPDIR=str(self.temporary), MPLCONFIGDIR=str(self.temporary))
        tempfile.tempdir = None
        os.chdir(self.work)
        sys.dont_write_bytecode = True

    def listing(self) -> dict[str, tuple]:
        """Every file outside the folders in which inputs may write, with what would show a change."""
        found, folders = {}, [self.root]
        while folders:
            for entry in os.scandir(folders.pop()):
                about = entry.stat(follow_symlinks=False)
                inside = entry.path in (str(self.work), str(self.temporary))
                found[entry.path] = () if inside else (about.st_mode, about.st_size, about.st_mtime_ns, about.st_ino)
                if entry.is_dir(follow_symlinks=False) and not inside:
                    folders.append(entry.path)
        return found

    @contextlib.contextmanager
    def watched(self, reads_outside: bool = False) -> Iterator[list[str]]:
        """A list to which everything forbidden is added that happens while the block runs.

        Args:
            reads_outside: Whether files outside may be read.
        """
        before, seen = self.listing(), []
        self.reads_outside = reads_outside
        _WATCH.begin(self, seen)
        try:
            yield seen
        finally:
            _WATCH.end()
            after = self.listing()
            changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
            seen += [f"changed outside: {path.removeprefix(str(self.root))}" for path in changed]

    def touched(self, path: str, writes: bool) -> str | None:
        """Words for the use of a path, if it is forbidden."""
        if self.reads_outside and not writes:
            return None
        real = os.path.realpath(path)
        shown = real.removeprefix(str(self.root))
        if real.startswith(f"{self.canary}{os.sep}") or real == str(self.root / "beside.txt"):
            return f"{'wrote' if writes else 'read'} the canary: {shown}"
        inside = any(real == str(one) or real.startswith(f"{one}{os.sep}") for one in (self.work, self.temporary))
        return f"wrote outside: {shown}" if writes and not inside and real != os.devnull else None

    @staticmethod
    def betrayed(text: str) -> bool:
        """Whether a text holds the secret of the canary."""
        return _MARK in text


class _Watch:
    """Listens to the interpreter's audit events while a sandbox is watched. A hook cannot be removed, so it is idle."""

    def __init__(self) -> None:
        self.sandbox: Sandbox | None = None
        self.seen: list[str] = []
        self.hooked = False

    def begin(self, sandbox: Sandbox, seen: list[str]) -> None:
        if not self.hooked:
            sys.addaudithook(self)
            self.hooked = True
        self.seen, self.sandbox = seen, sandbox

    def end(self) -> None:
        self.sandbox = None

    def __call__(self, event: str, arguments: tuple) -> None:
        sandbox = self.sandbox
        if sandbox is None:
            return
        # Looking at a path is no use of it; and what is found here must not be looked at again.
        self.sandbox = None
        try:
            if event == "open":
                self._path(sandbox, arguments[0], bool((arguments[2] or 0) & _WRITES))
            elif event in _CHANGES:
                for place in _CHANGES[event]:
                    self._path(sandbox, arguments[place], True)
            elif event == "subprocess.Popen" and PROGRAM in arguments[1]:
                # The product's own process for reading files, which limits itself.
                pass
            elif event in _COMMANDS:
                self.seen.append(f"started a program: {arguments[0]!r:.80}")
            elif event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in _LOOPBACK:
                self.seen.append(f"used the network: {arguments[1]!r:.80}")
            elif event == "socket.getaddrinfo" and arguments[0] not in (*_LOOPBACK, None):
                self.seen.append(f"asked for an address: {arguments[0]!r:.80}")
        finally:
            self.sandbox = sandbox

    def _path(self, sandbox: Sandbox, path: object, writes: bool) -> None:
        if isinstance(path, (str, bytes, os.PathLike)):
            with contextlib.suppress(ValueError, OSError):
                words = sandbox.touched(os.fsdecode(path), writes)
                if words:
                    self.seen.append(words)


_WATCH = _Watch()
