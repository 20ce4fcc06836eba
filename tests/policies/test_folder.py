"""A pack's folder: what is read of it, and what is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from policies.errors import PackError
from policies.folder import BUNDLED, MAX_FILE_BYTES, bundled, pack_folder, read_file, read_folder


def test_a_bundled_pack_is_found_by_name_and_any_by_path(sample: Path) -> None:
    """The name first, so that a folder beside the program cannot stand in for it."""
    assert pack_folder("baseline") == BUNDLED / "baseline"
    assert pack_folder(sample) == sample
    assert pack_folder(str(sample)) == sample


@pytest.mark.parametrize("name", ["", "../packs/baseline", "no-such-pack", "baseline/pack.yaml"])
def test_a_name_is_not_a_way_around_the_packs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only names of packs are looked up among them."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(PackError):
        read_folder(pack_folder(name))


def test_links_are_followed_as_a_mounted_configmap_needs(sample: Path, tmp_path: Path) -> None:
    """The same bytes through links, hidden folders left out."""
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    (mounted / "..data").symlink_to(sample)
    for path in sample.iterdir():
        (mounted / path.name).symlink_to(Path("..data") / path.name)

    assert read_folder(mounted).files == read_folder(sample).files


def test_a_link_that_loops_is_refused(sample: Path) -> None:
    """Not followed forever."""
    (sample / "lexicon" / "S.9.txt").symlink_to(sample / "lexicon")

    with pytest.raises(PackError, match=r"sample/lexicon/S\.9\.txt: no such file"):
        read_folder(sample)


def test_what_is_no_file_is_not_waited_for(sample: Path) -> None:
    """A named pipe would never end."""
    os.mkfifo(sample / "README.md")

    with pytest.raises(PackError, match=r"sample/README\.md: a pack holds nothing of this kind"):
        read_folder(sample)


def test_the_size_of_a_file_is_bounded(tmp_path: Path) -> None:
    """Before it is read."""
    large = tmp_path / "large.txt"
    with large.open("wb") as handle:
        handle.truncate(MAX_FILE_BYTES + 1)

    with pytest.raises(PackError, match="bytes, and"):
        read_file(large, "lists/S.1/large.txt")


def test_a_pack_in_the_current_folder_has_its_name(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.` says nothing in a message."""
    monkeypatch.chdir(sample)

    assert read_folder(pack_folder(".")).name == "sample"


def test_the_names_of_bundled_packs_are_sorted() -> None:
    """Listings and digests do not depend on the file system."""
    assert bundled() == sorted(bundled())
