"""Retiring: the versions of views that were kept, and leave to retire what is still in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from definitions.errors import RequestError
from featurestore.context import Context
from featurestore.in_use import OVERRIDE_DAYS
from featurestore.references import Reference, read_reference
from featurestore.resolve import Applied
from featurestore.serve_lifecycles import serve_lifecycles
from featurestore.uses import Uses, uses_of

if TYPE_CHECKING:
    from featurestore.guard import Guard


@dataclass(frozen=True, slots=True)
class Retirement:
    """What came of retiring `reference`: `retired` at once, as versions are; else the YAML's lifecycle is to say so,
    which `apply` takes now. `uses` are those that there still are, overridden for `reason`, if one was given."""

    reference: str
    retired: bool
    uses: Uses
    reason: str | None

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values, JSON throughout."""
        return {
            "reference": self.reference,
            "retired": self.retired,
            "look_ups": self.uses.online.total(),
            "training_fetches": self.uses.training.total(),
            "principals": sorted({*self.uses.online, *self.uses.training}),
            "models": [model.title for model in self.uses.models],
            "reason": self.reason,
        }


def retire(context: Context, guard: Guard, text: str, reason: str | None) -> Retirement:
    """Retire `view@2`, a version that goes on beside a later one; or see whether a view or a service may be retired,
    which its YAML says. What is in use needs a `reason`.

    Raises:
        RequestError: there is no such thing to retire, or it is in use and no reason is given.
        AccessError: only authors of its team may retire a version, and only admins what is in use.
    """
    applied = context.applied()
    reference = read_reference(applied, text)
    if reference.column is not None:
        raise RequestError(f"{text!r} is a column; services, views and versions of views such as view@2 are retired")
    uses = _check_uses(context, applied, reference, text, reason)
    kind, name = ("feature_service" if reference.service else "feature_view"), reference.service or reference.view
    who, now = context.principal(), context.clock.now()
    if reason is not None:
        if not reason.strip():
            raise RequestError("say why it is retired although it is in use; the reason is what the record is for")
        guard.require_admin_of(kind, name, f"retire {text} while it is in use")
    if reference.version is not None:
        guard.manage([reference.view], applied)
        with context.registry.changing_definitions():
            # Once more, as nobody applies or binds a model from here on; what the guard refused is audited by now.
            uses = _check_uses(context, context.applied(), reference, text, reason)
            context.registry.lifecycles.retire(reference.view, reference.version, reason or "", who, now)
            serve_lifecycles(context)
        return Retirement(text, True, uses, reason)
    if reason is not None:
        context.registry.lifecycles.override(kind, name, reason, who, now)
    return Retirement(text, False, uses, reason)


def describe_retirement(retirement: Retirement) -> str:
    """What was done, and what is to be done next."""
    if retirement.retired:
        return f"{retirement.reference} is retired: nobody gets it any more."
    if retirement.reason is None:
        return (
            f"Nobody looked {retirement.reference} up in {retirement.uses.days} days, and no model is bound.\n"
            "Next: write lifecycle: retired in its YAML, then featurestore apply"
        )
    return (
        f"{retirement.reference} may be retired within {OVERRIDE_DAYS} days, although it is in use "
        f"({retirement.uses}).\nNext: write lifecycle: retired in its YAML, then featurestore apply"
    )


def _check_uses(context: Context, applied: Applied, reference: Reference, text: str, reason: str | None) -> Uses:
    """What uses what is to be retired, which needs a reason if anything does."""
    if reference.version is not None:
        _refuse_unless_kept(applied, reference)
    uses = uses_of(context, applied, reference)
    if (uses.online or uses.models) and reason is None:
        raise RequestError(f'{text} is in use ({uses}); if it has to be, retire it with --force "REASON"')
    return uses


def _refuse_unless_kept(applied: Applied, reference: Reference) -> None:
    """Make sure that a version goes on beside a later one, and that no service asks for it."""
    kept = {item.online_name for item in applied.kept if item.retired_at is None}
    if reference.online_name not in kept:
        listed = ", ".join(sorted(kept)) or "none"
        raise RequestError(
            f"{reference.online_name} is no version that goes on beside a later one; those that do: {listed}"
        )
    pinning = [
        name
        for name, service in applied.repository.feature_services.items()
        if any(entry.online_name == reference.online_name for entry in service.features)
    ]
    if pinning:
        raise RequestError(f"{', '.join(pinning)} names {reference.online_name}; take it out there first, then apply")
