"""Which model sums up: one for everybody, so that the notes of one request serve the next."""

from bot.domain.catalogue import Catalogue
from bot.domain.model import Model


def summary_model(catalogue: Catalogue, chosen: str | None) -> Model:
    """The chosen one or its successor. Where none is chosen, or it is gone: the preferred one that costs nothing and
    need not think, as far as there is one; summaries get truer and shorter without thinking."""
    model = catalogue.get(chosen) if chosen else None
    if model is not None and not model.draws:
        return model
    models = catalogue.chat_models()
    calm = [each for each in models if each.thinks != "always"]
    return next((each for each in calm if each.price.free), (calm or models)[0])
