"""featurestore.yaml: defaults, environments that share nothing, secrets that stay secret, errors with their line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from definitions.errors import ConfigurationError
from featurestore.config import load_configuration
from featurestore.masked_url import mask_url


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FEATURESTORE_ENVIRONMENT", raising=False)


def write(root: Path, text: str) -> Path:
    (root / "featurestore.yaml").write_text(text)
    return root


def refused(root: Path, text: str, environment: str | None = None) -> str:
    with pytest.raises(ConfigurationError) as error:
        load_configuration(write(root, text), environment)
    return str(error.value)


def test_a_name_is_all_that_is_needed(tmp_path: Path) -> None:
    configuration = load_configuration(write(tmp_path, "project: flights\n"))
    state = tmp_path.resolve() / ".featurestore"
    assert configuration.environment == "default"
    assert configuration.project == "flights"
    assert configuration.registry == f"sqlite:///{state}/registry.db"
    assert configuration.offline.path == state / "offline"
    assert (configuration.online.type, configuration.online.path) == ("sqlite", state / "online.db")
    engine = configuration.engine
    assert (engine.type, engine.memory_limit, engine.threads, engine.temp_directory) == ("duckdb", None, None, None)


def test_paths_are_relative_to_the_repository_wherever_it_is_opened_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
        project: flights
        registry: sqlite:///state/r.db
        offline: {path: tiles}
        online: {path: /somewhere/else.db}
        engine: {memory_limit: 4GB, threads: 2, temp_directory: spill}
    """
    write(tmp_path, text)
    monkeypatch.chdir(tmp_path.parent)
    configuration = load_configuration(Path(tmp_path.name))
    assert configuration.registry == f"sqlite:///{tmp_path.resolve()}/state/r.db"
    assert configuration.offline.path == tmp_path.resolve() / "tiles"
    assert configuration.online.path == Path("/somewhere/else.db")
    assert configuration.engine.temp_directory == tmp_path.resolve() / "spill"
    assert (configuration.engine.memory_limit, configuration.engine.threads) == ("4GB", 2)


TWO_ENVIRONMENTS = """
project: flights
registry: sqlite:///own.db
offline: {path: own}
online: {path: own.db}
engine: {memory_limit: 1GB, threads: 2}
environments:
  dev: {}
  prod:
    registry: postgresql://server/features
    engine: {threads: 8}
"""


def test_an_environment_shares_the_engine_but_never_the_state(tmp_path: Path) -> None:
    write(tmp_path, TWO_ENVIRONMENTS)
    default, dev, prod = (load_configuration(tmp_path, name) for name in (None, "dev", "prod"))
    assert dev.registry == f"sqlite:///{tmp_path.resolve()}/.featurestore/dev/registry.db"
    assert prod.registry == "postgresql://server/features"
    assert prod.offline.path == tmp_path.resolve() / ".featurestore/prod/offline"
    for one in ("registry", "offline", "online"):
        assert len({str(getattr(each, one)) for each in (default, dev, prod)}) == 3, one
    assert [each.engine.threads for each in (default, dev, prod)] == [2, 2, 8]
    assert {each.engine.memory_limit for each in (default, dev, prod)} == {"1GB"}


def test_the_environment_comes_from_the_argument_then_from_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, TWO_ENVIRONMENTS)
    monkeypatch.setenv("FEATURESTORE_ENVIRONMENT", "prod")
    assert load_configuration(tmp_path).environment == "prod"
    assert load_configuration(tmp_path, "dev").environment == "dev"
    assert load_configuration(tmp_path, "default").environment == "default"


def test_a_misspelt_environment_is_refused_and_makes_nothing(tmp_path: Path) -> None:
    message = refused(tmp_path, TWO_ENVIRONMENTS, "pord")
    assert "did you mean 'prod'?" in message
    assert "default, dev, prod" in message
    assert [path.name for path in tmp_path.iterdir()] == ["featurestore.yaml"]


@pytest.mark.parametrize("name", ["default", "offline", "../up", "Prod", "a b", "a.b"])
def test_an_environment_needs_a_name_that_can_be_a_folder_of_its_own(tmp_path: Path, name: str) -> None:
    message = refused(tmp_path, f"project: p\nenvironments: {{'{name}': {{}}}}\n")
    assert "featurestore.yaml:2: " in message and "called" in message and name in message


def test_variables_are_read_where_they_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "project: flights\nenvironments:\n  prod:\n    registry: postgresql://me:${SECRET}@${HOST}/features\n"
    write(tmp_path, text)
    assert load_configuration(tmp_path).environment == "default"
    monkeypatch.setenv("HOST", "server")
    assert refused(tmp_path, text, "prod").endswith(
        "featurestore.yaml:4: the environment variable SECRET is not set; set it and run this again"
    )
    monkeypatch.setenv("SECRET", "hunter2")
    configuration = load_configuration(tmp_path, "prod")
    assert configuration.registry == "postgresql://me:hunter2@server/features"
    assert "hunter2" not in repr(configuration) + str(configuration)
    assert "postgresql://me:***@server/features" in repr(configuration)


def test_what_came_from_a_variable_is_not_in_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    message = refused(
        tmp_path, "project: p\nregistry: ${SECRET}\nengine:\n  threads: ${SECRET}\n  memory_limit: ${SECRET}\n"
    )
    assert "hunter2" not in message
    assert "featurestore.yaml:2: registry: this is not a SQLAlchemy URL" in message
    assert "featurestore.yaml:4: engine.threads: '${SECRET}' is not a whole number, 1 or more" in message


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@server/features",
        "postgresql://me:hun/ter2@hunter2@server/features",
        "postgresql://server/features?user=me&password=hunter2",
        "postgresql://server/features?password=hun@hunter2",
        "postgresql+psycopg://:hunter2@server",
    ],
)
def test_no_spelling_of_a_url_shows_its_password(url: str) -> None:
    assert "hunter2" not in mask_url(url)
    assert "server" in mask_url(url) or "?" in url


def test_a_url_without_a_password_is_shown_as_it_is() -> None:
    assert mask_url("sqlite:////a/b.db") == "sqlite:////a/b.db"
    assert mask_url("postgresql://me@server:5432/f") == "postgresql://me@server:5432/f"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("project: p\nregistri: x\n", "featurestore.yaml:2: unknown key 'registri'; did you mean 'registry'?"),
        ("project: p\nonline:\n  paht: x\n", "featurestore.yaml:3: unknown key 'online.paht'; did you mean 'path'?"),
        ("project: p\nenvironments:\n  prod: {project: q}\n", ":3: unknown key 'environments.prod.project'"),
        ("project: p\nproject: q\n", "featurestore.yaml:2: project is given twice"),
        ("project: p\noffline: tiles\n", "featurestore.yaml:2: offline must be a section of keys; it may have path"),
        ("project: p\nregistry: [a]\n", "featurestore.yaml:2: registry must be one value"),
        ("project: p\nregistry:\n", "featurestore.yaml:2: registry must be one value"),
        ("project: p\nonline: {type: redis}\n", "featurestore.yaml:2: online.type: 'redis' is not one of sqlite"),
        ("project: p\nengine: {threads: 0}\n", "featurestore.yaml:2: engine.threads: '0' is not a whole number"),
        ("project: p\nengine: {memory_limit: much}\n", "engine.memory_limit: 'much' is not a size such as 4GB"),
        ("project: My Flights\n", "featurestore.yaml:1: project: 'My Flights' is not a name"),
        ("offline: {path: x}\n", "there is no project"),
        ("", "there is no project"),
        ("- a\n", "featurestore.yaml:1: the file must be a section of keys"),
        ("project: [\n", "featurestore.yaml:2: this is no YAML"),
        ("project: a\n---\nproject: b\n", "this is no YAML"),
        ("project: \x00\n", "this is no YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refused(tmp_path, text)


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    assert len(refused(tmp_path, "projekt: p\nonlin: {}\nengin: {}\n").splitlines()) == 3


def test_a_folder_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="featurestore init"):
        load_configuration(tmp_path)


def test_loading_a_configuration_loads_nothing_heavy(tmp_path: Path) -> None:
    write(tmp_path, "project: flights\n")
    script = (
        "import sys; from pathlib import Path; from featurestore.config import load_configuration;"
        "load_configuration(Path(sys.argv[1]));"
        "print([name for name in ('pydantic', 'sqlalchemy', 'pandas', 'duckdb', 'sqlglot') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_an_engine_is_named_alone_or_with_its_settings_and_spark_takes_any_of_its_own(tmp_path: Path) -> None:
    text = """
        project: flights
        engine: spark
        spark: {master: "local[2]", spark.driver.memory: 2g, spark.sql.shuffle.partitions: 64}
        environments:
          small: {engine: duckdb}
          wide: {spark: {spark.sql.shuffle.partitions: 400}}
    """
    write(tmp_path, text)
    default, small, wide = (load_configuration(tmp_path, name).engine for name in (None, "small", "wide"))
    assert (default.type, small.type, wide.type) == ("spark", "duckdb", "spark")
    assert default.master == wide.master == "local[2]"
    assert default.spark == {"spark.driver.memory": "2g", "spark.sql.shuffle.partitions": "64"}
    assert wide.spark == {"spark.driver.memory": "2g", "spark.sql.shuffle.partitions": "400"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("engine: sparks", "'sparks' is not one of duckdb, spark"),
        ("spark: {sql.shuffle.partitions: 4}", "unknown key 'spark.sql.shuffle.partitions'"),
        ("spark: {spark.driver.memory: }", "must be one value"),
    ],
)
def test_what_is_no_engine_and_no_setting_of_spark_is_named(tmp_path: Path, line: str, said: str) -> None:
    message = refused(tmp_path, f"project: flights\n{line}\n")
    assert said in message
    assert "featurestore.yaml:2" in message


def test_an_engine_may_have_a_limit_of_time(tmp_path: Path) -> None:
    assert load_configuration(write(tmp_path, "project: flights\nengine: {timeout: 30m}\n")).engine.timeout == 1800.0
    assert "a span such as 90s, 30m or 2h" in refused(tmp_path, "project: flights\nengine: {timeout: soon}\n")


def test_how_often_uses_are_added_and_how_long_nobody_uses_what_may_be_retired(tmp_path: Path) -> None:
    usage = load_configuration(write(tmp_path, "project: flights\n")).usage
    assert (usage.flush, usage.quiet) == (10.0, 30 * 86_400.0)
    text = "project: flights\nusage: {flush: 1m, quiet: 90d}\nenvironments: {prod: {usage: {quiet: 60d}}}\n"
    usage = load_configuration(write(tmp_path, text), "prod").usage
    assert (usage.flush, usage.quiet) == (60.0, 60 * 86_400.0)
    assert "usage.quiet: 'soon' is not a span" in refused(tmp_path, "project: flights\nusage: {quiet: soon}\n")


def test_which_share_of_look_ups_is_kept_may_be_any_and_none(tmp_path: Path) -> None:
    assert load_configuration(write(tmp_path, "project: flights\n")).skew.sample == 0.001
    for text, share in (("0", 0.0), ("1", 1.0), ("0.05", 0.05), (".5", 0.5), ("1e-4", 0.0001)):
        assert load_configuration(write(tmp_path, f"project: flights\nskew: {{sample: {text}}}\n")).skew.sample == share
    text = "project: flights\nskew: {sample: 0.1}\nenvironments: {prod: {}, dev: {skew: {sample: 1}}}\n"
    found = [load_configuration(write(tmp_path, text), name).skew.sample for name in ("prod", "dev")]
    assert found == [0.1, 1.0]
    for text in ("2", "-1", "some", "nan", "1/2", "."):
        said = refused(tmp_path, f"project: flights\nskew: {{sample: {text}}}\n")
        assert f"skew.sample: '{text}' is not a share such as 0.001, 0 to 1" in said
