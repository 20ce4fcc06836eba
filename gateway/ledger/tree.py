"""The Merkle tree of RFC 6962, section 2.1: its head, and the proofs drawn from it. Pure.

The leaves are the records in order. A head is kept as peaks, the roots of the complete subtrees
that make up the tree from left to right, one for each bit of its size; so a leaf is added with
two hashes on average and no node is stored twice. The root of every complete block of 256 leaves
is handed out, and is all that a store must keep to answer for any earlier node.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

BLOCK = 256
EMPTY = hashlib.sha256(b"").digest()
"""The root of no leaves."""

Peaks = tuple[bytes, ...]
Subtree = Callable[[int, int], bytes]
"""The root over the leaves `[start, end)`, counted from 0."""


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def grown(peaks: Peaks, size: int, leaf: bytes) -> Peaks:
    """The peaks after one more leaf; `size` is how many there were."""
    kept = len(peaks)
    while size & 1:
        kept -= 1
        leaf = node_hash(peaks[kept], leaf)
        size >>= 1
    return (*peaks[:kept], leaf)


def root_of(peaks: Peaks) -> bytes:
    if not peaks:
        return EMPTY
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def peaks_over(hashes: Iterable[bytes]) -> Peaks:
    """The peaks over leaves, or over equally high complete subtrees, given by their hashes."""
    peaks: Peaks = ()
    for size, leaf in enumerate(hashes):
        peaks = grown(peaks, size, leaf)
    return peaks


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A tree of a certain size."""

    size: int = 0
    blocks: Peaks = ()
    """Over the complete blocks."""
    rest: Peaks = ()
    """Over the leaves after them."""

    def grown(self, leaf: bytes) -> tuple[TreeHead, bytes | None]:
        """The tree with one more leaf, and the root of the block that it completes, if any."""
        done, among = divmod(self.size, BLOCK)
        rest = grown(self.rest, among, leaf)
        if among + 1 < BLOCK:
            return TreeHead(self.size + 1, self.blocks, rest), None
        return TreeHead(self.size + 1, grown(self.blocks, done, rest[0]), ()), rest[0]

    @property
    def root(self) -> bytes:
        return root_of(self.blocks + self.rest)


EMPTY_TREE = TreeHead()


def split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The audit path of a leaf, lowest node first (RFC 6962, section 2.1.1)."""
    path, start, end = list[bytes](), 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to; None where the proof cannot belong to such a tree.

    After RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return None
    at, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return node if last == 0 else None


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """That the first `old` leaves of a tree of `new` are unchanged (RFC 6962, section 2.1.2)."""
    path, start, end, whole = list[bytes](), 0, new, True
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    return path[::-1] if whole else [subtree(start, end), *path[::-1]]


def is_consistent(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Check a consistency proof (RFC 9162, section 2.1.4.2)."""
    if old == new:
        return old_root == new_root and not path
    if not 0 < old < new or not path:
        return False
    nodes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    seen_old = seen_new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            seen_old, seen_new = node_hash(node, seen_old), node_hash(node, seen_new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            seen_new = node_hash(seen_new, node)
        at, last = at >> 1, last >> 1
    return (seen_old, seen_new, last) == (old_root, new_root, 0)
