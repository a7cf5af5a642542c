"""What still uses a definition: look-ups and fetches of the last days, and models that are bound."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from featurestore.context import Context
from featurestore.references import Reference
from featurestore.registry.models import BoundModel
from featurestore.resolve import Applied
from featurestore.usage import counts_of, models_of
from featurestore.use_counts import DAY_MICROSECONDS


@dataclass(frozen=True, slots=True)
class Uses:
    """The uses of a definition in the last `days`, by principal, and the models that are bound to it."""

    days: int
    online: Counter[str]
    training: Counter[str]
    models: tuple[BoundModel, ...]

    def by_others_than(self, principal: str) -> bool:
        """Whether somebody else uses it, or a model is bound."""
        return bool(self.models) or any(name != principal for name in (*self.online, *self.training))

    def __str__(self) -> str:
        parts = [
            f"{counted.total():,} {word if counted.total() == 1 else plural} by {', '.join(sorted(counted))} in "
            f"{self.days} days"
            for counted, word, plural in (
                (self.online, "look-up", "look-ups"),
                (self.training, "training fetch", "training fetches"),
            )
            if counted
        ]
        parts += [f"model {model.title}" for model in self.models]
        return "; ".join(parts) or "nobody"


def uses_of(context: Context, applied: Applied, reference: Reference) -> Uses:
    """The uses within the days after which something counts as unused (`usage.quiet` in featurestore.yaml)."""
    days = max(round(context.configuration.usage.quiet * 1_000_000 / DAY_MICROSECONDS), 1)
    # Days of a clock that ran ahead count too.
    since = context.clock.now() // DAY_MICROSECONDS - days
    online, training = Counter[str](), Counter[str]()
    for item in counts_of(context, applied, reference, since):
        (online if item.kind == "online" else training)[item.principal] += item.number
    return Uses(days, online, training, models_of(context, reference))
