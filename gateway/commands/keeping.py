"""What the commands on a ledger share: which one, under which key, and on whose word."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from gateway.commands.options import exit_with_problems, settings_or_exit
from gateway.ledger.config import LedgerConfig, LedgerUnavailable, LedgerUnusable, Place
from gateway.ledger.keys import read_key
from gateway.ledger.ledger import open_ledger
from gateway.ledger.notes import BadNote
from gateway.ledger.opening import key_path
from gateway.ledger.orders import Done, Order, OrderRefused, Role, User, Word
from gateway.ledger.orders_socket import ask
from gateway.ledger.proofs import NotCovered
from gateway.ledger.publishing import Sink
from gateway.ledger.reader import Damaged
from gateway.ledger_settings import ledger_config, place, sinks
from gateway.settings import Ledger
from policies.load import PackError, load_pack

T = TypeVar("T")

LedgerPathOption = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        "-l",
        envvar="STOPLOG_LEDGER__PATH",
        help="The ledger's file, or a copy; that of the settings otherwise.",
        show_default=False,
    ),
]
KeyOption = Annotated[
    Path | None,
    typer.Option(
        help="Key file; that of the settings or beside the ledger otherwise.", show_default=False
    ),
]
RoleOption = Annotated[Role, typer.Option(help="In what capacity you ask.")]
ByOption = Annotated[
    str, typer.Option(help="Who asks; goes on record. You, by your login, if not said.")
]
ReasonOption = Annotated[
    str, typer.Option(help="Why; goes on record, so name a case and no personal data.")
]
UserOption = Annotated[str, typer.Option("--user", help="User key, as an intent record has it.")]
TenantOption = Annotated[str, typer.Option(help="Tenant of the user.")]

DEFAULT_TENANT = "default"


@dataclass(frozen=True, slots=True)
class Keeping:
    """A ledger as this command line, environment and settings file name it."""

    settings: Ledger
    packs: tuple[str, ...]

    @property
    def path(self) -> Path:
        return self.settings.path

    @property
    def place(self) -> Place:
        return place(self.settings)

    def key(self) -> bytes:
        """Raises LedgerUnusable."""
        if self.settings.key is not None:
            return self.settings.key.get_secret_value()
        return read_key(key_path(self.path))

    def config(self) -> LedgerConfig:
        """For opening it without a gateway. Raises LedgerUnusable and PackError."""
        return ledger_config(self.settings, [load_pack(pack).pack for pack in self.packs])

    def sinks(self) -> list[Sink]:
        return sinks(self.settings)


def keeping(config: Path | None, ledger: Path | None, key: Path | None) -> Keeping:
    """Exits with 2 where the settings are wrong."""
    flags = {
        "ledger.path": str(ledger) if ledger else None,
        "ledger.key": f"file:{key}" if key else None,
        # A ledger can be read without a model endpoint; serving asks for one.
        "upstream.url": "http://localhost",
        "mode": "development",
    }
    settings = settings_or_exit(config, flags).settings
    return Keeping(settings.ledger, settings.policy.every_pack)


def word(role: Role, by: str, reason: str) -> Word:
    """Exits with 2 where something is missing."""
    return or_exit(lambda: Word(role, by or _login(), reason))


def user(tenant: str, key: str) -> User:
    """Exits with 2 where the key is empty."""
    return or_exit(lambda: User(tenant, key))


def carry_out(kept: Keeping, order: Order) -> Done:
    """Through the gateway that keeps the ledger, or without one; exits with 2 if it is refused."""

    def ask_or_do() -> Done:
        if kept.place == kept.path and not kept.path.is_file():
            raise LedgerUnusable(f"{kept.path} does not exist; name the ledger's file")
        done = ask(kept.path, order)
        return asyncio.run(_alone(kept, order)) if done is None else done

    return or_exit(ask_or_do)


async def _alone(kept: Keeping, order: Order) -> Done:
    kept.key()  # opening makes a key where there is none, which here would be the wrong one
    async with open_ledger(kept.config(), sinks=kept.sinks()) as ledger:
        return await ledger.carry_out(order)


def or_exit(ask_for: Callable[[], T]) -> T:
    """What is asked for; exits with 2 and a line where it cannot be had."""
    try:
        return ask_for()
    except (LedgerUnusable, LedgerUnavailable, OrderRefused, Damaged, BadNote, NotCovered) as error:
        exit_with_problems(str(error))
    except PackError as error:
        exit_with_problems(*map(str, error.problems))
    except OSError as error:
        named = f"{error.filename} cannot be read ({error.strerror})" if error.filename else error
        exit_with_problems(str(named))


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
