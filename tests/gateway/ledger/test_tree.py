"""The Merkle tree against the vectors of RFC 6962's reference code, and against its definition."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.tree import (
    BLOCK,
    EMPTY,
    TreeHead,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    node_hash,
    peaks_over,
    root_from_inclusion,
    root_of,
)

# The eight leaves and nine roots that the certificate-transparency code is tested with.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
sizes = st.integers(1, 3 * BLOCK + 5)


def hashes(size: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4)) for number in range(size)]


def defined(leaves: list[bytes]) -> bytes:
    """MTH as section 2.1 of RFC 6962 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while 2 * half < len(leaves):
        half *= 2
    return node_hash(defined(leaves[:half]), defined(leaves[half:]))


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    """The tree is the one that other implementations build."""
    found = root_of(peaks_over(leaf_hash(leaf) for leaf in LEAVES[:size]))

    assert ROOTS[size] == found.hex()


def test_a_published_proof_comes_out() -> None:
    """Leaf 5 of 8 is proved by the three nodes that the reference code gives."""
    leaves = [leaf_hash(leaf) for leaf in LEAVES]
    found = inclusion_proof(5, 8, lambda start, end: defined(leaves[start:end]))

    assert [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ] == [node.hex() for node in found]


def test_a_tree_grows_to_the_defined_root_at_every_size() -> None:
    """One leaf at a time, over two block borders, and each block's root is handed out once."""
    head, leaves, blocks = TreeHead(), hashes(2 * BLOCK + 3), []
    assert EMPTY == head.root
    for size, leaf in enumerate(leaves, 1):
        head, block = head.grown(leaf)
        if block is not None:
            blocks.append((size, block))

        assert size == head.size
        if size < 20 or size % BLOCK in {0, 1, BLOCK - 1}:
            assert defined(leaves[:size]) == head.root

    assert [
        (BLOCK, defined(leaves[:BLOCK])),
        (2 * BLOCK, defined(leaves[BLOCK : 2 * BLOCK])),
    ] == blocks


@given(size=sizes, data=st.data())
def test_every_leaf_can_be_proved(size: int, data: st.DataObject) -> None:
    """The proof of any leaf leads to the root, and with any node altered it does not."""
    leaves, index = hashes(size), data.draw(st.integers(0, size - 1))
    path = inclusion_proof(index, size, lambda start, end: defined(leaves[start:end]))
    root = defined(leaves)

    assert root == root_from_inclusion(leaves[index], index, size, path)
    assert root != root_from_inclusion(leaf_hash(b"another"), index, size, path)
    assert root_from_inclusion(leaves[index], index, size, [*path, EMPTY]) is None
    if path:
        other = data.draw(st.integers(0, len(path) - 1))
        bent = [EMPTY if at == other else node for at, node in enumerate(path)]
        assert root != root_from_inclusion(leaves[index], index, size, bent)
        assert root_from_inclusion(leaves[index], index, size, path[:-1]) is None


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0)])
def test_a_leaf_outside_the_tree_is_proved_by_nothing(index: int, size: int) -> None:
    """No path makes a leaf that the tree cannot have."""
    assert root_from_inclusion(EMPTY, index, size, []) is None


@given(new=sizes, data=st.data())
def test_every_earlier_tree_can_be_shown_to_be_its_beginning(new: int, data: st.DataObject) -> None:
    """A consistency proof holds between two sizes of one tree, and not for another's root."""
    leaves, old = hashes(new), data.draw(st.integers(1, new))
    path = consistency_proof(old, new, lambda start, end: defined(leaves[start:end]))
    old_root, new_root = defined(leaves[:old]), defined(leaves)

    assert is_consistent(old, new, old_root, new_root, path)
    assert not is_consistent(old, new, EMPTY, new_root, path)
    assert not is_consistent(old, new, old_root, EMPTY, path)
    assert not is_consistent(old, new, old_root, new_root, [*path, EMPTY])
    if path:
        assert not is_consistent(old, new, old_root, new_root, path[:-1])
        assert not is_consistent(old, new, old_root, new_root, [EMPTY, *path[1:]])


def test_no_tree_is_the_beginning_of_a_smaller_one() -> None:
    """Sizes that run backwards, or begin at nothing, are shown by nothing."""
    assert not is_consistent(2, 1, EMPTY, EMPTY, [EMPTY])
    assert not is_consistent(0, 1, EMPTY, EMPTY, [EMPTY])
