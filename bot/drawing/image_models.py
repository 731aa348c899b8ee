"""The image models: those that are offered, the one that a person names, and what else a picture can be drawn with."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.catalogue import Catalogue
from bot.domain.drawing import ImageRecipe
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


def tag(model: Model) -> str:
    """An id of any length in few bytes, for a button; the same after a restart."""
    return hashlib.blake2s(model.id.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class ImageModels:
    """All models that draw."""

    catalogue: Callable[[], Catalogue]  # those of now
    retired: Catalogue  # those that only an older API has

    def offered(self, *, from_picture: bool = False) -> list[Model]:
        return offered(self.catalogue(), from_picture=from_picture)

    def named(self, text: str) -> list[Model]:
        return named(text, self.catalogue(), self.retired)

    def get(self, model_id: str) -> Model | None:
        """By its id, or the successor of one that is gone."""
        found = self.retired.models.get(model_id) or self.catalogue().get(model_id)
        return found if found is not None and found.draws else None

    def stand_ins(self, model: Model) -> list[Model]:
        return [other for other in self.catalogue().fallbacks(model) if other.draws]

    def sizes_for(self, recipe: ImageRecipe) -> Sequence[str]:
        """The sizes that its model draws, "WxH"; none where the model is gone or takes none."""
        model = self.get(recipe.model)
        return model.drawing.sizes if model and model.drawing else ()

    def models_for(self, recipe: ImageRecipe) -> list[Model]:
        """Those that can draw it, its own among them."""
        return self.offered(from_picture=recipe.source is not None)

    def varies(self, recipe: ImageRecipe) -> bool:
        """Whether its model can start from a picture."""
        model = self.get(recipe.model)
        return model is not None and model.drawing is not None and model.drawing.pictures > 0


def _can(model: Model, *, from_picture: bool) -> bool:
    drawing = model.drawing
    return drawing is not None and (drawing.pictures > 0 if from_picture else not drawing.needs_picture)
