"""The gateway as a process: everything assembled from the settings, two ports, an orderly end."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp

from classifiers.kinds import Parts
from gateway import __version__
from gateway.admin import AdminState, build_admin
from gateway.admission import Admission, Bounds
from gateway.classifier_parts import classifier_parts
from gateway.dialects.dialect import Limits, Media
from gateway.editions import Binding, Selection
from gateway.identity import Identity, hmac_pseudonym
from gateway.labels.bodies import FileRules
from gateway.labels.signing import LabelSigner
from gateway.labels.waivers import Waiver, Waivers
from gateway.ledger.ledger import Ledger, open_ledger
from gateway.ledger.orders_socket import taking_orders
from gateway.ledger.sweeping import keep_retention
from gateway.ledger_settings import ledger_config, place, sinks
from gateway.listening import bind, listening
from gateway.log_sink import log_sink
from gateway.logs import configure_logging, logger
from gateway.metrics import Metrics, watch_event_loop
from gateway.packs import PacksInForce
from gateway.plane import DataPlane
from gateway.proxy import Rules
from gateway.readiness import Check, condition
from gateway.record import Records
from gateway.settings import Policy, PromptMode, Settings, UpstreamAuth
from gateway.surfaces import routes
from gateway.upstream import Waits, open_upstream
from gateway.verifying import Pace, Service, Verifying
from policies.deployment import Deployment
from policies.trust import Trust
from policies.types import OnFailure, Tier

_log = logger("app")

DEVELOPMENT_PRODUCER = "00119X000000000000000W1DEMO"
"""Stands on labels in development mode, where no operator has a code yet: evidently nobody's."""


_END_S = 5.0
"""Seconds that exchanges get, once they are told to end, to say so and to be recorded."""


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that listens."""

    url: str
    admin_url: str
    ledger: Ledger
    packs: PacksInForce
    metrics: Metrics
    drain: Callable[[], None]
    """Say on the readiness probe that no new traffic is wanted."""


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    """Run a gateway within the block.

    Raises PackError, LedgerUnusable, or OSError for an address that is taken, before any exchange
    is accepted.
    """
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        metrics.build(__version__)
        parts = await stack.enter_async_context(classifier_parts(metrics))
        packs = await _packs(settings, metrics, parts)
        ledger = await stack.enter_async_context(
            open_ledger(
                ledger_config(settings.ledger, packs.current.packs), sinks=sinks(settings.ledger)
            )
        )
        await stack.enter_async_context(taking_orders(settings.ledger.path, ledger.carry_out))
        upstream = await stack.enter_async_context(
            open_upstream(settings.upstream.url, _waits(settings), settings.upstream.connections)
        )
        metrics.watch_ledger(
            healthy=lambda: ledger.healthy,
            checkpoint_unix_time=lambda: ledger.published.unix_time,
        )
        draining = asyncio.Event()
        admission = Admission(_bounds(settings))
        rules = _rules(settings, ledger, admission)
        plane = DataPlane(
            routes(settings.surfaces),
            rules,
            upstream,
            Records(
                ledger,
                metrics,
                settings.upstream.name,
                logger("exchange").bind(),
                packs.ended,
                ledger.fingerprint if settings.verify.enabled else None,
            ),
            lambda: packs.current,
            admission,
        )
        admin = build_admin(_admin_state(metrics, packs, ledger, draining))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        background = [
            tasks.create_task(watch_event_loop(metrics, admission.feel)),
            tasks.create_task(packs.shadow.run()),
            tasks.create_task(keep_retention(ledger.sweep, _tell_swept)),
        ]
        if settings.policy.reload:
            background.append(tasks.create_task(packs.watch()))
        for task in background:
            stack.callback(task.cancel)
        server = settings.server
        admin_url = await stack.enter_async_context(
            listening(admin, bind(server.admin_host, server.admin_port), drain_s=1)
        )
        url = await stack.enter_async_context(
            listening(
                _with_verifying(plane, rules, settings, ledger)
                if settings.verify.enabled
                else plane,
                bind(server.host, server.port),
                drain_s=server.drain_s + _END_S,
                ending=lambda: plane.end_all(server.drain_s),
            )
        )
        yield Running(url, admin_url, ledger, packs, metrics, draining.set)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then let open exchanges end. SIGHUP reloads the packs."""
    stop = asyncio.Event()
    with log_sink(sys.stderr) as sink:
        configure_logging(settings.log, sink)
        await _serve(settings, stop)


async def _serve(settings: Settings, stop: asyncio.Event) -> None:
    async with running(settings) as gateway:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        _log.info("listening", url=gateway.url, admin_url=gateway.admin_url)
        async with asyncio.TaskGroup() as tasks:
            reloading = tasks.create_task(_reload_on_hangup(gateway.packs))
            await stop.wait()
            reloading.cancel()
        _log.info("stopping", drain_s=settings.server.drain_s)
        gateway.drain()


async def _reload_on_hangup(packs: PacksInForce) -> None:
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    while True:
        await asked.wait()
        asked.clear()
        await packs.reload()


async def _packs(settings: Settings, metrics: Metrics, parts: Parts) -> PacksInForce:
    packs = PacksInForce(
        selection(settings.policy),
        metrics=metrics,
        parts=parts,
        rollout=settings.policy.rollout,
    )
    await packs.load()
    for tier in Tier:
        modes = (pack.on_failure.get(tier) for pack in packs.current.packs)
        metrics.fail_open(tier.value, active=OnFailure.OPEN in modes)
    passes = settings.unscreenable is Media.PASS
    metrics.fail_open("unscreenable", active=passes)
    return packs


def selection(policy: Policy) -> Selection:
    """Which packs the settings name, and for whom."""
    bindings = tuple(
        Binding(given.packs, given.tenant, given.route, given.model, given.key, given.minor)
        for given in policy.bindings
    )
    return Selection(
        policy.packs,
        bindings,
        {pack: policy.lists_of(pack) for pack in policy.every_pack},
        policy.classifier_deadline_s,
        policy.window_chars,
        Deployment(policy.profile, policy.service_tier),
        Trust(policy.signatures, policy.signed_by, policy.signers) if policy.signatures else None,
    )


def _with_verifying(plane: DataPlane, rules: Rules, settings: Settings, ledger: Ledger) -> ASGIApp:
    service = Service(rules.producer, rules.signer.public if rules.signer else b"")
    pace = Pace(settings.verify.per_minute)
    return Verifying(plane, place(settings.ledger), ledger.fingerprint, service, pace)


def _tell_swept(count: int) -> None:
    _log.info("content ended", data_keys=count)


def _waits(settings: Settings) -> Waits:
    up = settings.upstream
    return Waits(up.connect_s, up.first_byte_s, up.idle_s, up.total_s)


def _bounds(settings: Settings) -> Bounds:
    bounds = settings.server.admission
    return Bounds(
        exchanges=bounds.exchanges,
        lag_s=bounds.lag_s,
        memory_bytes=bounds.memory_mib * 1024 * 1024,
        key_exchanges=bounds.key_exchanges,
        key_per_minute=bounds.key_per_minute,
    )


def _rules(settings: Settings, ledger: Ledger, admission: Admission) -> Rules:
    limits, upstream, identity = settings.server.limits, settings.upstream, settings.identity
    signing_key = settings.label.signing_key
    header = {"authorization": "authorization", "header": identity.header or "", "anonymous": ""}
    return Rules(
        admission=admission,
        limits=Limits(
            depth=limits.depth,
            leaves=limits.leaves,
            messages=limits.messages,
            string_chars=limits.string_chars,
            choices=limits.n,
            tools=limits.tools,
            media=settings.unscreenable,
            stored=settings.stored_context,
        ),
        body_bytes=limits.body_bytes,
        header_bytes=limits.header_bytes,
        event_bytes=limits.event_bytes,
        output_chars=limits.output_chars,
        media_bytes=limits.media_bytes,
        write_s=settings.server.write_s,
        keep_alive_s=settings.server.keep_alive_s,
        producer=settings.label.producer or DEVELOPMENT_PRODUCER,
        explicit=settings.label.explicit,
        files=FileRules(
            pictures=settings.label.pictures,
            sounds=settings.label.sounds,
            unlabelled_pass=settings.label.unlabellable is Media.PASS,
            propagator=settings.label.propagator or "",
        ),
        looked_up=settings.verify.enabled,
        signer=LabelSigner.of(signing_key.get_secret_value()) if signing_key else None,
        waivers=Waivers({w.id: Waiver(**w.model_dump()) for w in settings.label.waivers}),
        api_key=upstream.api_key.get_secret_value() if upstream.api_key else "",
        unknown_fields=settings.unknown_fields,
        ask_ahead=settings.prompt.mode is PromptMode.PARALLEL,
        models=frozenset(upstream.models),
        hosts=frozenset(host.lower() for host in settings.server.hosts),
        pass_authorization=upstream.auth is UpstreamAuth.PASSTHROUGH,
        identity=Identity(
            header=header[identity.source.value].lower(),
            pseudonym=hmac_pseudonym(identity.pepper.get_secret_value().encode())
            if identity.pepper
            else ledger.pseudonym,
            tenant=identity.tenant,
            tenant_header=(identity.tenant_header or "").lower(),
            minor_header=(identity.minor_header or "").lower(),
        ),
    )


def _admin_state(
    metrics: Metrics, packs: PacksInForce, ledger: Ledger, draining: asyncio.Event
) -> AdminState:
    loaded = condition("pack", lambda: packs.loaded, "no pack is loaded")
    writable = condition("ledger", lambda: ledger.healthy, "the ledger does not take records")
    staying = condition("draining", lambda: not draining.is_set(), "shutting down")
    closed = Check("classifiers", lambda: packs.silent(OnFailure.CLOSED))
    open_ = Check("open classifiers", lambda: packs.silent(OnFailure.OPEN), holds_back=False)
    return AdminState(
        metrics,
        startup=(loaded, writable),
        readiness=(loaded, writable, staying, closed, open_),
    )
