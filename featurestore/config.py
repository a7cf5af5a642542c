"""`featurestore.yaml`: where a repository's registry, tiles and online rows are, per environment."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from builders.figures import is_size, parse_size
from definitions.durations import MICROSECONDS, is_duration, parse_duration
from definitions.errors import ConfigurationError
from featurestore.finding_kinds import FINDING_KINDS
from featurestore.masked_url import mask_url
from featurestore.settings import NAME, NAME_RULE, Setting, Shape, nearest, read_settings

EngineType = Literal["duckdb", "spark"]

FILE_NAME: Final = "featurestore.yaml"
ENVIRONMENT_VARIABLE: Final = "FEATURESTORE_ENVIRONMENT"
DEFAULT_ENVIRONMENT: Final = "default"
"""The environment when none is named; its state is in `.featurestore/` itself."""

_OF_AN_ENVIRONMENT: Final[Shape] = {
    "registry": None,
    "offline": {"path": None},
    "online": {
        "type": None,
        "path": None,
        "host": None,
        "port": None,
        "table_prefix": None,
        "connections": None,
        "timeout": None,
        "zookeeper": None,
        "staging": None,
    },
    "engine": {
        "type": None,
        "memory_limit": None,
        "threads": None,
        "temp_directory": None,
        "spark_above": None,
        "timeout": None,
    },
    "spark": {"master": None, "spark.*": None},
    "usage": {"flush": None, "quiet": None},
    "notifications": {"webhook": None, "kinds": "list"},
    "skew": {"sample": None},
}
_SHAPE: Final[Shape] = {"project": None, **_OF_AN_ENVIRONMENT, "environments": {"*": _OF_AN_ENVIRONMENT}}
_SERVER: Final = tuple(
    f"online.{name}" for name in ("type", "host", "port", "connections", "timeout", "zookeeper", "staging")
)
_INHERITED: Final = ("project", *_SERVER, "engine.", "spark.", "usage.", "skew.")
"""What an environment takes from the file's top; state is never inherited, or two environments would share it. Neither
is whom it tells what it finds, or a trial would be told to those who watch over what counts."""

_MEMORY: Final = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?B|%)", re.IGNORECASE)
_SHARE: Final = re.compile(r"([0-9]+(\.[0-9]*)?|\.[0-9]+)(e-?[0-9]+)?", re.IGNORECASE)
_TABLE_PREFIX: Final = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,99}")
_SQLITE: Final = "sqlite:///"
_RESERVED: Final = (DEFAULT_ENVIRONMENT, "offline")
"""Names that an environment cannot have, because its folder would be another one's."""


@dataclass(frozen=True, slots=True)
class OfflineConfiguration:
    """The folder that holds the segments."""

    path: Path


@dataclass(frozen=True, slots=True)
class OnlineConfiguration:
    """The online store.

    `type` is `sqlite`, `path` its file; or `hbase`, behind the Thrift server at `host` and `port`, in a table whose
    name begins with `table_prefix`: at most `connections` at a time, and `timeout` seconds for each call. `zookeeper`
    is the address, such as `one,two:2181`, by which commands find a HBase that `featurestore hbase up` did not start,
    and `staging` the URL of a folder that its region servers see, through which large loads go.
    """

    type: str
    path: Path
    host: str = "127.0.0.1"
    port: int = 9090
    table_prefix: str = ""
    connections: int = 16
    timeout: float = 10.0
    zookeeper: str | None = None
    staging: str | None = None


@dataclass(frozen=True, slots=True)
class EngineConfiguration:
    """The engine: `type` is `duckdb`, `spark`, or `auto`, which is Spark if some source's files have
    `spark_above` bytes or more; None leaves the engine's own choice. What takes longer than `timeout` seconds is
    cancelled.

    DuckDB: `memory_limit` is a size such as `4GB`, `threads` a number, `temp_directory` where it spills.
    Spark: its `master`, and in `spark` any configuration by name.
    """

    type: str
    memory_limit: str | None
    threads: int | None
    temp_directory: Path | None
    spark_above: int | None = None
    timeout: float | None = None
    master: str | None = None
    spark: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class UsageConfiguration:
    """Uses that were counted are added to the registry every `flush` seconds; what nobody looked up for `quiet` seconds
    may be retired."""

    flush: float = 10.0
    quiet: float = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class NotificationConfiguration:
    """Whom findings are told: `webhook` is an http or https URL, any part of which may be a secret; `kinds` are those
    that it is told, None means all."""

    webhook: str | None = field(default=None, repr=False)
    kinds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class SkewConfiguration:
    """The share of look-ups, 0 to 1, that is kept to be recomputed."""

    sample: float = 0.001


@dataclass(frozen=True, slots=True, repr=False)
class Configuration:
    """What `featurestore.yaml` says for one environment; all paths are absolute.

    `registry` is a SQLAlchemy URL with its password; show `masked_registry` instead, as `repr` does.
    """

    root: Path
    environment: str
    project: str
    registry: str
    offline: OfflineConfiguration
    online: OnlineConfiguration
    engine: EngineConfiguration
    usage: UsageConfiguration = UsageConfiguration()
    notifications: NotificationConfiguration = NotificationConfiguration()
    skew: SkewConfiguration = SkewConfiguration()

    def on_engine(self, engine: EngineType) -> Configuration:
        """The same, computed on another engine."""
        return replace(self, engine=replace(self.engine, type=engine))

    def with_spark_defaults(self, settings: Mapping[str, str]) -> Configuration:
        """The same, with configuration of Spark where it has none of that name."""
        return replace(self, engine=replace(self.engine, spark={**settings, **self.engine.spark}))

    @property
    def masked_registry(self) -> str:
        """The registry's URL without its secrets."""
        return mask_url(self.registry)

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in ("root", "environment", "project"))
        parts = (f"{name}={getattr(self, name)!r}" for name in ("offline", "online", "engine"))
        return f"Configuration({', '.join(shown)}, registry={self.masked_registry!r}, {', '.join(parts)})"


def load_configuration(root: Path, environment: str | None = None) -> Configuration:
    """Read `featurestore.yaml` in the folder `root` for one environment.

    The environment is the one that is named, else that of `FEATURESTORE_ENVIRONMENT`, else `default`. Its registry,
    tiles and online rows are its own: what it does not place itself is under `.featurestore/<environment>/`; the engine
    is the file's unless it says otherwise. `${NAME}` is read from the process environment, in the values that this
    environment uses only.

    Raises:
        ConfigurationError: the file is missing or malformed, a key is unknown, a value is of the wrong kind, a variable
            is not set, or there is no such environment; all problems that were found, each with file and line.
    """
    root = root.resolve()
    file = root / FILE_NAME
    settings = read_settings(file, _SHAPE)
    environment = environment or os.environ.get(ENVIRONMENT_VARIABLE) or DEFAULT_ENVIRONMENT
    prefix = ".featurestore" if environment == DEFAULT_ENVIRONMENT else f".featurestore/{environment}"
    values = _Values(file, root, _of_environment(file, settings, environment))
    project = values.project()
    configuration = Configuration(
        root=root,
        environment=environment,
        project=project,
        registry=values.registry(f"{_SQLITE}{prefix}/registry.db"),
        offline=OfflineConfiguration(path=values.path("offline.path") or root / prefix / "offline"),
        online=OnlineConfiguration(
            type=values.choice("online.type", "sqlite", "hbase"),
            path=values.path("online.path") or root / prefix / "online.db",
            host=values.text("online.host") or "127.0.0.1",
            port=values.port("online.port") or 9090,
            # Names have no dot, so that no two stores share a table.
            table_prefix=values.table_prefix("online.table_prefix")
            or (project if environment == DEFAULT_ENVIRONMENT else f"{project}.{environment}"),
            connections=values.count("online.connections") or 16,
            timeout=values.seconds("online.timeout") or 10.0,
            zookeeper=values.text("online.zookeeper"),
            staging=values.text("online.staging"),
        ),
        engine=EngineConfiguration(
            type=values.choice("engine.type", "duckdb", "spark", "auto"),
            memory_limit=values.memory("engine.memory_limit"),
            threads=values.count("engine.threads"),
            temp_directory=values.path("engine.temp_directory"),
            spark_above=values.size("engine.spark_above"),
            timeout=values.seconds("engine.timeout"),
            master=values.text("spark.master"),
            spark=values.texts("spark.spark."),
        ),
        usage=UsageConfiguration(
            flush=values.seconds("usage.flush") or UsageConfiguration().flush,
            quiet=values.seconds("usage.quiet") or UsageConfiguration().quiet,
        ),
        notifications=NotificationConfiguration(
            webhook=values.webhook("notifications.webhook"), kinds=values.some_of("notifications.kinds", FINDING_KINDS)
        ),
        skew=SkewConfiguration(values.share("skew.sample", SkewConfiguration().sample)),
    )
    if values.problems:
        raise ConfigurationError("\n".join(values.problems))
    return configuration


def _of_environment(file: Path, settings: Mapping[str, Setting], environment: str) -> dict[str, Setting]:
    """The settings that hold in one environment, as if they stood at the file's top."""
    declared = {
        name.split(".")[1]: setting
        for name, setting in settings.items()
        if name.startswith("environments.") and name.count(".") == 1
    }
    for name, setting in declared.items():
        if name in _RESERVED:
            raise ConfigurationError(f"{setting}: an environment cannot be called {name!r}; its folder is taken")
    if environment == DEFAULT_ENVIRONMENT:
        return {name: setting for name, setting in settings.items() if not name.startswith("environments")}
    if environment not in declared:
        known = (DEFAULT_ENVIRONMENT, *declared)
        raise ConfigurationError(
            f"{file}: there is no environment {environment!r}{nearest(environment, known)}; there are "
            f"{', '.join(known)}; declare another under environments, such as `{environment}: {{}}`"
        )
    own = f"environments.{environment}."
    return {name: setting for name, setting in settings.items() if name.startswith(_INHERITED)} | {
        name.removeprefix(own): setting for name, setting in settings.items() if name.startswith(own)
    }


def _is_webhook(text: str) -> bool:
    if not (text.isascii() and text.isprintable()) or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        # A port that is no number, or an address in brackets that is none.
        return False


def _is_share(text: str) -> bool:
    return _SHARE.fullmatch(text) is not None and float(text) <= 1


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 1 << 16


class _Values:
    """Reads one environment's settings as values, collecting what is wrong with them.

    Messages quote a value as it was written, so that what came from the process environment stays out of them.
    """

    def __init__(self, file: Path, root: Path, settings: Mapping[str, Setting]) -> None:
        self.problems: list[str] = []
        self._file = file
        self._root = root
        self._settings = settings

    def project(self) -> str:
        if "project" not in self._settings:
            self.problems.append(f"{self._file}:1: there is no project; give it a name, such as `project: my_features`")
            return ""
        return self._value("project", NAME.fullmatch, f"a name; {NAME_RULE}") or ""

    def registry(self, default: str) -> str:
        shown = "a SQLAlchemy URL, such as sqlite:///registry.db"
        url = self._value("registry", lambda text: "://" in text, shown, quoted=False) or default
        if url.startswith(_SQLITE):
            return f"{_SQLITE}{self._absolute(url.removeprefix(_SQLITE))}"
        return url

    def path(self, name: str) -> Path | None:
        text = self._value(name, bool, "a path")
        return None if text is None else self._absolute(text)

    def choice(self, name: str, *choices: str) -> str:
        return self._value(name, choices.__contains__, f"one of {', '.join(choices)}") or choices[0]

    def text(self, name: str) -> str | None:
        return self._value(name, bool, "a text")

    def texts(self, prefix: str) -> dict[str, str]:
        """All settings whose names begin so; Spark's own begin with `spark.`, below our section of that name."""
        found = {name.removeprefix("spark."): self.text(name) for name in self._settings if name.startswith(prefix)}
        return {name: value for name, value in found.items() if value is not None}

    def webhook(self, name: str) -> str | None:
        return self._value(name, _is_webhook, "an http or https URL, such as https://example.com/hook", quoted=False)

    def some_of(self, name: str, choices: Sequence[str]) -> frozenset[str] | None:
        """The items of a list, each one of `choices`; None if there is no list."""
        if name not in self._settings:
            return None
        items = [item for item in self._settings if item.startswith(f"{name}.")]
        expected = f"one of {', '.join(choices)}"
        return frozenset(filter(None, (self._value(item, choices.__contains__, expected) for item in items)))

    def port(self, name: str) -> int | None:
        text = self._value(name, _is_port, "a port, 1 to 65535")
        return None if text is None else int(text)

    def table_prefix(self, name: str) -> str | None:
        return self._value(name, _TABLE_PREFIX.fullmatch, "letters, digits, _, - and .; the first a letter, digit or _")

    def memory(self, name: str) -> str | None:
        return self._value(name, _MEMORY.fullmatch, "a size such as 4GB or 512MiB")

    def seconds(self, name: str) -> float | None:
        """A span of time in seconds."""
        text = self._value(name, is_duration, "a span such as 90s, 30m or 2h")
        return None if text is None else parse_duration(text).microseconds / MICROSECONDS["s"]

    def share(self, name: str, default: float) -> float:
        text = self._value(name, _is_share, "a share such as 0.001, 0 to 1")
        return default if text is None else float(text)

    def size(self, name: str) -> int | None:
        """A size in bytes."""
        text = self._value(name, is_size, "a size such as 500MB or 1.5 TB")
        return None if text is None else parse_size(text)

    def count(self, name: str) -> int | None:
        text = self._value(
            name, lambda text: text.isascii() and text.isdigit() and int(text) > 0, "a whole number, 1 or more"
        )
        return None if text is None else int(text)

    def _absolute(self, text: str) -> Path:
        return (self._root / Path(text).expanduser()).resolve()

    def _value(self, name: str, fits: Callable[[str], object], expected: str, quoted: bool = True) -> str | None:
        """The value of a setting; None where there is none, or none that fits."""
        if name not in self._settings:
            return None
        setting = self._settings[name]
        try:
            text = setting.expanded()
        except ConfigurationError as error:
            self.problems.append(str(error))
            return None
        if fits(text):
            return text
        what = f"{setting.text!r} is not" if quoted else "this is not"
        self.problems.append(f"{setting}: {name}: {what} {expected}")
        return None
