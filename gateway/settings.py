"""Every setting, its default and its meaning. Read once, frozen, passed as an argument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from gateway.dialects.dialect import Media
from gateway.fields import UnknownFields
from gateway.labels.producer import producer_problem, propagator_problem
from gateway.ledger.config import MIN_RETENTION_DAYS, Content, Durability
from gateway.secret_references import SecretKey, SecretText
from gateway.settings_sources import (
    DEFAULT,
    Location,
    Origin,
    SettingsError,
    did_you_mean,
    env_name,
    merge,
    nearest_origin,
    read_environment,
    read_file,
    read_flags,
)
from policies.deployment import Profile
from policies.errors import Problem
from policies.types import ExplicitLabel

__all__ = [
    "Admission",
    "Checkpoints",
    "Identity",
    "Label",
    "Ledger",
    "Limits",
    "LoadedSettings",
    "Log",
    "Policy",
    "Problem",
    "Prompt",
    "PromptMode",
    "Retention",
    "Server",
    "Settings",
    "SettingsError",
    "Surface",
    "Upstream",
    "Verify",
    "Waiver",
    "load_settings",
    "setting_models",
    "trace_settings",
]

DEFAULT_PACK = "cn-interim-measures"


class PromptMode(StrEnum):
    BEFORE = "before"
    PARALLEL = "parallel"


class Mode(StrEnum):
    PRODUCTION = "production"
    DEVELOPMENT = "development"


class UpstreamAuth(StrEnum):
    NONE = "none"
    KEY = "key"
    PASSTHROUGH = "passthrough"


class IdentitySource(StrEnum):
    AUTHORIZATION = "authorization"
    HEADER = "header"
    ANONYMOUS = "anonymous"


class Surface(StrEnum):
    """One API, under the name that the record has for it."""

    OPENAI_CHAT = "openai.chat"
    OPENAI_COMPLETIONS = "openai.completions"
    OPENAI_RESPONSES = "openai.responses"
    OPENAI_MODELS = "openai.models"
    OPENAI_EMBEDDINGS = "openai.embeddings"
    OPENAI_IMAGES = "openai.images"
    OPENAI_AUDIO = "openai.audio"
    OPENAI_MODERATIONS = "openai.moderations"
    ANTHROPIC = "anthropic"
    OLLAMA = "ollama"
    GEMINI = "gemini"
    ADVICE_LITELLM = "advice.litellm"
    ADVICE_DIFY = "advice.dify"
    ADVICE_PORTKEY = "advice.portkey"
    ADVICE_PRESIDIO = "advice.presidio"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    JSON = "json"
    CONSOLE = "console"


def _upstream_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an upstream is http://HOST[:PORT] or https://HOST[:PORT]")
    if parts.username or parts.password:
        raise ValueError("an upstream URL carries no user or password; set upstream.api_key")
    if parts.query or parts.fragment:
        raise ValueError("an upstream URL ends with its path; leave off what follows ? or #")
    return url.rstrip("/").removesuffix("/v1")


def _listed(given: object) -> object:
    """A list, which a variable or a flag gives as words between commas."""
    return [word.strip() for word in given.split(",")] if isinstance(given, str) else given


Port = Annotated[int, Field(ge=0, le=65535)]


class Section(BaseModel):
    """What every section shares: nothing unknown goes in, nothing changes, no value is quoted."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


class Limits(Section):
    """What is refused for its size before anything else looks at it."""

    body_bytes: PositiveInt = 4_194_304
    """Largest request body."""
    header_bytes: PositiveInt = 16_384
    """Largest sum of header names and values."""
    depth: PositiveInt = 64
    """Deepest nesting of a JSON body."""
    leaves: PositiveInt = 10_000
    """Most values in a JSON body."""
    messages: PositiveInt = 2_000
    """Most messages of one request."""
    string_chars: PositiveInt = 524_288
    """Longest string, in characters."""
    n: PositiveInt = 8
    """Most choices asked for at once."""
    tools: PositiveInt = 128
    """Most tool definitions of one request."""
    media_bytes: PositiveInt = 26_214_400
    """Largest request that is a form with files, and largest answer that is a sound or a file."""
    output_chars: PositiveInt = 4_000_000
    """Most characters a model may answer before the gateway ends the answer."""
    event_bytes: PositiveInt = 1_048_576
    """Largest single event of a stream."""


class Admission(Section):
    """What is turned away before it is begun; 0 sets no bound."""

    exchanges: NonNegativeInt = 2_000
    """Most exchanges open at once."""
    lag_s: NonNegativeFloat = 0.25
    """Seconds by which the event loop may run late, for half a second, before no more is let in."""
    memory_mib: NonNegativeInt = 0
    """Resident memory above which no more is let in."""
    key_exchanges: NonNegativeInt = 100
    """Most exchanges that one caller may have open at once."""
    key_per_minute: NonNegativeInt = 0
    """Most exchanges that one caller may begin in a minute."""


class Server(Section):
    """Where the gateway listens."""

    host: str = "127.0.0.1"
    """Address of the port that applications use."""
    port: Port = 8080
    """Port that applications use; 0 takes a free one."""
    admin_host: str = "127.0.0.1"
    """Address of health checks and metrics."""
    admin_port: Port = 9090
    """Port of health checks and metrics; 0 takes a free one."""
    drain_s: NonNegativeFloat = 20
    """Seconds that open exchanges get to finish once the gateway is told to stop."""
    hosts: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """Names in `Host`, without port, that are answered; unset answers to any."""
    write_s: PositiveFloat = 60
    """Seconds that a client may leave a part of its answer unread."""
    keep_alive_s: PositiveFloat = 10
    """Silent seconds after which a streaming client is told, in a comment, that text is held."""
    limits: Limits = Limits()
    """See `server.limits`."""
    admission: Admission = Admission()
    """See `server.admission`."""


class Upstream(Section):
    """The model endpoint behind the gateway."""

    url: Annotated[str, AfterValidator(_upstream_url)]
    """Base address, such as `http://127.0.0.1:8000`; a final `/v1` is taken off."""
    name: str = "upstream"
    """What records and metrics call it."""
    auth: UpstreamAuth = UpstreamAuth.NONE
    """`none`, `key` (send `api_key`; so once one is given) or `passthrough` (the caller's own)."""
    api_key: SecretText | None = None
    """Key sent upstream, as `env:NAME` or `file:PATH`; unset where it asks for none."""
    connect_s: PositiveFloat = 5
    """Seconds to connect."""
    first_byte_s: PositiveFloat = 120
    """Seconds from the request to the first byte of the answer."""
    idle_s: PositiveFloat = 60
    """Longest silence within an answer, in seconds."""
    total_s: PositiveFloat = 1800
    """Seconds that a whole exchange may take."""
    connections: PositiveInt = 512
    """Most connections open at once."""
    models: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """Models that may be asked for, by name; unset opens all that the upstream has."""

    @model_validator(mode="before")
    @classmethod
    def _key_means_auth(cls, values: object) -> object:
        if isinstance(values, dict) and values.get("api_key") and values.get("auth") is None:
            return {**values, "auth": UpstreamAuth.KEY}
        return values

    @model_validator(mode="after")
    def _auth_has_its_key(self) -> Self:
        if (self.auth is UpstreamAuth.KEY) is not (self.api_key is not None):
            raise ValueError("`auth: key` and `api_key` go together; set both, or neither")
        return self


Packs = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]


class Binding(Section):
    """Exchanges of one kind and the packs that judge them; what is left out fits all."""

    packs: Packs
    """Those that judge, in place of `policy.packs`."""
    tenant: str | None = None
    route: str | None = None
    """A path, as records name it."""
    model: str | None = None
    """A name; `*` stands for any characters."""
    key: str | None = None
    """A user key, as records have it."""
    minor: bool | None = None
    """Whether the user is known or said to be under age."""


class Prompt(Section):
    """When a prompt is judged."""

    mode: PromptMode = PromptMode.BEFORE
    """`before` the model is asked, or `parallel`: at once, but nothing leaves before a verdict."""


class Policy(Section):
    """Which packs judge, and how long they may take."""

    packs: Packs = (DEFAULT_PACK,)
    """Names or folders of packs; all judge, the strictest is obeyed, the first says the label."""
    bindings: tuple[Binding, ...] = ()
    """Other packs for some exchanges: the first of `{packs, tenant, route, model, key, minor}`."""
    profile: Profile = Profile.PUBLIC_CN
    """To whom the service is offered: `public_cn`, `internal` or `offshore`; packs apply by it."""
    service_tier: str = ""
    """Grade of the service, one that its packs know; empty applies packs as they are written."""
    lists: Mapping[str, tuple[Path, ...]] = {}
    """Your word lists, by leaf of the first pack or `PACK/LEAF`; they count in its digest."""
    classifier_deadline_s: PositiveFloat = 2.0
    """Seconds that a classifier gets before it counts as failed."""
    window_chars: PositiveInt = 256
    """Most characters of a stream that are judged at once."""
    rollout: Path | None = None
    """File that says which changed packs are tried, and how far; read at each reload."""
    signatures: Path | None = None
    """File of signatures that every pack must have; unset asks for none."""
    signed_by: tuple[Path, ...] = ()
    """Ed25519 public keys, PEM, of those whose signatures count."""
    signers: PositiveInt = 1
    """How many of them must have signed a pack."""
    reload: bool = False
    """Load the packs again when their files change; a pack with an error is not taken."""

    @model_validator(mode="after")
    def _lists_are_for_packs_that_judge(self) -> Self:
        names = {Path(pack).name for pack in self.every_pack}
        for leaf in self.lists:
            pack, slash, _ = leaf.rpartition("/")
            if slash and pack not in names:
                raise ValueError(f"lists: no pack `{pack}` judges; name one of {sorted(names)}")
        return self

    @model_validator(mode="after")
    def _signatures_have_their_keys(self) -> Self:
        if self.signatures is not None and len(self.signed_by) < self.signers:
            raise ValueError("signatures: name at least as many keys in signed_by as signers asks")
        if self.signatures is None and self.signed_by:
            raise ValueError(
                "signed_by: name the file of signatures as well, or no pack is checked"
            )
        return self

    @property
    def every_pack(self) -> tuple[str, ...]:
        """Each pack that may have to judge, once."""
        bound = (name for binding in self.bindings for name in binding.packs)
        return tuple(dict.fromkeys((*self.packs, *bound)))

    def lists_of(self, pack: str) -> Mapping[str, tuple[Path, ...]]:
        """The lists for one of the packs, by leaf id."""
        name, first = Path(pack).name, Path(self.packs[0]).name
        split = ((leaf.rpartition("/"), paths) for leaf, paths in self.lists.items())
        return {leaf: paths for (its, _, leaf), paths in split if (its or first) == name}


class Waiver(Section):
    """Who may have answers without a visible label, and on what grounds."""

    id: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,128}$")]
    """As a caller names it."""
    agreement: Annotated[str, Field(min_length=1, max_length=200)]
    """Version of the agreement that makes labelling the recipient's duty."""
    recipient: Annotated[str, Field(min_length=1, max_length=200)]
    """User key of the caller, as an intent record has it."""
    purpose: Annotated[str, Field(min_length=1, max_length=500)]
    """What the recipient needs it for."""
    until: date
    """Last day on which it holds."""


class Label(Section):
    """How AI-made content is marked."""

    producer: str | None = None
    """Your 27-character producer code; asked for in production, since an unsigned label is none."""
    propagator: str | None = None
    """Your 27-character propagator code: content that came with a label gets it filled in."""
    explicit: ExplicitLabel | None = None
    """`interface`, `prefix` or `suffix`; unset leaves it to the pack."""
    pictures: bool = False
    """Draw the visible label on pictures, which encodes them anew; else the interface owes it."""
    sounds: bool = False
    """Put the audible label, a rhythm, before sounds in WAV; else the interface owes it."""
    unlabellable: Media = Media.REFUSE
    """What happens to generated files that no label can be written into: `refuse` or `pass`."""
    signing_key: SecretKey | None = None
    """32 bytes, as `ledger.key`: an Ed25519 key that signs each label in `ReservedCode1`."""
    waivers: tuple[Waiver, ...] = ()
    """Who may have answers without a visible label, and on what grounds; see labels.md."""

    @field_validator("producer")
    @classmethod
    def _names_a_producer(cls, code: str | None) -> str | None:
        if code is not None and (problem := producer_problem(code)):
            raise ValueError(problem)
        return code

    @field_validator("propagator")
    @classmethod
    def _names_a_propagator(cls, code: str | None) -> str | None:
        if code is not None and (problem := propagator_problem(code)):
            raise ValueError(problem)
        return code


def _webhook(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("a web hook is https://HOST[:PORT]/PATH")
    return url


class Checkpoints(Section):
    """Where the signed state of the ledger goes, best where its operator cannot write."""

    files: tuple[Path, ...] = ()
    """Files that each is added to, such as one on another host's disk."""
    webhooks: tuple[Annotated[str, AfterValidator(_webhook)], ...] = ()
    """Addresses that each is posted to."""
    every_s: PositiveFloat = 1.0
    """Seconds after which growth is signed."""
    every_records: PositiveInt = 256
    """Records after which growth is signed sooner."""


class Retention(Section):
    """How long content can be read; the pack says it, and this can say more."""

    min_days: Annotated[int, Field(ge=MIN_RETENTION_DAYS)] | None = None
    """Days for which nothing is destroyed, whoever asks; never fewer than the pack's."""
    max_days: PositiveInt | None = None
    """Days after which content is destroyed unless it is held; unset leaves it to the pack."""


class Ledger(Section):
    """The record of every exchange."""

    path: Path = Path("stoplog-ledger.db")
    """The file it is kept in."""
    durability: Durability = Durability.PROCESS
    """`process`: written survives a killed process. `power`: written survives a power cut too."""
    key: SecretKey | None = None
    """32 bytes that seal content: `env:NAME`, `file:PATH`, `command:PROGRAM`; unset makes one."""
    content: Content = Content.SEALED
    """`sealed` keeps prompts and outputs encrypted; `none` keeps only what was decided."""
    origin: Annotated[str, Field(pattern=r"^[^\s+]+$")] | None = None
    """Name in its checkpoints, such as `example.com/ledger-1`; unset names it by its key."""
    reserve_mib: NonNegativeInt = 16
    """Space kept free for the records of exchanges that are under way when the disk is full."""
    database: SecretText | None = None
    """`postgresql://...` by reference, for records in PostgreSQL; the rest stays beside `path`."""
    database_schema: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")] = "stoplog"
    """Schema of this ledger in the database; each replica keeps a ledger of its own."""
    checkpoints: Checkpoints = Checkpoints()
    """See `ledger.checkpoints`."""
    retention: Retention = Retention()
    """See `ledger.retention`."""


class Identity(Section):
    """Whose exchange it is."""

    source: IdentitySource = IdentitySource.AUTHORIZATION
    """`authorization` (a hash of the caller's key), `header` or `anonymous`."""
    header: str | None = None
    """Name of the header that names the user; only for `source: header`."""
    pepper: SecretText | None = None
    """Secret mixed into hashed identities, as `env:NAME` or `file:PATH`; unset makes one."""
    tenant: str = "default"
    """Tenant that exchanges are recorded under."""
    tenant_header: str | None = None
    """Header in which a proxy before the gateway names the tenant; without one it is `tenant`."""
    minor_header: str | None = None
    """Header in which a proxy before the gateway says `1` of users under age, `0` of others."""

    @model_validator(mode="after")
    def _header_has_its_name(self) -> Self:
        if (self.source is IdentitySource.HEADER) is not (self.header is not None):
            raise ValueError("`source: header` and `header` go together; set both, or neither")
        return self


class Verify(Section):
    """The public endpoint that says whether this service made something."""

    enabled: bool = False
    """Open `GET /aigc/verify`, and keep keyed fingerprints of what leaves, for it to look in."""
    per_minute: PositiveInt = 30
    """Questions that one address may ask in a minute."""


class Log(Section):
    """What the process says of itself, on standard error."""

    level: LogLevel = LogLevel.INFO
    """`debug`, `info`, `warning` or `error`."""
    format: LogFormat = LogFormat.JSON
    """`json`, a line per event, or `console` for reading."""


class Settings(Section):
    """All settings of a gateway."""

    version: Literal[1] = 1
    """Version of this file's layout."""
    mode: Mode = Mode.PRODUCTION
    """`production`, or `development`, which asks for no producer code."""
    unscreenable: Media = Media.REFUSE
    """What happens to images, audio and files that nothing can read: `refuse` or `pass`."""
    unknown_fields: UnknownFields = UnknownFields.SCREEN
    """Request fields that no dialect knows: `screen` and pass on, `drop`, or `refuse`."""
    surfaces: Annotated[tuple[Surface, ...], BeforeValidator(_listed)] = (
        Surface.OPENAI_CHAT,
        Surface.OPENAI_MODELS,
    )
    """APIs that are open, by name; every other path is refused."""
    stored_context: Media = Media.REFUSE
    """What happens to references to text that only the upstream has: `refuse` or `pass`."""
    server: Server = Server()
    upstream: Upstream
    prompt: Prompt = Prompt()
    policy: Policy = Policy()
    label: Label = Label()
    ledger: Ledger = Ledger()
    identity: Identity = Identity()
    verify: Verify = Verify()
    log: Log = Log()

    @model_validator(mode="after")
    def _production_names_its_producer(self) -> Self:
        if self.mode is Mode.PRODUCTION and self.label.producer is None:
            raise ValueError("label.producer is not set; give your code, or set mode: development")
        return self


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, and where each of them came from."""

    settings: Settings
    origins: Mapping[Location, Origin]

    def origin(self, location: Location) -> Origin:
        """Where one setting came from."""
        return self.origins.get(location, DEFAULT)


def load_settings(
    path: Path | None, environ: Mapping[str, str], flags: Mapping[str, str] | None = None
) -> Settings:
    """Read the settings: flag over environment over file over default.

    `flags` are by dotted name (`upstream.url`). Raises SettingsError with every problem found.
    """
    return trace_settings(path, environ, flags).settings


def trace_settings(
    path: Path | None, environ: Mapping[str, str], flags: Mapping[str, str] | None = None
) -> LoadedSettings:
    """As `load_settings`, with the origin of each value."""
    known = frozenset(location for location, _ in setting_fields())
    files = [read_file(path)] if path else []
    values, origins = merge(*files, read_environment(environ, known), read_flags(flags or {}))
    try:
        settings = Settings.model_validate(values, context={"environ": environ})
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise SettingsError(*map(partial(_problem, origins=origins), details)) from None
    return LoadedSettings(settings, origins)


def setting_models() -> Iterator[tuple[Location, type[Section]]]:
    """Every section with its location, the root first."""

    def below(at: Location, model: type[Section]) -> Iterator[tuple[Location, type[Section]]]:
        yield at, model
        for name, field in model.model_fields.items():
            if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
                yield from below((*at, name), field.annotation)

    return below((), Settings)


def setting_fields() -> Iterator[tuple[Location, str]]:
    """Every setting that is not itself a section: its location and what it means."""
    sections = {location for location, _ in setting_models()}
    for at, model in setting_models():
        for name, field in model.model_fields.items():
            if (*at, name) not in sections:
                yield (*at, name), field.description or ""


def _problem(detail: ErrorDetails, origins: Mapping[Location, Origin]) -> Problem:
    location = detail["loc"]
    name = ".".join(map(str, location))
    origin = nearest_origin(location, origins)
    if detail["type"] == "extra_forbidden":
        section = dict(setting_models()).get(location[:-1])  # none for an entry of a list
        candidates = list(section.model_fields) if section else []
        remedy = did_you_mean(str(location[-1]), candidates)
        return origin.problem(f"unknown key '{location[-1]}'", remedy)
    if detail["type"] == "missing":
        return _missing(location, origin)
    if detail["type"] == "value_error":
        what, _, remedy = str(detail["ctx"]["error"]).partition("; ")
        return origin.problem(f"{name}: {what}" if location else what, remedy)
    return origin.problem(f"{name}: {detail['msg']}", dict(setting_fields()).get(location, ""))


def _missing(location: Location, origin: Origin) -> Problem:
    section = dict(setting_models()).get(location)
    fields = section.model_fields.items() if section else ()
    required = next(((*location, name) for name, field in fields if field.is_required()), location)
    name = ".".join(map(str, required))
    remedy = f"set it in the file, as {env_name(required)} or by flag"
    return origin.problem(f"{name} is not set", remedy)
