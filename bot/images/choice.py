"""Which model draws: those that are offered, and the one that a person names."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.catalogue import Catalogue
from bot.domain.model import Model


def offered(catalogue: Catalogue, *, from_picture: bool = False) -> list[Model]:
    """The models for a drawing from words alone, or from a picture; the preferred first, the free before the rest."""
    models = [model for model in catalogue.draw_models() if _can(model, from_picture=from_picture)]
    return sorted(models, key=lambda model: not model.price.free)


def named(text: str, catalogue: Catalogue, retired: Catalogue) -> list[Model]:
    """The models that ``text`` may mean, the best first; a retired one only by its whole name or the last part of it.

    That comes first although the catalogue knows a successor: who names it so means it.
    """
    wanted = text.strip().lower()
    meant = [model for model in retired if wanted in (model.id.lower(), model.id.lower().rpartition("/")[2])]
    return meant or catalogue.find(text, draws=True)


@dataclass(frozen=True, slots=True)
class Painters:
    """All models that draw. ``catalogue`` gives those of now; ``retired``: those that only an older API has."""

    catalogue: Callable[[], Catalogue]
    retired: Catalogue

    def offered(self, *, from_picture: bool = False) -> list[Model]:
        return offered(self.catalogue(), from_picture=from_picture)

    def named(self, text: str) -> list[Model]:
        return named(text, self.catalogue(), self.retired)

    def of(self, model_id: str) -> Model | None:
        """By its id, or the successor of one that is gone."""
        found = self.retired.models.get(model_id) or self.catalogue().get(model_id)
        return found if found is not None and found.draws else None

    def stand_ins(self, model: Model) -> list[Model]:
        return [other for other in self.catalogue().fallbacks(model) if other.draws]


def _can(model: Model, *, from_picture: bool) -> bool:
    drawing = model.drawing
    return drawing is not None and (drawing.pictures > 0 if from_picture else not drawing.needs_picture)
