"""The verdict cache: what it remembers, for how long, and what it never holds."""

from __future__ import annotations

import pickle

from classifiers.cache import VerdictCache
from classifiers.scoring import Side

ROW = (0.25, 0.75)


def test_the_same_text_on_the_same_side_is_remembered() -> None:
    """A prompt's scores say nothing of the same text as an output."""
    cache = VerdictCache("pack", "model")
    cache.put(cache.key("text", Side.PROMPT), ROW)

    assert ROW == cache.get(cache.key("text", Side.PROMPT))
    assert None is cache.get(cache.key("text", Side.OUTPUT))
    assert None is cache.get(cache.key("text ", Side.PROMPT))


def test_keys_of_another_pack_or_model_are_other_keys() -> None:
    """Nothing can be carried over, whatever the digests are made of."""
    keys = {
        VerdictCache(pack, model).key("text", Side.PROMPT)
        for pack, model in [("a", "b"), ("ab", ""), ("a", "c"), ("c", "b")]
    }

    assert 4 == len(keys)


def test_the_least_recently_used_goes_first() -> None:
    """The bound holds, and what is asked for stays."""
    cache = VerdictCache("pack", "model", most=2)
    one, two, three = (cache.key(text, Side.PROMPT) for text in ("1", "2", "3"))
    cache.put(one, ROW)
    cache.put(two, ROW)
    cache.get(one)
    cache.put(three, ROW)

    assert (ROW, None, ROW) == (cache.get(one), cache.get(two), cache.get(three))
    assert 2 == len(cache)


def test_no_text_is_kept() -> None:
    """Only digests and scores; another process makes other digests."""
    cache = VerdictCache("pack", "model")
    key = cache.key("a secret text", Side.PROMPT)
    cache.put(key, ROW)

    assert b"secret" not in pickle.dumps(cache._rows)
    assert key != VerdictCache("pack", "model").key("a secret text", Side.PROMPT)
