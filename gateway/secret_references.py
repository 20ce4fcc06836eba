"""Secrets by reference: a setting says where a secret is, never what it is."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, SecretBytes, SecretStr, ValidationInfo

KEY_BYTES = 32
_COMMAND_S = 15
_HEX_KEY = re.compile(rb"[0-9a-fA-F]{64}")


def resolve(reference: str, environ: Mapping[str, str]) -> bytes:
    """Fetch what `env:NAME`, `file:PATH` or `command:PROGRAM ARGUMENTS` points at, as it stands.

    Raises ValueError, with a remedy and without the value, where there is nothing to fetch.
    """
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        return _from_environment(name, environ)
    if kind == "file" and name:
        return _from_file(Path(name))
    if kind == "command" and name:
        return _from_command(name)
    raise ValueError("a secret is given by reference; write env:NAME or file:PATH")


def _from_environment(name: str, environ: Mapping[str, str]) -> bytes:
    if value := environ.get(name):
        return value.encode()
    raise ValueError(f"environment variable {name} is not set; set it, or name another")


def _from_file(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(
            f"{path} cannot be read ({error.strerror}); mount it, or name another"
        ) from None
    if content:
        return content
    raise ValueError(f"{path} is empty; put the secret in it")


def _from_command(line: str) -> bytes:
    """What a program prints, such as the client of a key management service; no shell reads it."""
    try:
        done = subprocess.run(  # noqa: S603 - named by whoever writes the settings
            shlex.split(line), capture_output=True, check=True, timeout=_COMMAND_S
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ValueError(
            f"the command for a secret failed ({type(error).__name__}); run it by hand to see why"
        ) from None
    if done.stdout:
        return done.stdout
    raise ValueError("the command for a secret printed nothing; run it by hand to see why")


def _text(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    content = resolve(value, (info.context or {}).get("environ", {}))
    try:
        return SecretStr(content.decode().rstrip("\r\n"))
    except UnicodeDecodeError:
        raise ValueError("the secret is not UTF-8 text") from None


def _key(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    content = resolve(value, (info.context or {}).get("environ", {}))
    if len(content) == KEY_BYTES:
        return SecretBytes(content)
    if _HEX_KEY.fullmatch(content.rstrip(b"\r\n")):
        return SecretBytes(bytes.fromhex(content.decode().rstrip("\r\n")))
    raise ValueError(f"a key is {KEY_BYTES} bytes, or {2 * KEY_BYTES} hexadecimal digits")


SecretText = Annotated[SecretStr, BeforeValidator(_text)]
SecretKey = Annotated[SecretBytes, BeforeValidator(_key)]
