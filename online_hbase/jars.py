"""The jars of HBase and our own few classes, fetched through Maven and compiled once a machine."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from definitions.errors import ConfigurationError

_SOURCES: Final = Path(__file__).parent / "java"
_COPY: Final = (
    "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
    "-DincludeScope=runtime",
    # Log4j 2 answers for SLF4J, as one of two must.
    "-DexcludeArtifactIds=slf4j-reload4j,reload4j",
)
_PROGRAMS: Final = {"java": "openjdk-17-jdk-headless", "javac": "openjdk-17-jdk-headless", "mvn": "maven"}
_OPENED: Final = (
    "java.lang",
    "java.lang.reflect",
    "java.io",
    "java.nio",
    "java.util",
    "java.util.concurrent",
    "sun.nio.ch",
    "jdk.internal.ref",
)
_EXPORTED: Final = (
    "java.base/jdk.internal.misc",
    "java.security.jgss/sun.security.krb5",
    "java.base/sun.net.dns",
    "java.base/sun.net.util",
)
OPTIONS: Final = (
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
    *(f"--add-exports={package}=ALL-UNNAMED" for package in _EXPORTED),
    "-XX:+UseSerialGC",
)
"""What Java 17 needs to be told to run HBase 2.6 on a few cores."""
QUICK_TO_START: Final = ("-XX:TieredStopAtLevel=1",)
"""Half the time of a start, and reads of more than twice the time for ever."""


def _cache_folder() -> Path:
    """Where jars are kept: `featurestore` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "featurestore"


def prepare_class_path() -> str:
    """The class path of HBase and our classes. What is missing is fetched (120 MB, about a minute) and compiled.

    Raises:
        ConfigurationError: Java or Maven is missing, or Maven cannot fetch; names the packages.
    """
    _require_programs()
    root = _cache_folder()
    root.mkdir(parents=True, exist_ok=True)
    pom, sources = _SOURCES / "pom.xml", sorted(_SOURCES.glob("*.java"))
    jars = root / f"hbase-jars-{_digest([pom])}"
    classes = root / f"hbase-classes-{_digest([pom, *sources])}"
    with _one_at_a_time(root / "hbase.lock"):
        if not jars.exists():
            _make(jars, lambda folder: ["mvn", "-q", "-B", "-f", str(pom), *_COPY, f"-DoutputDirectory={folder}"])
        if not classes.exists():
            names = [str(source) for source in sources]
            _make(classes, lambda folder: ["javac", "-nowarn", "-cp", f"{jars}/*", "-d", str(folder), *names])
    return f"{classes}:{jars}/*"


def _require_programs() -> None:
    """Raises:
    ConfigurationError: some program that HBase needs here is missing; names the packages that have it.
    """
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing:
        packages = " ".join(dict.fromkeys(_PROGRAMS[name] for name in missing))
        raise ConfigurationError(
            f"{' and '.join(missing)} cannot be found, which a local HBase needs; run: sudo apt-get install {packages}"
        )


def _make(target: Path, command_into: Callable[[Path], list[str]]) -> None:
    """Run what fills a folder; the folder is there when it is whole."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"{target.name}.") as name:
        folder = Path(name) / "made"
        folder.mkdir()
        command = command_into(folder)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stdout + done.stderr).strip().splitlines()
            shown = "\n".join(said[:5]) or f"exit code {done.returncode}"
            raise ConfigurationError(f"{command[0]} could not make {target.name}:\n{shown}")
        folder.rename(target)


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
