"""The feature store: its verbs, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from definitions.errors import ConfigurationError, RequestError
from featurestore.clock import Clock, SystemClock
from featurestore.config import Configuration, EngineType, load_configuration
from featurestore.opened_store import OpenedStore
from featurestore.store_nouns import StoreNouns

TOKEN_VARIABLE: Final = "FEATURESTORE_TOKEN"

if TYPE_CHECKING:
    from datetime import datetime

    import pyarrow as pa
    from pyspark.sql import SparkSession

    from builders.planner import Form
    from builders.spark.engine import SparkEngine
    from definitions.loaded import LoadedRepository
    from definitions.types import DataType
    from featurestore.backup import BackupReport
    from featurestore.compact import Compaction
    from featurestore.context import Context, Progress
    from featurestore.downstream import Downstream
    from featurestore.erase import EraseReport
    from featurestore.frames import Frame
    from featurestore.impact import Impact
    from featurestore.lineage import Lineage
    from featurestore.lookup import OnlineResponse
    from featurestore.online.protocol import OnlineStore
    from featurestore.plan_changes import Plan
    from featurestore.publish import PublishReport
    from featurestore.registry.definitions import ApplyRecord
    from featurestore.registry.findings import Finding
    from featurestore.registry.models import BoundModel
    from featurestore.registry.unmet_searches import UnmetSearch
    from featurestore.registry.waivers import Waiver
    from featurestore.restore import RestoreReport
    from featurestore.retire import Retirement
    from featurestore.reuse.search import Hit
    from featurestore.runs import MaterializeReport
    from featurestore.vacuum import VacuumReport
    from featurestore.view_generations import ViewGeneration
    from featurestore.view_tests import ViewTestResult


class FeatureStore(StoreNouns):
    """A repository of definitions with its registry, its offline store and its online store.

    Args:
        repository: the folder with `featurestore.yaml`.
        environment: one that `featurestore.yaml` declares; `FEATURESTORE_ENVIRONMENT` if not given.
        clock: what time it is; the system's if not given.
        engine: what to compute on, whatever the configuration names.
        spark: a session whose application to compute on, with the Spark engine; its own settings stay as they are.
        token: whose rights hold; `FEATURESTORE_TOKEN` if not given. Without any, everything is allowed.
        wall_clock: what time it is for what expires and what is audited, whatever time data are looked at; the
            system's if not given.

    Raises:
        ConfigurationError: there is no repository there, or its configuration is wrong.
    """

    def __init__(
        self,
        repository: str | Path = ".",
        *,
        environment: str | None = None,
        clock: Clock | None = None,
        engine: EngineType | None = None,
        spark: SparkSession | None = None,
        token: str | None = None,
        wall_clock: Clock | None = None,
    ) -> None:
        self.root = Path(repository).resolve()
        if not self.root.is_dir():
            raise ConfigurationError(f"there is no repository at {repository}; make one with `featurestore init`")
        configuration = load_configuration(self.root, environment)
        self._opened = OpenedStore(
            configuration if engine is None else configuration.on_engine(engine),
            clock or SystemClock(),
            wall_clock or SystemClock(),
            # An empty variable is a token that was meant to be there, and no permission to do without.
            os.environ.get(TOKEN_VARIABLE) if token is None else token,
            spark,
        )

    @property
    def configuration(self) -> Configuration:
        """What featurestore.yaml says; it may be replaced until the store is first used."""
        return self._opened.configuration

    @configuration.setter
    def configuration(self, configuration: Configuration) -> None:
        self._opened.configuration = configuration

    @property
    def clock(self) -> Clock:
        """At what time data are looked at."""
        return self._opened.clock

    @property
    def _context(self) -> Context:
        return self._opened.context

    @property
    def _online(self) -> OnlineStore:
        return self._opened.online

    def tell(self, notify: Callable[[str], None]) -> None:
        """Have `notify` told, once, if nobody's rights hold although people are registered."""
        self._opened.notify = notify

    def validate(self) -> LoadedRepository:
        """Read and check the YAML.

        Raises:
            DefinitionError: with every problem found and its place.
        """
        from definitions.load import load_repository

        return load_repository(self.root)

    def test(self, views: Sequence[str] | None = None) -> list[ViewTestResult]:
        """Run the `tests:` that the YAML's views carry; of `views` only, if given."""
        from featurestore.view_tests import run_view_tests

        self._opened.guard.be_here()
        return run_view_tests(self._opened.context.engine, self.validate().repository, views)

    def plan(self, *, sample: bool = False) -> Plan:
        """What `apply` would change, and what is there already of what it adds.

        `sample` compares values too: it computes the added columns and those that are there for a few hundred entities
        of a stored segment, and finds what carries the same data by other definitions.
        """
        from featurestore.authored_changes import plan_authored

        self._opened.guard.be_here()
        self.flush_usage()
        return plan_authored(self._opened, self.validate().repository, sample)

    def apply(self, *, break_glass: str | None = None) -> ApplyRecord:
        """Make the YAML the definitions that everybody uses; with a token, for the teams that its principal writes for.

        Args:
            break_glass: why rebuilds that the gate refuses are applied all the same; it is remembered, and told to
                the owners of both sides.

        Raises:
            DefinitionError: with every problem found and its place.
            AccessError: it changes what is others', or reads what its author may not.
            ConflictError: others applied something else meanwhile; nothing was applied.
            RequestError: others use what it takes from them.
            ReuseError: it builds again what is there, and the gate blocks; nothing was applied.
        """
        from featurestore.authored_changes import apply_authored

        self._opened.guard.be_here("manage")
        self.flush_usage()
        return apply_authored(self._opened, self.validate().repository, break_glass)

    def waive(self, column: str, reason: str, microseconds: int) -> Waiver:
        """Ask that the YAML's `column` (`view:column`) may be built for so long although it is there.

        Raises:
            RequestError: `plan` shows no such rebuild, or there is no reason.
            AccessError: the principal may not write.
        """
        from featurestore.authored_changes import plan_authored

        repository = self.validate().repository
        rulings = plan_authored(self._opened, repository, sample=False).rulings
        return self.gate.waive(rulings, repository, column, reason, microseconds)

    def search(
        self, words: str = "", *, formula: str | None = None, column: str | None = None, like: str | None = None
    ) -> tuple[Hit, ...]:
        """Features that are there: those that all of `words` are said of, that compute a `formula` such as
        `avg(arr_delay)`, that read a source's `column` (`flights.arr_delay`), or that are `like` another
        (`view:column`); best first. What is looked for in vain is remembered, as demand.

        Raises:
            RequestError: nothing is asked for, the formula cannot be read, or there is no such column.
        """
        from featurestore.reuse.search import search_features

        self._opened.guard.be_here()
        return search_features(self._opened.seen, words, formula, column, like)

    def feature(self, reference: str) -> Hit:
        """What is said of one feature, `view:column`.

        Raises:
            RequestError: there is none of that name.
        """
        from featurestore.reuse.search import get_feature

        self._opened.guard.be_here()
        return get_feature(self._opened.seen, reference)

    def wanted(self, number: int = 20) -> tuple[UnmetSearch, ...]:
        """What was looked for in vain, most often first."""
        self._opened.guard.be_here()
        return self._opened.context.registry.unmet_searches.most_wanted(number)

    def materialize(
        self,
        end: int | str | datetime | None = None,
        views: Sequence[str] | None = None,
        *,
        start: int | str | datetime | None = None,
        full: bool = False,
        publish: bool = True,
        progress: Progress | None = None,
    ) -> MaterializeReport:
        """Sources to tiles, and then online; of all views or of `views`. Twice the same does nothing the second time.

        Args:
            end: the instant up to which; without it, now.
            views: which; all without it.
            start: only segments that reach into [start, end) are built; the others stay as they are, and so do gaps
                before them, which frames read from the source and publishing waits for. The beginning without it.
            full: build segments again that are neither missing nor stale.
            publish: write online what is materialized.
            progress: called with the share that is done.

        Raises:
            RequestError: an unknown view, nothing is applied, or the start is not before the end.
            SourceError: a source cannot be read; what was there stays.
            ConflictError: somebody else is doing the same and does not finish.
        """
        from featurestore.runs import run_materialize

        first = None if start is None else self._opened.instant(start)
        views = self._opened.managed(views)
        return run_materialize(self._opened.context, first, self._opened.instant(end), views, full, publish, progress)

    def publish(
        self,
        end: int | str | datetime | None = None,
        views: Sequence[str] | None = None,
        *,
        generation: int | Literal["latest"] | None = None,
        reason: str = "",
        progress: Progress | None = None,
    ) -> tuple[PublishReport, ...]:
        """Write online what is materialized, as of the latest boundary by `end`.

        Args:
            end: an instant; without it, now.
            views: which; all without it.
            generation: the number of an earlier generation of the one view in `views` switches its readers back to
                it, in one step, and holds them there: from then on publishing brings that generation forward, until
                `latest` releases them.
            reason: why readers are held.
            progress: called with the share that is done.

        Raises:
            RequestError: an unknown view, nothing is applied, or no generation to go back to.
            ConflictError: somebody else is publishing and does not finish.
        """
        from featurestore.runs import run_publish, run_roll_back

        views = self._opened.managed(views) if generation is None or views is not None else None
        if generation is None:
            return run_publish(self._opened.context, self._opened.instant(end), views, progress)
        if views is None or len(views) != 1:
            raise RequestError("a generation is of one view; name the one whose readers are to be switched")
        if generation == "latest":
            return run_publish(self._opened.context, self._opened.instant(end), views, progress, released=True)
        return (run_roll_back(self._opened.context, views[0], generation, reason),)

    def get_generations(self, view: str) -> tuple[ViewGeneration, ...]:
        """The generations of a view, oldest first: what `publish(generation=...)` can switch readers to.

        Raises:
            RequestError: the view was never published.
        """
        from featurestore.view_generations import list_generations

        self._opened.guard.require_view(view)
        return list_generations(self._opened.context, view)

    def get_historical_features(
        self,
        entity_df: Any,
        features: str | Sequence[str] | None = None,
        *,
        timestamp: str | None = "event_timestamp",
        build: bool = False,
        form: Form | None = None,
        knowledge: int | str | datetime | None = None,
        manifest: Mapping[str, Any] | str | Path | None = None,
        read_held: bool = False,
    ) -> Frame:
        """A training frame: the features of each row as they were known at the row's timestamp.

        An earlier frame can be had again, to the bit, until `vacuum` deletes its segments: by `manifest`, or by
        `knowledge` if it read nothing but segments.

        Args:
            entity_df: pandas, Arrow or the path of a Parquet file; one row per question, with the entities' keys.
            features: a feature service's name, or references such as `["view:column", "other:*"]`; a manifest has
                its own.
            timestamp: the column that holds the instants; rows mean now if it is not there.
            build: store the tiles that are missing first; otherwise they are computed within the frame's own query.
            form: `merge` or `tile join` instead of what the planner would choose, to compare.
            knowledge: the definitions and segments that stood at this instant, instead of now.
            manifest: an earlier frame's, or the file it was written to: that frame again.
            read_held: read rows from sources although checks hold them back; `frame.findings` says which.

        Raises:
            RequestError: unknown features, an entity dataframe that does not fit them or the manifest, or an earlier
                frame whose segments are gone or whose rows were not in segments yet.
            SourceError: a file that the manifest's frame was read from has changed.
            QualityError: it would read rows that checks hold back.
        """
        from featurestore.fetch_frame import fetch_earlier, fetch_frame

        if (knowledge, manifest) == (None, None):
            return fetch_frame(self._opened, entity_df, features, timestamp, build, form, read_held)
        if build or read_held:
            given = "build" if build else "read_held"
            raise RequestError(f"an earlier frame is made of what there was; leave {given} out")
        return fetch_earlier(self._opened, entity_df, features, timestamp, form, knowledge, manifest)

    def get_features_as_of(
        self, time: int | str | datetime, features: str | Sequence[str], *, read_held: bool = False
    ) -> Frame:
        """The features at `time` of all entities that have a row in any window, for batch scoring; `read_held` is that
        of `get_historical_features`."""
        from featurestore.fetch_frame import fetch_as_of

        return fetch_as_of(self._opened, time, features, read_held)

    def get_entity_keys(
        self, features: str | Sequence[str], *, knowledge: int | str | datetime | None = None
    ) -> dict[str, DataType]:
        """The key columns that rows must have to be asked for `features`, each with its type; now or at `knowledge`.

        Raises:
            RequestError: unknown features.
        """
        from featurestore.frames import key_types

        then = None if knowledge is None else self._opened.instant(knowledge)
        return key_types(self._opened.seen.applied(then).resolve(features))

    def get_sample_entities(self, features: str | Sequence[str], rows: int = 5) -> pa.Table:
        """Up to `rows` entities to try `features` on: keys that have tiles, or one row of nulls where there are none.

        Raises:
            RequestError: unknown features.
        """
        from featurestore.sample_entities import sample_entities

        return sample_entities(self._opened.context, self._opened.readable(features), rows)

    def get_online_features(
        self, features: str | Sequence[str], entity_rows: Sequence[Mapping[str, Any]]
    ) -> OnlineResponse:
        """The features of each row of entity keys as they are online.

        Raises:
            RequestError: unknown or unpublished features, or a row without its keys.
        """
        return self._opened.lookup.read(features, entity_rows)

    def lineage(self, *references: str) -> Lineage:
        """What feature columns are made of: source columns and what each does, expression, filter, window, slots; and
        the feature services and models that ask for them.

        Args:
            references: feature services, views, or references such as `view:column`, `view:*` and `view@2:column`.

        Raises:
            RequestError: nothing is named, or a name is unknown.
        """
        from featurestore.governance.pii import declassified_levels
        from featurestore.lineage import trace_references

        declassified = declassified_levels(self._opened.context.registry.declassifications.on())
        return trace_references(self._opened.seen.applied(), references, self.models(), declassified)

    def impact(self, source: str, column: str | None = None) -> Impact:
        """What depends on a source, or on one of its columns: features, views, services, tiles, and whose they are.

        Raises:
            RequestError: there is no such source or column.
        """
        from featurestore.impact import trace_impact

        return trace_impact(self._opened.seen.applied(), source, column)

    def impact_of(self, reference: str, *, retiring: bool = False) -> Impact | Downstream:
        """What depends on whatever is named: `impact` of a source, or the services, models and people of features.

        Args:
            reference: a source, `source:column` or `source.column`; or a feature service, `view`, `view@2`,
                `view:column`. Where a source and a view have one name, `view:*` is the view.
            retiring: of features, also what retiring them would break, and the tiles and rows that it would free.

        Raises:
            RequestError: it is unknown.
        """
        from featurestore.impact_of import trace_reference

        self.flush_usage()
        self._opened.guard.be_here()
        return trace_reference(self._opened.seen, reference, retiring)

    def bind_model(
        self,
        name: str,
        features: str | Sequence[str],
        version: str | None = None,
        *,
        owner: str | None = None,
        stage: str | None = None,
    ) -> BoundModel:
        """Say that a model uses `features`, in the versions that their views have now.

        It stands in their usage, lineage and impact until it is unbound. A model has its own versions, each bound
        apart; bound again, a version has what is named now.

        Args:
            name: the model's.
            features: a feature service's name, or references such as `["view:column", "view@2:*"]`.
            version: the model's own.
            owner: who answers for it.
            stage: where it stands, such as `production`.

        Raises:
            RequestError: a feature is unknown or retired.
            AccessError: its values may not be read, or somebody else bound the model.
        """
        from featurestore.models import bind_model

        self._opened.readable(features)
        return bind_model(self._opened.seen, self._opened.guard, name, features, version, owner, stage)

    def unbind_model(self, name: str, version: str | None = None) -> tuple[BoundModel, ...]:
        """Say that a model, or only one version of it, uses its features no more.

        Raises:
            RequestError: no such model is bound.
            AccessError: somebody else bound it.
        """
        from featurestore.models import unbind_model

        self._opened.guard.be_here("read")
        return unbind_model(self._opened.seen, self._opened.guard, name, version)

    def models(self) -> tuple[BoundModel, ...]:
        """The models that are bound, by name and version, each with what one sees of its features."""
        from featurestore.models import seen_models

        self._opened.guard.be_here()
        return seen_models(self._opened.seen)

    def retire(self, reference: str, *, reason: str | None = None) -> Retirement:
        """Retire a version of a view that is kept beside a later one, or see whether a view or service may be.

        Args:
            reference: `view@2`, retired at once; or a view or a service, whose YAML then says `lifecycle: retired`.
            reason: why, although it is in use; without it that is refused.

        Raises:
            RequestError: it is unknown or in use.
            AccessError: only authors of its team may retire a version, and only admins what is in use.
        """
        from featurestore.retire import retire

        self.flush_usage()
        self._opened.guard.be_here("manage")
        return retire(self._opened.seen, self._opened.guard, reference, reason)

    def findings(self, views: Sequence[str] | None = None, *, settled: bool = False) -> tuple[Finding, ...]:
        """Where views did not keep what they promise, seen last first; of all views or of `views`.

        `settled` adds findings of promises that hold again. `featurestore.finding_words` tells one in words.

        Raises:
            RequestError: an unknown view.
        """
        from featurestore.promises import list_findings

        return list_findings(self._opened.seen, views, settled, self._opened.guard.sees_finding)

    def review(self) -> tuple[Finding, ...]:
        """Look whether all views keep their service levels now, and tell what was found by log and webhook, as every
        `materialize` and `publish` does at its end: here for when none of them runs. Returns what is stale.

        Raises:
            ConfigurationError: the registry does not answer.
        """
        from featurestore.review import review

        self._opened.guard.be_here("manage")
        return review(self._opened.context)

    def compact(self, views: Sequence[str] | None = None) -> tuple[Compaction, ...]:
        """Put small segments together, as every `materialize` does after it has built; of all views or of `views`.

        Raises:
            RequestError: an unknown view, or nothing is applied.
            SourceError: a source's data cannot be read.
            ConflictError: somebody else is materializing the same tables and does not finish.
        """
        from featurestore.runs import run_compact

        return run_compact(self._opened.context, self._opened.managed(views))

    def vacuum(self, minimum_age: str = "7d") -> VacuumReport:
        """Delete tiles that were superseded at least `minimum_age` ago and that nobody reads."""
        from definitions.durations import parse_duration
        from featurestore.vacuum import vacuum

        self._opened.guard.require_platform("vacuum")
        return vacuum(self._opened.context, parse_duration(minimum_age).microseconds)

    def erase(self, key: Mapping[str, Any], *, reason: str, progress: Progress | None = None) -> EraseReport:
        """Erase an entity: its tiles in every segment, current or superseded, and its values online.

        Of entities with several keys, a part of them erases all that have it. What is remembered is the key's names, a
        salted digest, who did it and why. Earlier frames can still be had again, without the entity, and say so.
        Sources stay as they are: those that still hold the entity are named, and a finding tells when they bring it
        back. So do backups that were made before.

        Args:
            key: the entity's keys by name, each a value or its text.
            reason: why; it is kept, so it should not say who.

        Raises:
            RequestError: there are no such keys, a value is not of its type, or no reason is given.
            ConflictError: somebody else is materializing or publishing and does not finish.
        """
        from featurestore.context import no_progress
        from featurestore.erase import erase_entity

        if not reason.strip():
            raise RequestError("say why the entity is erased; the reason is what the record is for")
        self._opened.guard.require_platform("erase")
        return erase_entity(self._opened.context, key, reason, progress or no_progress)

    def backup(self, directory: str | Path, *, progress: Progress | None = None) -> BackupReport:
        """Write the registry and every segment it names into `directory`, which is new or empty.

        Raises:
            RequestError: the directory holds something, or there is nothing to back up.
            BackupError: a segment's file is missing or damaged, or the directory cannot be written.
            ConflictError: a segment was deleted while it was to be copied; run it again.
        """
        from featurestore.backup import write_backup
        from featurestore.context import no_progress

        self._opened.guard.require_platform("back up")
        return write_backup(self._opened.context, Path(directory), progress or no_progress)

    def restore(self, directory: str | Path, *, progress: Progress | None = None) -> RestoreReport:
        """Bring a backup into this store, whose registry and online store must be empty.

        Nothing is online after it: the next materialize or publish writes every row.

        Raises:
            BackupError: the backup is incomplete or damaged; nothing was changed.
            RequestError: the registry or the online store holds something already; nothing was changed.
        """
        from featurestore.context import no_progress
        from featurestore.restore import restore_backup

        self._opened.guard.require_platform("restore")
        return restore_backup(lambda: self._opened.context, Path(directory), progress or no_progress)

    def flush_usage(self) -> bool:
        """Add what was counted to the registry now, as happens every few seconds and at the end of the process; False
        if the registry does not take it, which keeps it for the next time."""
        return self._opened.flush_usage()

    def close(self) -> None:
        """End the application of Spark that the store started, if any; one that was handed over goes on."""
        self.flush_usage()
        if "context" in self._opened.__dict__ and self._opened.context.engine.name == "spark":
            cast("SparkEngine", self._opened.context.engine).stop()
