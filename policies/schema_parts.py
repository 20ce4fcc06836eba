"""The parts that shapes of pack files are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictStr, WithJsonSchema
from pydantic_core import PydanticCustomError

from classifiers.calibration import TARGET

Text = Annotated[StrictStr, Field(min_length=1, max_length=4000)]
Short = Annotated[StrictStr, Field(min_length=1, max_length=200)]
LeafId = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9-]+){0,5}$")]
Category = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$")]


def _threshold(value: object) -> float | str:
    if isinstance(value, float | int) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    if isinstance(value, str) and TARGET.fullmatch(value):
        return value
    raise PydanticCustomError("threshold", "no threshold: a number from 0 to 1, or a target")


Threshold = Annotated[
    float | str,
    PlainValidator(_threshold),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": f"^{TARGET.pattern}$"},
            ]
        }
    ),
]
"""A score, or what it promises (`fpr:0.01`), which a calibration turns into one."""


class Shape(BaseModel):
    """Part of a pack file. What it does not name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
