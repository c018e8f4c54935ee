import pytest

from medgan_tf.data.tables.places import check_places, refuse_outside
from medgan_tf.errors import DataError


@pytest.fixture
def root(tmp_path):
    """A folder `root` with images/a.png and, beside it, secret.png."""
    (tmp_path / "root" / "images").mkdir(parents=True)
    (tmp_path / "root" / "images" / "a.png").write_bytes(b"a")
    (tmp_path / "secret.png").write_bytes(b"s")
    return tmp_path / "root"


def test_paths_below_the_root_pass(root, monkeypatch):
    for path in (f"{root}/images/a.png", f"{root}/images/../images/a.png", f"{root}/missing.png"):
        check_places([path], root, "a.csv")
        refuse_outside(path, root)
    monkeypatch.chdir(root.parent)
    check_places(["root/images/a.png"], "root", "a.csv")
    refuse_outside("root/images/a.png", "root")


def test_paths_that_leave_the_root_are_counted_and_one_is_named(root):
    paths = [f"{root}/images/a.png", f"{root}/../secret.png", "/etc/hostname", f"{root}-other/a.png"]
    message = (
        "a.csv: 3 of 4 images lie outside data.root, e.g. .*/../secret.png; move the files there or, if you trust "
        "the table, set data.options.outside_root to true"
    )
    with pytest.raises(DataError, match=message):
        check_places(paths, root, "a.csv")
    for path in paths[1:]:
        with pytest.raises(DataError, match=f"{path}: lies outside data.root"):
            refuse_outside(path, root)


def test_links_that_leave_the_root(root):
    (root / "file.png").symlink_to(root.parent / "secret.png")
    (root / "folder").symlink_to(root.parent)
    (root / "inside.png").symlink_to(root / "images" / "a.png")
    for path in (f"{root}/file.png", f"{root}/folder/secret.png"):
        with pytest.raises(DataError, match="is a link that leads out of data.root"):
            check_places([path], root, "a.csv")
        with pytest.raises(DataError, match="lies outside data.root"):
            refuse_outside(path, root)
    check_places([f"{root}/inside.png"], root, "a.csv")
    refuse_outside(f"{root}/inside.png", root)


def test_the_root_itself_may_be_a_link(root):
    (root.parent / "link").symlink_to(root)
    link = root.parent / "link"
    check_places([f"{link}/images/a.png"], link, "a.csv")
    refuse_outside(f"{link}/images/a.png", link)
    refuse_outside(f"{root}/images/a.png", link)


def test_only_the_first_files_are_followed_at_listing(root):
    (root / "file.png").symlink_to(root.parent / "secret.png")
    check_places([f"{root}/images/a.png", f"{root}/file.png"], root, "a.csv", sample=1)
