"""/model: which model answers in this chat."""

import hashlib
from collections.abc import Sequence

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.chat.profiles import ChangePreferences, ChatProfiles
from bot.domain.model import Model, short_id
from bot.telegram.message_sender import reply
from bot.telegram.texts import Texts
from handlers.person import Person

_PAGE = 8
_LISTED = 40  # models found by a search that are offered
_ECHOED = 64  # characters of what was searched for that are said again


class ModelPress(CallbackData, prefix="m"):
    """A button of the keyboard of models."""

    owner: int  # the person whose keyboard it is
    what: str  # what it shows or chooses: families, family, model, search
    which: str = ""  # the tag of a family or a model
    page: int = 0


async def choose(
    message: Message, command: CommandObject, person: Person, profiles: ChatProfiles, changes: ChangePreferences
) -> None:
    current = profiles.model(person.model)
    if not command.args:
        await reply(message, _title(current, person.texts), _families(person, profiles))
        return
    found = profiles.catalogue().find(command.args)
    if len(found) == 1:
        await reply(message, await _switch(found[0], current, person, message.chat.id, changes))
    elif found:
        title = person.texts("model.found", words=command.args[:_ECHOED])
        await reply(message, title, _keyboard(_rows(found[:_LISTED], current, person), person, ()))
    elif drawing := profiles.catalogue().find(command.args, draws=True):
        await reply(message, person.texts("model.draws_only", name=short_id(drawing[0].id)))
    else:
        await reply(message, person.texts("model.none", words=command.args[:_ECHOED]), _families(person, profiles))


async def press(
    query: CallbackQuery, callback_data: ModelPress, person: Person, profiles: ChatProfiles, changes: ChangePreferences
) -> None:
    texts, message = person.texts, query.message
    if callback_data.owner != person.id:
        await query.answer(texts("model.not_yours"), show_alert=True)
    elif callback_data.what == "search":
        await query.answer(texts("model.search_hint"), show_alert=True)
    elif not isinstance(message, Message) or not await _turn(message, callback_data, person, profiles, changes):
        await query.answer(texts("buttons.outdated"), show_alert=True)
    else:
        await query.answer()


async def _turn(
    message: Message, press: ModelPress, person: Person, profiles: ChatProfiles, changes: ChangePreferences
) -> bool:
    """Show what the press leads to; False where it leads nowhere any more."""
    current = profiles.model(person.model)
    if press.what == "families":
        await message.edit_text(_title(current, person.texts), reply_markup=_families(person, profiles))
        return True
    if press.what == "family":
        families = profiles.catalogue().by_family()
        family = next((models for name, models in families.items() if _tag(name) == press.which), None)
        if family is not None:
            await message.edit_reply_markup(reply_markup=_family(press.which, family, press.page, current, person))
        return family is not None
    models = profiles.catalogue().chat_models()
    model = next((model for model in models if _tag(model.id) == press.which), None)
    if model is not None:
        await message.edit_text(await _switch(model, current, person, message.chat.id, changes))
    return model is not None


async def _switch(model: Model, current: Model, person: Person, chat_id: int, changes: ChangePreferences) -> str:
    key = "model.already" if model.id == current.id else "model.switched"
    await changes.choose_model(person.id, chat_id, model.id)
    return f"{person.texts(key, name=short_id(model.id))}\n{describe(model, person.texts)}"


def describe(model: Model, texts: Texts) -> str:
    """One line: price, context, and what the model can do."""
    features = [name for name, has in _features(model) if has]
    return " · ".join([price(model, texts), texts("model.context", context=window(model)), *map(texts, features)])


def price(model: Model, texts: Texts) -> str:
    prompt, output = model.price.dearest
    if not prompt and not output:
        return texts("model.free")
    return texts("model.price", prompt=f"{prompt:g}", output=f"{output:g}")


def window(model: Model) -> str:
    """The context as people say it: 131072 tokens are 128K, a million 1M."""
    if model.context >= 1_000_000:
        return f"{model.context // 1_000_000}M"
    size = 1024 if model.context % 1024 == 0 else 1000
    return f"{model.context // size}K"


def _features(model: Model) -> Sequence[tuple[str, bool]]:
    return (
        ("model.sees", model.sees),
        ("model.thinks", model.thinks != "never"),
        ("model.draws", model.draws),
    )


def _title(current: Model, texts: Texts) -> str:
    name = texts("model.title", name=short_id(current.id))
    return f"{name}\n{describe(current, texts)}\n\n{texts('model.choose')}\n{texts('model.legend')}"


def _families(person: Person, profiles: ChatProfiles) -> InlineKeyboardMarkup:
    families = profiles.catalogue().by_family()
    buttons = [_button(f"{name} ({len(models)})", person, "family", _tag(name)) for name, models in families.items()]
    return _keyboard([buttons[at : at + 2] for at in range(0, len(buttons), 2)], person, ("search",))


def _family(which: str, models: Sequence[Model], page: int, current: Model, person: Person) -> InlineKeyboardMarkup:
    pages = max(1, -(-len(models) // _PAGE))
    page = min(max(page, 0), pages - 1)
    rows = _rows(models[page * _PAGE : (page + 1) * _PAGE], current, person)
    if pages > 1:
        label = person.texts("model.page", page=page + 1, pages=pages)
        turns = (("◀", (page - 1) % pages), (label, page), ("▶", (page + 1) % pages))
        rows.append([_button(text, person, "family", which, to) for text, to in turns])
    return _keyboard(rows, person, ("families", "search"))


def _rows(models: Sequence[Model], current: Model, person: Person) -> list[list[InlineKeyboardButton]]:
    return [[_button(_label(model, current, person.texts), person, "model", _tag(model.id))] for model in models]


def _label(model: Model, current: Model, texts: Texts) -> str:
    prompt, output = model.price.dearest
    cost = f"🆓 {texts('model.free')}" if not prompt and not output else f"¥{prompt:g}/{output:g}"
    signs = ("👁" if model.sees else "") + ("💭" if model.thinks != "never" else "") + ("🎨" if model.draws else "")
    chosen = "✅ " if model.id == current.id else ""
    return " ".join(filter(None, (f"{chosen}{short_id(model.id)}", "·", window(model), cost, signs)))


def _keyboard(rows: list[list[InlineKeyboardButton]], person: Person, last: Sequence[str]) -> InlineKeyboardMarkup:
    footer = [_button(person.texts(f"model.{what}"), person, what) for what in last]
    return InlineKeyboardMarkup(inline_keyboard=[*rows, footer] if footer else rows)


def _button(text: str, person: Person, what: str, which: str = "", page: int = 0) -> InlineKeyboardButton:
    press = ModelPress(owner=person.id, what=what, which=which, page=page)
    return InlineKeyboardButton(text=text, callback_data=press.pack())


def _tag(name: str) -> str:
    """A name of any length in the 64 bytes that a button may carry; the same after a restart."""
    return hashlib.blake2s(name.encode(), digest_size=6).hexdigest()


def router() -> Router:
    router = Router(name="model")
    router.callback_query.register(press, ModelPress.filter())
    return router
