"""Replays a Dockerfile without an engine: each stage is a folder, each RUN line a shell command.

Knows what our Dockerfile uses, and stops at what it does not know. A base image of Python is a
virtual environment in the stage's folder; absolute paths that a stage has are rewritten into it.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

IGNORED = {"LABEL", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
INSIDE = re.compile(r"(?<![\w./])(/opt/|/var/lib/|/usr/share/|/src/)")


def instructions(dockerfile: Path) -> Iterator[tuple[str, str]]:
    """(INSTRUCTION, the rest), continuation lines joined and comments left out."""
    lines = [line for line in dockerfile.read_text().splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            yield name.upper(), rest.strip()


@dataclass
class Stage:
    root: Path
    workdir: str = "/"
    environ: dict[str, str] = field(default_factory=dict)

    def at(self, path: str) -> Path:
        """Where an absolute or relative path of the image lies."""
        return self.root / (Path(self.workdir) / path).relative_to("/")


class Replay:
    """The stages that one target needs, made one after the other below `folder`."""

    def __init__(self, context: Path, folder: Path) -> None:
        self._context = context
        self._folder = folder
        self.stages: dict[str, Stage] = {}
        self.ran: list[str] = []
        """Every RUN line, as written."""

    def build(self, target: str) -> Stage:
        """Make a target. Raises CalledProcessError where a RUN line fails."""
        needed = self._needed(target)
        stage: Stage | None = None
        for name, rest in instructions(self._context / "Dockerfile"):
            if name == "FROM":
                base, _, label = rest.partition(" AS ")
                stage = self._begin(base, label) if label in needed else None
            elif stage is not None and name != "ARG":
                self._do(stage, name, rest)
        return self.stages[target]

    def _needed(self, target: str) -> set[str]:
        """The target and every stage that it is made of."""
        uses: dict[str, set[str]] = {}
        label = ""
        for name, rest in instructions(self._context / "Dockerfile"):
            if name == "FROM":
                base, _, label = rest.partition(" AS ")
                uses[label] = {base} if base in uses else set()
            elif name == "COPY" and (found := re.match(r"--from=(\S+)", rest)):
                uses[label].add(found[1])
        needed, open_ = set[str](), {target}
        while open_:
            needed |= open_
            open_ = set().union(*(uses[one] for one in open_)) - needed
        return needed

    def _begin(self, base: str, label: str) -> Stage:
        root = self._folder / label
        if base in self.stages:
            before = self.stages[base]
            shutil.copytree(before.root, root, symlinks=True)
            stage = Stage(root, before.workdir, dict(before.environ))
        else:
            assert base == "${PYTHON}", base
            subprocess.run([sys.executable, "-m", "venv", root / "python"], check=True)
            stage = Stage(root)
        self.stages[label] = stage
        return stage

    def _do(self, stage: Stage, name: str, rest: str) -> None:
        if name == "RUN":
            self.ran.append(rest)
            self._run(stage, rest)
        elif name == "COPY":
            self._copy(stage, rest)
        elif name == "WORKDIR":
            stage.workdir = rest
            stage.at(".").mkdir(parents=True, exist_ok=True)
        elif name == "ENV":
            stage.environ |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        else:
            assert name in IGNORED, name

    def _run(self, stage: Stage, line: str) -> None:
        inside = INSIDE.sub(lambda found: f"{stage.root}{found[1]}", line)
        path = f"{stage.root / 'python' / 'bin'}:/usr/bin:/bin"
        stage.at("/opt").mkdir(exist_ok=True)
        stage.at("/var/lib").mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["/bin/sh", "-ec", inside],
            cwd=stage.at("."),
            env={"PATH": path, "HOME": str(stage.root)},
            check=True,
            capture_output=True,
            text=True,
        )

    def _copy(self, stage: Stage, rest: str) -> None:
        *words, to = shlex.split(rest)
        options = [word for word in words if word.startswith("--")]
        source = next((o.removeprefix("--from=") for o in options if o.startswith("--from=")), "")
        for word in words[len(options) :]:
            found = self.stages[source].at(word) if source else self._context / word
            target = stage.at(to) / found.name if to.endswith("/") and found.is_file() else None
            _put(found, target or stage.at(to))


def _put(found: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if found.is_dir():
        shutil.copytree(found, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy(found, target)
