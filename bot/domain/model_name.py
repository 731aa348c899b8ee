"""How people know a model: the last part of its id."""


def short_id(model_id: str) -> str:
    """``org/Name`` as ``Name``; paid twins of free models keep their mark."""
    name = model_id.rpartition("/")[2]
    return f"{name} Pro" if model_id.startswith("Pro/") else name
