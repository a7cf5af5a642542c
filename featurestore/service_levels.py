"""Whether views are as fresh online as their service level promises, whoever publishes them or does not."""

from __future__ import annotations

from typing import Any, Final

from definitions.durations import spell_duration
from definitions.model import FeatureView
from featurestore.clock import format_instant
from featurestore.context import Context
from featurestore.promises import duration_words
from featurestore.publish import online_columns
from featurestore.registry.findings import Finding
from featurestore.resolve import Applied
from featurestore.serving_record import decode_view, view_key

STALE_VIEW: Final = "stale_view"
"""A kind of findings: what look-ups get of a view is older than it promises."""

_PROMISING: Final = {"active", "deprecated"}
"""The states of views whose service level counts: a draft promises nothing yet, a retired view nothing more."""


def review_service_levels(context: Context, applied: Applied) -> tuple[Finding, ...]:
    """Compare the watermark of each view that has a service level with the store's clock, and keep the findings.

    All views count, whichever a run works on: one whose pipeline is dead is in no run. `applied` is what was applied
    when somebody last looked; what stands now is read where something is to be said. Returns the findings of the views
    that are stale now.

    Raises:
        ConfigurationError: the registry does not answer.
    """
    registry, findings = context.registry, context.registry.findings
    if not _stale(context, applied) and not findings.open_of(STALE_VIEW):
        return ()
    with registry.changing_definitions(), registry.serving.changing():
        # Nobody applies, retires or publishes meanwhile, so that nothing is found of a view that has just become fresh
        # or has just gone.
        stale, now = _stale(context, context.everything()), context.clock.now()
        for finding in findings.open_of(STALE_VIEW):
            if finding.subject not in stale:
                findings.settle(STALE_VIEW, finding.subject)
        for name, numbers in stale.items():
            findings.see(STALE_VIEW, name, numbers, now)
        return findings.open_of(STALE_VIEW)


def promising_views(applied: Applied) -> dict[str, FeatureView]:
    """The views that have a service level by the name they have online, with versions that services pin or that are
    kept; what holds for a view holds for these."""
    present = applied.repository.feature_views
    return {
        name: view
        for name, view in {**present, **applied.pinned_views()}.items()
        if view.sla is not None
        and view.name in present
        and {view.lifecycle.state, present[view.name].lifecycle.state} <= _PROMISING
    }


def _stale(context: Context, applied: Applied) -> dict[str, dict[str, Any]]:
    """What is to be said of the views that do not keep their service level now, by the name they have online."""
    promising = promising_views(applied)
    if not promising:
        return {}
    records = context.registry.serving.load_several([view_key(name) for name in promising])
    now, found = context.clock.now(), {}
    for name, view in promising.items():
        assert view.sla is not None
        promised = view.sla.fresh_within.microseconds
        about = {"view": view.name, "kind": "feature_view", "name": name, "promised": promised}
        record = records.get(view_key(name))
        if record is None:
            # What look-ups cannot have at all is promised to nobody.
            if online_columns(applied.view_columns(view)):
                found[name] = {**about, "watermark": None, "age": None, "since": None, "at_best": None}
            continue
        served = decode_view(record)
        age = now - served.watermark
        # Without a timestamp values never change with time: they are as fresh as they can be.
        if served.hop != 0 and age > promised:
            since, at_best = served.watermark + promised, (served.hop or 0) + served.delay
            found[name] = {**about, "watermark": served.watermark, "age": age, "since": since, "at_best": at_best}
    return found


def level_words(finding: Finding) -> str:
    """A finding about a service level in a sentence: how old, what was promised, since when it does not hold."""
    numbers = finding.numbers
    promised = spell_duration(numbers["promised"])
    if numbers["watermark"] is None:
        return f"{finding.subject} was never published; it promises to be fresh within {promised}"
    words = (
        f"{finding.subject} is {duration_words(numbers['age'])} old online, of {format_instant(numbers['watermark'])}; "
        f"it promises to be fresh within {promised}, and has not been since {format_instant(numbers['since'])}"
    )
    if numbers["at_best"] > numbers["promised"]:
        words += f"; by its hop and delay it can promise {spell_duration(numbers['at_best'])} at best"
    return words
