"""Settings: one file, an environment, flags; every mistake is placed and remedied."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.labels.producer import credit_code_check
from gateway.settings import (
    Label,
    LoadedSettings,
    Mode,
    Settings,
    SettingsError,
    Upstream,
    UpstreamAuth,
    load_settings,
    setting_fields,
    trace_settings,
)
from gateway.settings_sources import env_name

BODY = "9X000000000000000"
PRODUCER = f"0011{BODY}{credit_code_check(BODY)}10000"
BASE = {"STOPLOG_UPSTREAM__URL": "http://127.0.0.1:8000", "STOPLOG_MODE": "development"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stoplog.yaml"


def problems(file: Path | None, environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(file, environ)
    return [str(problem) for problem in caught.value.problems]


def test_an_upstream_is_all_that_development_asks_for() -> None:
    """Every other setting has a default."""
    settings = load_settings(None, BASE)

    assert settings == Settings(
        mode=Mode.DEVELOPMENT, upstream=Upstream(url="http://127.0.0.1:8000")
    )


def test_a_variable_gives_a_list_between_commas() -> None:
    """As a file gives it in brackets; an unknown surface is an error like any other."""
    environ = {**BASE, "STOPLOG_SURFACES": "openai.models, openai.chat"}

    assert ("openai.models", "openai.chat") == load_settings(None, environ).surfaces
    assert "surfaces" in problems(None, {**BASE, "STOPLOG_SURFACES": "openai.everything"})[0]


def test_production_is_the_default_and_asks_for_a_producer_code() -> None:
    """An operator cannot forget the code; a label without it names nobody."""
    assert "label.producer is not set" in problems(None, {**BASE, "STOPLOG_MODE": ""})[0]


def test_production_starts_with_a_producer_code() -> None:
    """The code is all that production adds."""
    environ = {**BASE, "STOPLOG_MODE": "production", "STOPLOG_LABEL__PRODUCER": PRODUCER}

    assert load_settings(None, environ).label == Label(producer=PRODUCER)


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(file: Path) -> None:
    """Precedence, and the origin that is told for each."""
    file.write_text("server:\n  port: 1\n  host: 0.0.0.0\n  admin_port: 1\n")
    environ = {**BASE, "STOPLOG_SERVER__PORT": "2", "STOPLOG_SERVER__ADMIN_PORT": "2"}
    loaded = trace_settings(file, environ, {"server.port": "3"})
    server = loaded.settings.server

    assert (3, 2, "0.0.0.0", 20) == (server.port, server.admin_port, server.host, server.drain_s)
    assert origins(loaded, "port", "admin_port", "host", "drain_s") == [
        "--server.port",
        "STOPLOG_SERVER__ADMIN_PORT",
        f"{file}:3:3",
        "default",
    ]


def origins(loaded: LoadedSettings, *names: str) -> list[str]:
    return [str(loaded.origin(("server", name))) for name in names]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("polices:\n  pack: x\n", "1:1: unknown key 'polices'; did you mean 'policy'?"),
        ("server:\n  prot: 1\n", "2:3: unknown key 'prot'; did you mean 'port'?"),
        ("server: {limits: {n: 0}}\n", "1:19: server.limits.n: Input should be greater than 0"),
        ("server: {port: 65536}\n", "1:10: server.port: Input should be less than"),
        ("mode: prod\n", "1:1: mode: Input should be 'production' or 'development'"),
        ("version: 2\n", "1:1: version: Input should be 1"),
        ("mode: production\nmode: development\n", "2:1: a key stands twice"),
        ("server: [\n", "is not YAML here"),
        ("- a\n", "1:1: holds no mapping"),
        ("upstream: {url: 'ftp://h'}\n", "1:12: upstream.url: an upstream is http://HOST"),
        ("upstream: {url: 'http://u:p@h'}\n", "upstream URL carries no user or password"),
        ("upstream: {url: 'http://h?x=1'}\n", "leave off what follows"),
        ("upstream: {auth: key, url: 'http://h'}\n", "`auth: key` and `api_key` go together"),
        ("identity: {source: header}\n", "`source: header` and `header` go together"),
        ("identity: {header: x-user}\n", "`source: header` and `header` go together"),
        ("label: {producer: x}\n", "1:9: label.producer: a producer code has 27 characters"),
    ],
)
def test_a_mistake_in_the_file_is_placed_and_remedied(file: Path, text: str, expected: str) -> None:
    """File, line, column, what is wrong, and what to do."""
    file.write_text(text)
    environ = {} if text.startswith(("upstream", "mode")) else BASE
    (problem, *_) = [p for p in problems(file, environ) if "is not set" not in p]

    assert problem.startswith(str(file))
    assert expected in problem


def test_a_problem_of_two_variables_names_one_of_them() -> None:
    """A mistake that spans a section still says where to look."""
    assert problems(None, {**BASE, "STOPLOG_IDENTITY__SOURCE": "header"})[0].startswith(
        "STOPLOG_IDENTITY__SOURCE: "
    )


def test_every_problem_is_told_at_once(file: Path) -> None:
    """Nobody fixes a file one start at a time."""
    file.write_text("mode: x\nserver: {port: y}\nlog: {levl: info}\n")

    assert len(problems(file, {"STOPLOG_UPSTREAM__URL": "http://h"})) == 3


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """A mistyped path does not start a gateway on defaults."""
    assert "cannot be read" in problems(tmp_path / "absent.yaml", BASE)[0]


def test_a_section_of_comments_leaves_the_defaults(file: Path) -> None:
    """The file that `init` writes is mostly comments."""
    file.write_text("server:\n  # port: 1\nlabel:\n")

    assert load_settings(file, BASE) == load_settings(None, BASE)


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("STOPLOG_UPSTREAM_URL", "STOPLOG_UPSTREAM__URL"),
        ("STOPLOG_SERVER__PROT", "STOPLOG_SERVER__PORT"),
        ("STOPLOG_SERVERLIMITS__N", "STOPLOG_SERVER__LIMITS__N"),
    ],
)
def test_a_misspelt_variable_is_refused(variable: str, meant: str) -> None:
    """A setting that silently does not apply is the worst kind."""
    assert problems(None, {**BASE, variable: "1"}) == [
        f"{variable}: names no setting; did you mean {meant}?"
    ]


def test_variables_that_an_orchestrator_adds_are_left_alone() -> None:
    """A Kubernetes service called stoplog puts these into every container."""
    added = {"STOPLOG_SERVICE_HOST": "192.0.2.1", "STOPLOG_PORT": "tcp://192.0.2.1:8080"}

    assert load_settings(None, BASE | added) == load_settings(None, BASE)


@pytest.mark.parametrize("kind", ["env", "file"])
def test_a_secret_is_fetched_and_never_shown(tmp_path: Path, kind: str) -> None:
    """By environment variable or by file, less the final line end."""
    (tmp_path / "key").write_text("s3cret\n")
    reference = "env:KEY" if kind == "env" else f"file:{tmp_path / 'key'}"
    settings = load_settings(
        None, {**BASE, "KEY": "s3cret", "STOPLOG_UPSTREAM__API_KEY": reference}
    )

    assert settings.upstream.api_key is not None
    assert settings.upstream.api_key.get_secret_value() == "s3cret"
    assert settings.upstream.auth is UpstreamAuth.KEY
    assert "s3cret" not in f"{settings!r}{settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("reference", "remedy"),
    [
        ("sk-literal", "write env:NAME or file:PATH"),
        ("env:ABSENT", "set it, or name another"),
        ("file:absent-file", "mount it, or name another"),
        ("env:", "write env:NAME or file:PATH"),
        ("command:absent-program", "run it by hand to see why"),
        ("command:false", "run it by hand to see why"),
        ("command:true", "run it by hand to see why"),
    ],
)
def test_a_secret_that_cannot_be_fetched_is_refused(reference: str, remedy: str) -> None:
    """A literal key is refused as well, and not quoted."""
    (problem,) = problems(None, {**BASE, "STOPLOG_UPSTREAM__API_KEY": reference})

    assert problem.endswith(remedy)
    assert "sk-literal" not in problem


@pytest.mark.parametrize("content", [b"k" * 32, b"6b" * 32, b"6b" * 32 + b"\n"])
def test_a_ledger_key_is_32_bytes_or_their_hexadecimal(tmp_path: Path, content: bytes) -> None:
    """Both ways people make key files."""
    (tmp_path / "key").write_bytes(content)
    settings = load_settings(None, {**BASE, "STOPLOG_LEDGER__KEY": f"file:{tmp_path / 'key'}"})

    assert settings.ledger.key is not None
    assert settings.ledger.key.get_secret_value() == b"k" * 32


def test_a_key_may_come_from_a_program(tmp_path: Path) -> None:
    """Such as the client of a key management service; no shell reads the line."""
    (tmp_path / "the key").write_bytes(b"6b" * 32 + b"\n")
    command = f"command:cat '{tmp_path / 'the key'}'"
    settings = load_settings(None, {**BASE, "STOPLOG_LEDGER__KEY": command})

    assert settings.ledger.key is not None
    assert settings.ledger.key.get_secret_value() == b"k" * 32


@pytest.mark.parametrize("content", [b"k" * 31, b"6b" * 31, b"xy" * 32])
def test_a_ledger_key_of_another_length_is_refused(tmp_path: Path, content: bytes) -> None:
    """A short key would seal nothing."""
    (tmp_path / "key").write_bytes(content)

    assert "a key is 32 bytes" in "".join(
        problems(None, {**BASE, "STOPLOG_LEDGER__KEY": f"file:{tmp_path / 'key'}"})
    )


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://h:1/v1/", "http://h:1"),
        ("http://h:1/", "http://h:1"),
        ("https://h/mode/v1", "https://h/mode"),
        ("http://[::1]:8", "http://[::1]:8"),
    ],
)
def test_an_upstream_url_is_kept_without_its_version(given: str, kept: str) -> None:
    """People paste the base URL of a client library."""
    assert Upstream(url=given).url == kept


def test_settings_cannot_be_changed() -> None:
    """They are read once."""
    settings = load_settings(None, BASE)
    with pytest.raises(ValidationError):
        setattr(settings, "mode", Mode.PRODUCTION)  # noqa: B010 - mypy knows it is frozen


def test_every_setting_says_what_it_means_and_has_its_own_variable() -> None:
    """The meanings are the remedies and the documentation."""
    fields = dict(setting_fields())

    assert all(fields.values())
    assert len({env_name(location) for location in fields}) == len(fields)
