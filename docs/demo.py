"""From YAML to a training frame and an online look-up, on every flight that left New York in 2013.

`make demo` runs this: each step is shown the way a person would type it, then done. Commands are run as commands;
Python is the body of a function below, printed and then called.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import os
import shlex
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np
import pandas as pd
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from featurestore import FeatureStore
from featurestore.clock import FixedClock

JUNE, JULY, A_WEEK_LATER = "2013-06-01T00:00:00Z", "2013-07-01T00:00:00Z", "2013-07-08T00:00:00Z"
SCHEDULE = ["hour", "weekday", "carrier", "origin", "distance"]
"""What a model knows without any feature store."""

P = ParamSpec("P")
R = TypeVar("R")
console = Console(highlight=False)


# 1 and 2: the repository


def make_the_repository() -> None:
    type_in("featurestore init my_features --template flights")
    type_in("featurestore validate", "my_features")


def put_it_to_work() -> None:
    type_in("featurestore plan", "my_features")
    type_in("featurestore apply", "my_features")
    type_in("featurestore test", "my_features")
    type_in(f"featurestore materialize --until {JULY}", "my_features")
    say("Once more: there is nothing to do.")
    type_in(f"featurestore materialize --until {JULY}", "my_features")
    say("A week later: the new week only, and what it changes online.")
    type_in(f"featurestore materialize --until {A_WEEK_LATER}", "my_features")


# 3: a training frame, a model, and what leaking would have promised


def departures(start: str, end: str) -> pd.DataFrame:
    flights = pd.read_parquet("my_features/data/flights")
    due = flights["scheduled_departure"].between(pd.Timestamp(start), pd.Timestamp(end), inclusive="left")
    flights = flights[due & flights["arr_delay"].notna()].sort_values(["scheduled_departure", "flight_id"])
    new_york = flights["scheduled_departure"].dt.tz_convert("America/New_York")
    flights["hour"] = new_york.dt.hour + new_york.dt.minute / 60
    flights["weekday"] = new_york.dt.dayofweek
    flights["event_timestamp"] = flights["scheduled_departure"] - pd.Timedelta(hours=2)
    flights["late"] = flights["arr_delay"] > 15
    return flights[["flight_id", "tailnum", "dest", *SCHEDULE, "event_timestamp", "late"]]


def get_the_frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    store = FeatureStore("my_features")
    june = store.get_historical_features(departures(JUNE, JULY), "departure_delay").to_pandas()
    week = store.get_historical_features(departures(JULY, A_WEEK_LATER), "departure_delay").to_pandas()
    return june, week


def auc(train: pd.DataFrame, test: pd.DataFrame, columns: list[str]) -> float:
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0)
    model.fit(as_numbers(train[columns]), train["late"])
    return float(roc_auc_score(test["late"], model.predict_proba(as_numbers(test[columns]))[:, 1]))


def as_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    texts = frame.select_dtypes(include=["object", "string"]).columns
    return frame.astype({name: "category" if name in texts else "float64" for name in frame.columns})


def leak() -> tuple[pd.DataFrame, pd.DataFrame]:
    leaky = FeatureStore("leaky_features")
    june = leaky.get_historical_features(departures(JUNE, JULY), "departure_delay").to_pandas()
    week = leaky.get_historical_features(departures(JULY, A_WEEK_LATER), "departure_delay").to_pandas()
    return june, week


def train_and_compare() -> pd.DataFrame:
    say("Every departure of June, asked two hours before it was due: will it arrive more than 15 minutes late?")
    say("The model learns from June and is judged on the first week of July. Flights that never arrived are left out.")
    show_code(departures)
    june, week = run(get_the_frames)
    features = [name for name in june.columns if name not in departures(JUNE, JUNE).columns]
    say(f"{len(june):,} and {len(week):,} rows, {len(features)} features each; some of them:")
    show_rows(week[["flight_id", "event_timestamp", "late", *features[:: len(features) // 5][:5]]].tail(3))

    say("The same with a leak: a flight counts from when it was *scheduled*, though nobody knew how it would end.")
    leaky_june, leaky_week = get_the_leaky_frames()
    show_code(auc)
    table = Table("what the model sees", "AUC on the week of July", box=None, pad_edge=False)
    with_features = [*SCHEDULE, *features]
    table.add_row("the schedule alone", f"{auc(june, week, SCHEDULE):.3f}")
    table.add_row("the schedule and the features", f"{auc(june, week, with_features):.3f}")
    table.add_row("what the leak would have promised", f"{auc(leaky_june, leaky_week, with_features):.3f}")
    table.add_row("what the leaky model then does in service", f"{auc(leaky_june, week, with_features):.3f}")
    console.print(table)
    return week


def get_the_leaky_frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    type_in("cp -r my_features leaky_features && rm -r leaky_features/.featurestore")
    type_in("sed -i -E 's/known_at|departed_at/scheduled_departure/' *.yaml", "leaky_features")
    type_in("featurestore apply", "leaky_features")
    return run(leak)


# 4: online


def look_up_the_last_flight(week: pd.DataFrame) -> None:
    say("The last flight of that week, two hours before it was due: the clock stands there, not at today.")
    flight = week.iloc[-1]
    store, online = run(look_up, flight)
    names = [name for name in online if name in week.columns]
    table = Table("feature", "online", "in the training frame", box=None, pad_edge=False)
    for name in names[:: len(names) // 6]:
        table.add_row(name, str(online[name][0]), str(flight[name]))
    console.print(table)
    different = [name for name in names if not same(online[name][0], flight[name])]
    if different:
        raise SystemExit(f"online and training differ in {', '.join(different)}")
    say(f"All {len(names)} columns are equal to those of the training row, to the bit.")
    seconds = np.array(run(look_up_often, store, week))
    p50, p99 = np.quantile(seconds, [0.5, 0.99]) * 1000
    say(f"{len(seconds):,} look-ups of one flight each: p50 {p50:.2f} ms, p99 {p99:.2f} ms.")


def look_up(flight: pd.Series) -> tuple[FeatureStore, dict[str, list[object]]]:
    store = FeatureStore("my_features", clock=FixedClock(flight["event_timestamp"]))
    keys = flight[["carrier", "tailnum", "origin", "dest"]].to_dict()
    online = store.get_online_features("departure_delay", [keys]).to_dict()
    return store, online


def look_up_often(store: FeatureStore, week: pd.DataFrame) -> list[float]:
    flights = week[["carrier", "tailnum", "origin", "dest"]].tail(1000).to_dict("records")
    seconds = []
    for flight in flights:
        start = time.perf_counter()
        store.get_online_features("departure_delay", [flight])
        seconds.append(time.perf_counter() - start)
    return seconds


def same(one: object, other: object) -> bool:
    return bool(one == other or (pd.isna(one) and pd.isna(other)))


# How it is shown


def say(text: str) -> None:
    console.print(f"\n{text}")


def type_in(command: str, folder: str = ".") -> None:
    """Print a command as typed at a prompt in `folder`, and run it there; it must succeed."""
    console.print(f"\n[dim]{'' if folder == '.' else folder + ' '}$[/] [bold]{command}[/]")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(command, shell=True, cwd=folder, env={**os.environ, "PATH": path}, check=False)
    if done.returncode != 0:
        raise SystemExit(f"`{command}` ended with exit code {done.returncode}")


def run(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    show_code(function)
    return function(*arguments, **named)


def show_code(function: Callable[..., object]) -> None:
    """Print what a function does, without its `return`; a helper with a result keeps its first line too."""
    source = inspect.getsource(function)
    console.print(Syntax(source.rstrip(), "python", theme="ansi_dark", background_color="default"))


def show_rows(frame: pd.DataFrame) -> None:
    table = Table(*frame.columns, box=None, pad_edge=False)
    for row in frame.itertuples(index=False):
        table.add_row(*(f"{value:.2f}" if isinstance(value, float) else str(value) for value in row))
    console.print(table)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    console.rule(f"[bold]{title}", align="left")
    start = time.perf_counter()
    yield
    console.print(f"\n[dim]took {time.perf_counter() - start:.1f} s[/]\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/demo"), help="made anew; default: %(default)s")
    folder: Path = parser.parse_args().folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with contextlib.chdir(folder):
        with step("1  A repository of features, on real flights"):
            make_the_repository()
        with step("2  Plan, apply, materialize"):
            put_it_to_work()
        with step("3  A training frame, and a model"):
            week = train_and_compare()
        with step("4  Online"):
            look_up_the_last_flight(week)
    say("What to type next:")
    console.print(f"  cd {shlex.quote(str(folder / 'my_features'))}")
    console.print("  featurestore explain departure_delay      # how the frame is computed, and why so")
    console.print("  $EDITOR carrier.yaml                      # add a window, a filter, a feature")
    console.print("  featurestore plan                         # and see what it would change")


if __name__ == "__main__":
    main()
