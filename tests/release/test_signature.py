"""A signature by the right key holds; every other one, and every other kind of key, is named in one line."""

import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from signing_keys import write_keys

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.release import signature
from medgan_tf.release.signature import PASSPHRASE, sign, signature_problem


@pytest.fixture
def signed(tmp_path):
    """A folder with a manifest and its signature, and the public key."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "MANIFEST.json").write_text('{"files": []}')
    private, public = write_keys(tmp_path, "own")
    sign(folder, private)
    return folder, public


def test_the_signature_of_the_key_holds(signed):
    folder, public = signed
    assert len((folder / "MANIFEST.sig").read_bytes()) == 64
    assert signature_problem(folder, public) == ""


def test_openssl_can_check_it_too(signed):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder, public = signed
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", folder / "MANIFEST.json",
               "-sigfile", folder / "MANIFEST.sig"]  # fmt: skip
    assert subprocess.run(command, capture_output=True).returncode == 0


def test_another_key_a_changed_manifest_and_a_damaged_signature(signed, tmp_path):
    folder, public = signed
    other = "MANIFEST.sig: it is not the signature of this manifest by this key"
    assert signature_problem(folder, write_keys(tmp_path, "other")[1]) == other
    content = (folder / "MANIFEST.sig").read_bytes()
    (folder / "MANIFEST.sig").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert signature_problem(folder, public) == other
    (folder / "MANIFEST.sig").write_bytes(content[:-1])
    assert signature_problem(folder, public).startswith("MANIFEST.sig: it is damaged: a signature has 64 bytes")
    (folder / "MANIFEST.sig").write_bytes(content)
    (folder / "MANIFEST.json").write_text('{"files": [ ]}')
    assert signature_problem(folder, public) == other


def test_no_signature_and_one_behind_a_link(signed):
    folder, public = signed
    (folder / "MANIFEST.sig").rename(folder / "real.sig")
    assert signature_problem(folder, public) == "MANIFEST.sig: there is no signature"
    (folder / "MANIFEST.sig").symlink_to(folder / "real.sig")
    assert signature_problem(folder, public) == "MANIFEST.sig: there is no signature"


def test_an_encrypted_key_asks_for_its_passphrase(signed, tmp_path, monkeypatch):
    folder, _ = signed
    private, public = write_keys(tmp_path, "locked", passphrase=b"a long one")
    monkeypatch.delenv(PASSPHRASE, raising=False)
    with pytest.raises(ConfigError, match=f"is encrypted; .* environment variable {PASSPHRASE}"):
        sign(folder, private)
    monkeypatch.setenv(PASSPHRASE, "another")
    with pytest.raises(ConfigError, match="its passphrase is another one"):
        sign(folder, private)
    monkeypatch.setenv(PASSPHRASE, "a long one")
    sign(folder, private)
    assert signature_problem(folder, public) == ""


def test_keys_of_another_kind(signed, tmp_path):
    folder, _ = signed
    private, public = write_keys(tmp_path, "curve", ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ConfigError, match="a private key of another kind .* expected Ed25519"):
        sign(folder, private)
    with pytest.raises(ConfigError, match="a public key of another kind .* expected Ed25519"):
        signature_problem(folder, public)
    with pytest.raises(ConfigError, match="is a private key, which stays with its owner"):
        signature_problem(folder, private)
    (tmp_path / "text.pem").write_text("hello")
    with pytest.raises(ConfigError, match="is no private key in PEM"):
        sign(folder, tmp_path / "text.pem")
    with pytest.raises(ConfigError, match="is no public key in PEM"):
        signature_problem(folder, tmp_path / "text.pem")
    with pytest.raises(DataError, match="cannot be read"):
        signature_problem(folder, tmp_path / "none.pub")


def test_without_the_package_one_line_says_what_to_install(signed, monkeypatch):
    folder, public = signed

    def missing(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(signature.importlib, "import_module", missing)
    with pytest.raises(
        ConfigError, match=r"signatures need the package cryptography .*pip install 'medgan-tf\[release\]'"
    ):
        signature_problem(folder, public)
