#!/usr/bin/env python3
"""Checks a stoplog ledger without stoplog: the standard library and `cryptography` only.

    verify_ledger.py VERIFIER_KEY ledger LEDGER.db [CHECKPOINTS]
    verify_ledger.py VERIFIER_KEY inclusion PROOF.json
    verify_ledger.py VERIFIER_KEY growth PROOF.json

VERIFIER_KEY is `name+id+key` as noted when the ledger was made. CHECKPOINTS were kept where the
ledger's operator could not write. Exit status: 0 if all fits, 1 if not, 2 for a wrong call.
"""

import base64
import hashlib
import json
import sqlite3
import sys
from contextlib import closing

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ROWS = "SELECT seq, kind, exchange, time_ms, body, sealed, chain FROM records ORDER BY seq"


class Wrong(Exception):
    """What does not fit."""


def sha256(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha256(b"\x01" + left + right)


def root_of(stack):
    """The root of a tree whose complete subtrees are on the stack, as (height, hash)."""
    if not stack:
        return sha256(b"")
    root = stack[-1][1]
    for _, left in reversed(stack[:-1]):
        root = node(left, root)
    return root


def push(stack, leaf):
    height = 0
    while stack and stack[-1][0] == height:
        leaf, height = node(stack.pop()[1], leaf), height + 1
    stack.append((height, leaf))


def checkpoint(note, verifier):
    """Size and root of a note that the verifier key signed (C2SP tlog-checkpoint)."""
    name, key_id, key = verifier.split("+", 2)
    key = base64.b64decode(key)
    if key[:1] != b"\x01" or sha256(name.encode() + b"\n" + key)[:4].hex() != key_id:
        raise Wrong("the verifier key is damaged")
    text, _, signatures = note.partition("\n\n")
    origin, size, root = text.split("\n")[:3]
    if origin != name:
        raise Wrong("a checkpoint is another ledger's")
    for line in signatures.splitlines():
        _, by, signature = line.split(" ")
        signature = base64.b64decode(signature)
        if by == name and signature[:4].hex() == key_id:
            try:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(
                    signature[4:], f"{text}\n".encode()
                )
            except InvalidSignature:
                raise Wrong(f"the signature on the checkpoint of {size} records is false") from None
            return int(size), base64.b64decode(root)
    raise Wrong("a checkpoint is not signed by this key")


def checkpoints(path, verifier):
    found = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                note = json.loads(line)
            except ValueError:
                continue  # a line that a power cut tore
            found.append(checkpoint(note, verifier))
    return sorted(found)


def check_row(row, expected, chain, missing):
    """The leaf and chain hash of a record that fits. `missing`: first content gone, by key."""
    seq, kind, _, _, body, sealed, stored = row
    if seq != expected:
        raise Wrong(f"record {expected} is missing, or another stands before it")
    leaf = sha256(b"\x00" + body)
    if stored != sha256(chain + leaf):
        raise Wrong(f"record {seq}: its bytes are not those that were chained")
    said = json.loads(body)
    if [said[n] for n in ("seq", "kind", "exchange", "time_ms")] != [*row[:4]]:
        raise Wrong(f"record {seq}: the columns beside it say something else")
    content, digest = said.get("content", {}), sealed and sha256(sealed).hex()
    if sealed is None and "key" in content:
        missing.setdefault(content["key"], seq)
    elif digest != content.get("sha256"):
        raise Wrong(f"record {seq}: its sealed content is not what was recorded")
    for key in said["keys"] if kind == "shred" else []:
        missing.pop(key, None)
    return leaf, stored


def check_ledger(path, notes):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return check_rows(connection.execute(ROWS), notes)


def check_rows(rows, notes):
    size, chain, stack, fitting, missing = 0, bytes(32), [], 0, {}
    for row in rows:
        leaf, chain = check_row(row, size + 1, chain, missing)
        push(stack, leaf)
        size += 1
        while fitting < len(notes) and notes[fitting][0] == size:
            if notes[fitting][1] != root_of(stack):
                raise Wrong(f"the first {size} records are not those of the checkpoint over them")
            fitting += 1
    if fitting < len(notes):
        raise Wrong(f"record {size + 1} is missing: a checkpoint covers {notes[fitting][0]}")
    if missing:
        raise Wrong(f"record {min(missing.values())}: its sealed content is not there")
    return f"{size} records, {fitting} checkpoints, root {root_of(stack).hex()}"


def climb(index, size, path):
    """For each node of a path: is it on the left, and is it part of the smaller tree?"""
    last = size - 1
    for sibling in path:
        if last == 0:
            raise Wrong("the proof is too long")
        left = bool(index & 1) or index == last
        yield left, sibling
        if left:
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    if last:
        raise Wrong("the proof is too short")


def check_inclusion(proof, verifier):
    size, root = checkpoint(proof["checkpoint"], verifier)
    if not 0 < proof["seq"] <= size:
        raise Wrong("the checkpoint does not cover the record")
    found = sha256(b"\x00" + proof["body"].encode())
    path = [base64.b64decode(step) for step in proof["path"]]
    for left, sibling in climb(proof["seq"] - 1, size, path):
        found = node(sibling, found) if left else node(found, sibling)
    if found != root:
        raise Wrong("the record is not the one that the checkpoint covers")
    return f"record {proof['seq']} of {size}: {proof['body']}"


def check_growth(proof, verifier):
    (old, old_root), (new, new_root) = (checkpoint(proof[n], verifier) for n in ("old", "new"))
    path = [base64.b64decode(step) for step in proof["path"]]
    if old == new and old_root == new_root and not path:
        return f"both cover the same {old} records"
    if not 0 < old < new or not path:
        raise Wrong("the checkpoints are in the wrong order, or the proof is empty")
    first = old_root if old & (old - 1) == 0 else path.pop(0)
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    before = after = first
    for left, sibling in climb(index, last + 1, path):
        before = node(sibling, before) if left else before
        after = node(sibling, after) if left else node(after, sibling)
    if (before, after) != (old_root, new_root):
        raise Wrong("the old checkpoint is not of the ledger that the new one covers")
    return f"the first {old} of {new} records are unchanged"


def main(arguments):
    match arguments:
        case [verifier, "ledger", path, *rest] if len(rest) < 2:
            return check_ledger(path, checkpoints(rest[0], verifier) if rest else [])
        case [verifier, "inclusion" | "growth" as kind, path]:
            with open(path, encoding="utf-8") as file:
                proof = json.load(file)
            return {"inclusion": check_inclusion, "growth": check_growth}[kind](proof, verifier)
    print(__doc__, file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    try:
        print("OK:", main(sys.argv[1:]))
    except (Wrong, ValueError, LookupError, TypeError, AttributeError, OSError, sqlite3.Error) as e:
        print("WRONG:", e if isinstance(e, Wrong) else f"what was given cannot be read: {e!r}")
        sys.exit(1)
