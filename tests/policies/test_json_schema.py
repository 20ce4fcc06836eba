"""The shipped schemas are those of the loader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policies.json_schema import FILES, FOLDER, schema_text


@pytest.mark.parametrize("file", FILES)
def test_a_shipped_schema_is_current(file: str) -> None:
    """If not: `python -m policies.json_schema`."""
    assert (FOLDER / file).read_text(encoding="utf-8") == schema_text(FILES[file])


def test_every_file_of_a_pack_has_a_schema() -> None:
    """Named as the file is."""
    shipped = {path.name.removesuffix(".schema.json") for path in FOLDER.glob("*.schema.json")}
    written = {path.stem for path in Path(FOLDER, "packs/cn-interim-measures").glob("*.yaml")}

    assert shipped == written


def test_a_schema_knows_no_other_keys_and_explains_its_own() -> None:
    """An editor shows the words that the loader's source has."""
    leaf = json.loads((FOLDER / "pack.schema.json").read_text(encoding="utf-8"))["$defs"][
        "LeafShape"
    ]

    assert leaf["additionalProperties"] is False
    assert leaf["properties"]["article"]["description"].startswith("The provision it answers")
