"""From YAML to a training frame and an online look-up, on every flight that left New York in 2013.

`make demo` runs this. Each step is shown the way a person would type it, then done: commands are run as commands, and
Python is the body of a function below, printed and then called.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from featurestore import FeatureStore
from featurestore.clock import FixedClock

KEYS = ["carrier", "tailnum", "origin", "dest"]
SCHEDULE = ["carrier", "origin", "distance", "hour", "weekday"]
"""What a model knows without any feature store."""

NEXT = {
    "cd {folder}/my_features": "the repository, with all that was built",
    "$EDITOR carrier.yaml; featurestore plan": "add a window, a filter, a feature, and see what it changes",
    "featurestore explain departure_delay --now 2013-07-07T20:00:00Z": "how a frame is computed, and why so",
    "featurestore online carrier_today:* --entity carrier=UA --now 2013-07-08T00:00:00Z": "an airline as it stood",
}

P = ParamSpec("P")
R = TypeVar("R")
Frames = tuple[pd.DataFrame, pd.DataFrame]
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


# Steps 1 and 2: the repository


def make_the_repository() -> None:
    type_in("featurestore init my_features --template flights")
    type_in("head -23 carrier.yaml", "my_features")
    type_in("featurestore validate", "my_features")


def put_rows_into_hbase() -> None:
    say("Online rows go to a HBase of one node, which ends with the demo.")
    type_in("echo 'online: {type: hbase, port: 19090}' >> featurestore.yaml", "my_features")
    type_in("featurestore hbase up", "my_features")


def put_it_to_work() -> None:
    type_in("featurestore plan", "my_features")
    type_in("featurestore apply", "my_features")
    type_in("featurestore test", "my_features")
    type_in("featurestore materialize --end 2013-07-01T00:00:00Z", "my_features")
    say("Once more: there is nothing to do.")
    type_in("featurestore materialize --end 2013-07-01T00:00:00Z", "my_features")
    say("A week later:")
    type_in("featurestore materialize --end 2013-07-08T00:00:00Z", "my_features")


# Step 3: a training frame, a model, and what leaking would have promised


def departures(start: str, end: str) -> pd.DataFrame:
    flights = pd.read_parquet("my_features/data/flights")
    flights = flights[flights["arr_delay"].notna()]  # the few that never arrived are neither late nor on time
    flights["event_timestamp"] = flights["scheduled_departure"] - pd.Timedelta(hours=2)
    flights["late"] = flights["arr_delay"] > 15
    new_york = flights["scheduled_departure"].dt.tz_convert("America/New_York")
    flights["hour"] = new_york.dt.hour + new_york.dt.minute / 60
    flights["weekday"] = new_york.dt.dayofweek
    first, last = pd.Timestamp(start, tz="UTC"), pd.Timestamp(end, tz="UTC")
    asked = flights["event_timestamp"].between(first, last, inclusive="left")
    names = ["flight_id", *KEYS, "distance", "hour", "weekday", "event_timestamp", "late"]
    return flights.loc[asked, names].sort_values(["event_timestamp", "flight_id"], ignore_index=True)


def get_frames(repository: str) -> Frames:
    store = FeatureStore(repository)
    june = store.get_historical_features(departures("2013-06-01", "2013-07-01"), "departure_delay").to_pandas()
    week = store.get_historical_features(departures("2013-07-01", "2013-07-08"), "departure_delay").to_pandas()
    return june, week


def auc(train: pd.DataFrame, test: pd.DataFrame, columns: list[str]) -> float:
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0)
    model.fit(prepare(train[columns]), train["late"])
    return float(roc_auc_score(test["late"], model.predict_proba(prepare(test[columns]))[:, 1]))


def prepare(frame: pd.DataFrame) -> pd.DataFrame:
    texts = frame.select_dtypes("object").columns
    return frame.astype({name: "category" if name in texts else "float64" for name in frame.columns})


def train_a_model() -> pd.DataFrame:
    say(
        "Will a flight arrive more than 15 minutes late? A model learns from every departure of June, each asked two "
        "hours before it was due, and is judged on the first week of July."
    )
    show_code(departures)
    june, week = run(get_frames, "my_features")
    features = list(june.columns)[len(departures("2013-07-01", "2013-07-01").columns) :]
    say(f"{len(june):,} and {len(week):,} rows with {len(features)} features each.")
    show("the last row", ["flight_id", "event_timestamp", "late", *features[:: len(features) // 7]], week.iloc[-1])

    say("The same, leaking: a flight counts from its schedule on, though nobody knew yet how it would end.")
    leaky_june, leaky_week = get_the_leaky_frames()
    show_code(auc)
    show_code(prepare)
    models = Table("the model sees", "AUC on the first week of July", box=None, pad_edge=False)
    every = [*SCHEDULE, *features]
    models.add_row("the schedule alone", f"{auc(june, week, SCHEDULE):.3f}")
    models.add_row("the schedule and the features", f"[bold]{auc(june, week, every):.3f}[/]")
    models.add_row("leaking: what it promises", f"{auc(leaky_june, leaky_week, every):.3f}")
    models.add_row("leaking: what it does in production", f"{auc(leaky_june, week, every):.3f}")
    console.print()
    console.print(models)
    return week


def get_the_leaky_frames() -> Frames:
    type_in("cp -r my_features leaky_features && rm -r leaky_features/.featurestore")
    type_in("sed -i 's/known_at/scheduled_departure/' *.yaml", "leaky_features")
    type_in("featurestore apply", "leaky_features")
    say("No materialize: what has no tiles yet is computed from the source, within the same query.")
    console.print('\n[dim]>>>[/] [bold]get_frames("leaky_features")[/]')
    return get_frames("leaky_features")


# Step 4: online


def look_up(flight: pd.Series) -> pd.Series:
    store = FeatureStore("my_features", clock=FixedClock(flight["event_timestamp"]))
    keys = {name: flight[name] for name in ("carrier", "tailnum", "origin", "dest")}
    return store.get_online_features("departure_delay", [keys]).to_pandas().iloc[0]


def look_up_each(flights: pd.DataFrame) -> list[float]:
    store = FeatureStore("my_features", clock=FixedClock("2013-07-08T00:00:00Z"))
    seconds = []
    for flight in flights.itertuples(index=False):
        keys = dict(zip(flights.columns, flight, strict=True))
        start = time.perf_counter()
        store.get_online_features("departure_delay", [keys])
        seconds.append(time.perf_counter() - start)
    return seconds


def serve_online(week: pd.DataFrame) -> None:
    flight = week.iloc[-1]
    say(f"{flight['flight_id']}, the last flight of the week. The clock stands two hours before it was due.")
    online = run(look_up, flight)
    both = pd.DataFrame({"online": online, "frame": flight[online.index]}, dtype=object)
    different = list(both.index[(both["online"] != both["frame"]) & both.notna().any(axis=1)])
    show("the flight", list(online.index[:: len(online) // 9]), flight, online)
    if different:
        raise SystemExit(f"online and the training frame differ in {', '.join(different)}")
    say(f"All {len(online)} columns are equal to those of the training row.")
    p50, p99 = np.quantile(run(look_up_each, week[KEYS].tail(1000)), [0.5, 0.99]) * 1000
    say(f"1,000 look-ups of a flight each: p50 {p50:.2f} ms, p99 {p99:.2f} ms.")


# How it is shown


def say(text: str) -> None:
    console.print(f"\n{text}")


def type_in(command: str, folder: str = ".") -> None:
    """Print a command as typed at a prompt in `folder`, and run it there; it must succeed."""
    console.print(f"\n[dim]{'' if folder == '.' else folder}$[/] [bold]{command}[/]")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    ended = subprocess.run(command, shell=True, cwd=folder, env={**os.environ, "PATH": path}, check=False)
    if ended.returncode != 0:
        raise SystemExit(f"`{command}` ended with exit code {ended.returncode}")


def run(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Print a function and call it."""
    show_code(function)
    return function(*arguments, **named)


def show_code(function: Callable[..., object]) -> None:
    code = textwrap.dedent(inspect.getsource(function)).rstrip()
    console.print()
    console.print(Syntax(code, "python", theme="ansi_dark", background_color="default"))


def show(title: str, names: list[str], row: pd.Series, online: pd.Series | None = None) -> None:
    """Print some values of a frame's row, and beside them what is online."""
    table = Table(title, "in the frame", *([] if online is None else ["online"]), box=None, pad_edge=False)
    for name in names:
        table.add_row(name, shown(row[name]), *([] if online is None else [shown(online[name])]))
    console.print()
    console.print(table)


def shown(value: Any) -> str:
    """Numbers in full; pandas makes integers of a column that misses some floats, which is no difference."""
    return f"{value:.17g}" if isinstance(value, (float, np.floating)) else str(value)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    console.print()
    console.rule(f"[bold]{title}", align="left", style="dim")
    start = time.perf_counter()
    yield
    console.print(f"\n[dim]{time.perf_counter() - start:.1f} s[/]")


def main() -> None:
    parser = argparse.ArgumentParser(description="The main job on real flights, step by step.")
    parser.add_argument("--folder", type=Path, default=Path("build/demo"), help="made anew; default: %(default)s")
    parser.add_argument("--hbase", action="store_true", help="keep online rows in a HBase that is started for it")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    threadpool_limits(1)  # scikit-learn's threads wait by spinning: on two busy cores they take 20 times as long
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    start = time.perf_counter()
    with contextlib.chdir(folder), contextlib.ExitStack() as at_the_end:
        with step("1  A repository of features, with real flights"):
            make_the_repository()
            if arguments.hbase:
                at_the_end.callback(FeatureStore("my_features").hbase.down)
                put_rows_into_hbase()
        with step("2  From sources to tiles, and online"):
            put_it_to_work()
        with step("3  A training frame, and a model"):
            week = train_a_model()
        with step("4  Online"):
            serve_online(week)
    console.print(f"\n[dim]{time.perf_counter() - start:.0f} s in all.[/] What to type next:\n")
    for command, why in NEXT.items():
        console.print(f"  [bold]{command.format(folder=folder)}[/]  [dim]# {why}[/]", soft_wrap=True)


if __name__ == "__main__":
    main()
