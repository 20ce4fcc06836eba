"""JSON Schema of a pack's files, for editors: completion and checks while a pack is written.

`python -m policies.json_schema` writes the files anew; a test holds them to the shapes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from policies.schema import AnswersShape, CasesShape, PackShape
from policies.schema_parts import Shape

FOLDER = Path(__file__).parent
FILES: Mapping[str, type[Shape]] = {
    "pack.schema.json": PackShape,
    "answers.schema.json": AnswersShape,
    "cases.schema.json": CasesShape,
}


def schema_text(shape: type[Shape]) -> str:
    """The schema of one file, as it is stored."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **shape.model_json_schema(by_alias=True),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    for file, shape in FILES.items():
        (FOLDER / file).write_text(schema_text(shape), encoding="utf-8")


if __name__ == "__main__":
    main()
