"""/settings: language, persona, temperature, thinking, rich messages."""

from dataclasses import replace

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.chat.profiles import (
    LONGEST_PERSONA,
    OWN_PERSONA,
    SETTINGS,
    TEMPERATURE,
    ChangePreferences,
    ChatProfiles,
    NotOffered,
    PersonaTooLong,
)
from bot.telegram.message_sender import reply
from bot.telegram.message_text import clean
from bot.telegram.texts import Texts
from handlers.person import Person, language

_UNCHOSEN = {"language": "auto", "thinking": "off", "rich": "auto"}  # what a choice that was not made is called
_SHOWN_PROMPT = 60  # characters of a person's own prompt that the overview shows

_ASK = "?"  # the value of a button that shows the choices


class SettingsPress(CallbackData, prefix="s"):
    """A button of the settings."""

    owner: int  # the person whose settings they are
    field: str  # empty for the overview
    # What it becomes; empty: the choice is taken back; "?": asked for. Without a default, which aiogram would put in
    # the place of an empty value.
    value: str


async def show(
    message: Message, command: CommandObject, person: Person, profiles: ChatProfiles, changes: ChangePreferences
) -> None:
    words = (command.args or "").split(maxsplit=1)
    if not words or words[0].lower() != "persona":
        await reply(message, _overview(person, profiles), _menu(person))
    elif prompt := clean("".join(words[1:])):
        await reply(message, await _write_persona(prompt, person, changes))
    else:
        await reply(message, person.texts("settings.persona_hint"))


async def _write_persona(prompt: str, person: Person, changes: ChangePreferences) -> str:
    try:
        await changes.write_persona(person.id, person.preferences, prompt)
    except PersonaTooLong as error:
        return person.texts("settings.persona_long", most=LONGEST_PERSONA, size=error.size)
    return person.texts("settings.persona_saved")


async def press(
    query: CallbackQuery,
    callback_data: SettingsPress,
    person: Person,
    profiles: ChatProfiles,
    changes: ChangePreferences,
) -> None:
    message, field = query.message, callback_data.field
    if callback_data.owner != person.id:
        await query.answer(person.texts("settings.not_yours"), show_alert=True)
    elif not isinstance(message, Message) or field not in ("", *SETTINGS):
        await query.answer(person.texts("buttons.outdated"), show_alert=True)
    elif not field:
        await message.edit_text(_overview(person, profiles), reply_markup=_menu(person))
        await query.answer()
    elif callback_data.value == _ASK:
        await message.edit_text(_hint(field, person.texts), reply_markup=_choices(field, person, profiles, changes))
        await query.answer()
    else:
        await _choose(query, message, callback_data, person, profiles, changes)


async def _choose(
    query: CallbackQuery,
    message: Message,
    callback_data: SettingsPress,
    person: Person,
    profiles: ChatProfiles,
    changes: ChangePreferences,
) -> None:
    try:
        preferences = await changes.change(person.id, person.preferences, callback_data.field, callback_data.value)
    except NotOffered:
        await query.answer(person.texts("buttons.outdated"), show_alert=True)
        return
    texts = Texts(language(preferences, query.from_user.language_code))
    person = replace(person, preferences=preferences, texts=texts)
    await message.edit_text(_overview(person, profiles), reply_markup=_menu(person))
    await query.answer(texts("settings.saved"))


def _overview(person: Person, profiles: ChatProfiles) -> str:
    preferences, texts = person.preferences, person.texts
    default = texts("settings.temperature_default", value=TEMPERATURE)
    return texts(
        "settings.title",
        language=_label("language", preferences.language or "", texts, profiles),
        persona=_persona(preferences.persona or "", texts, profiles),
        temperature=default if preferences.temperature is None else f"{preferences.temperature:g}",
        thinking=_label("thinking", preferences.thinking or "", texts, profiles),
        rich=_label("rich", preferences.rich or "", texts, profiles),
    )


def _persona(chosen: str, texts: Texts, profiles: ChatProfiles) -> str:
    if chosen.startswith(OWN_PERSONA):
        prompt = chosen.removeprefix(OWN_PERSONA)
        return texts("settings.persona_own", prompt=prompt[:_SHOWN_PROMPT] + "…" * (len(prompt) > _SHOWN_PROMPT))
    persona = profiles.personas.get(chosen)
    return persona.titles[texts.language] if persona else texts("settings.persona_default")


def _hint(field: str, texts: Texts) -> str:
    title = texts(f"settings.{field}")
    return title if field == "language" else f"{title}\n\n{texts(f'settings.{field}_hint')}"


def _menu(person: Person) -> InlineKeyboardMarkup:
    buttons = [_button(person.texts(f"settings.{field}"), person, field) for field in SETTINGS]
    return InlineKeyboardMarkup(inline_keyboard=[buttons[:1], buttons[1:3], buttons[3:]])


def _choices(field: str, person: Person, profiles: ChatProfiles, changes: ChangePreferences) -> InlineKeyboardMarkup:
    chosen = getattr(person.preferences, field)
    rows = []
    for value in changes.values(field):
        mark = "✅ " if value == ("" if chosen is None else str(chosen)) else ""
        rows.append([_button(mark + _label(field, value, person.texts, profiles), person, field, value)])
    return InlineKeyboardMarkup(inline_keyboard=[*rows, [_button(person.texts("settings.back"), person, "")]])


def _label(field: str, value: str, texts: Texts, profiles: ChatProfiles) -> str:
    """What a value is called."""
    match field:
        case "temperature":
            return value or texts("settings.temperature_default", value=TEMPERATURE)
        case "persona":
            return _persona(value, texts, profiles)
        case _:
            return texts(f"settings.{field}_{value or _UNCHOSEN[field]}")


def _button(text: str, person: Person, field: str, value: str = _ASK) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        text=text, callback_data=SettingsPress(owner=person.id, field=field, value=value).pack()
    )


def router() -> Router:
    router = Router(name="settings")
    router.callback_query.register(press, SettingsPress.filter())
    return router
