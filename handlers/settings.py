"""/settings: language, persona, temperature, thinking, rich messages."""

from collections.abc import Sequence
from dataclasses import replace

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.conversations.styles import LONGEST_PERSONA, OWN_PERSONA, TEMPERATURE, Styles
from bot.store.people import PeopleRepository, Preferences
from bot.telegram.texts import Texts
from handlers.asking import clean
from handlers.notice import notice
from handlers.person import Person, language

_FIELDS = ("language", "persona", "temperature", "thinking", "rich")
_TEMPERATURES = ("0.0", "0.3", "0.7", "1.0", "1.3")
_SHOWN_PROMPT = 60  # characters of a person's own prompt that the overview shows

_ASK = "?"  # the value of a button that shows the choices


class SettingsPress(CallbackData, prefix="s"):
    """``field``: empty for the overview. ``value``: what it becomes, empty to take a choice back; ``?`` asks."""

    owner: int
    field: str
    value: str  # without a default: aiogram would put it in the place of an empty value


async def show(
    message: Message, command: CommandObject, person: Person, styles: Styles, people: PeopleRepository
) -> None:
    words = (command.args or "").split(maxsplit=1)
    if not words or words[0].lower() != "persona":
        await notice(message, _overview(person, styles), _menu(person))
    elif own := clean("".join(words[1:])):
        await notice(message, await _save_persona(own, person, people))
    else:
        await notice(message, person.texts("settings.persona_hint"))


async def press(
    query: CallbackQuery, callback_data: SettingsPress, person: Person, styles: Styles, people: PeopleRepository
) -> None:
    message, field = query.message, callback_data.field
    if callback_data.owner != person.id:
        await query.answer(person.texts("settings.not_yours"), show_alert=True)
    elif not isinstance(message, Message) or field not in ("", *_FIELDS):
        await query.answer(person.texts("buttons.outdated"), show_alert=True)
    elif not field:
        await message.edit_text(_overview(person, styles), reply_markup=_menu(person))
        await query.answer()
    elif callback_data.value == _ASK:
        await message.edit_text(_hint(field, person.texts), reply_markup=_choices(field, person, styles))
        await query.answer()
    else:
        await _choose(query, message, callback_data, person, styles, people)


async def _choose(
    query: CallbackQuery,
    message: Message,
    callback_data: SettingsPress,
    person: Person,
    styles: Styles,
    people: PeopleRepository,
) -> None:
    """A value that is not offered changes nothing."""
    field, value = callback_data.field, callback_data.value
    if value not in dict(_offered(field, person.texts, styles)):
        await query.answer(person.texts("buttons.outdated"), show_alert=True)
        return
    preferences = _changed(person.preferences, field, value)
    await people.save(person.id, preferences)
    texts = Texts(language(preferences, query.from_user.language_code))
    person = replace(person, preferences=preferences, texts=texts)
    await message.edit_text(_overview(person, styles), reply_markup=_menu(person))
    await query.answer(texts("settings.saved"))


async def _save_persona(prompt: str, person: Person, people: PeopleRepository) -> str:
    if len(prompt) > LONGEST_PERSONA:
        return person.texts("settings.persona_long", most=LONGEST_PERSONA, size=len(prompt))
    await people.save(person.id, replace(person.preferences, persona=OWN_PERSONA + prompt))
    return person.texts("settings.persona_saved")


def _changed(preferences: Preferences, field: str, value: str) -> Preferences:
    """With the choice made or, for an empty value, taken back."""
    made: str | float | None = float(value) if value and field == "temperature" else value or None
    return replace(preferences, **{field: made})  # type: ignore[arg-type]  # the field's own type, by _offered


def _overview(person: Person, styles: Styles) -> str:
    preferences, texts = person.preferences, person.texts
    default = texts("settings.temperature_default", value=TEMPERATURE)
    return texts(
        "settings.title",
        language=texts(f"settings.language_{preferences.language or 'auto'}"),
        persona=_persona(preferences, texts, styles),
        temperature=default if preferences.temperature is None else f"{preferences.temperature:g}",
        thinking=texts(f"settings.thinking_{preferences.thinking or 'off'}"),
        rich=texts(f"settings.rich_{preferences.rich or 'auto'}"),
    )


def _persona(preferences: Preferences, texts: Texts, styles: Styles) -> str:
    chosen = preferences.persona or ""
    if chosen.startswith(OWN_PERSONA):
        prompt = chosen.removeprefix(OWN_PERSONA)
        return texts("settings.persona_own", prompt=prompt[:_SHOWN_PROMPT] + "…" * (len(prompt) > _SHOWN_PROMPT))
    persona = styles.personas.get(chosen)
    return persona.titles[texts.language] if persona else texts("settings.persona_default")


def _hint(field: str, texts: Texts) -> str:
    title = texts(f"settings.{field}")
    return title if field == "language" else f"{title}\n\n{texts(f'settings.{field}_hint')}"


def _menu(person: Person) -> InlineKeyboardMarkup:
    buttons = [_button(person.texts(f"settings.{field}"), person, field) for field in _FIELDS]
    return InlineKeyboardMarkup(inline_keyboard=[buttons[:1], buttons[1:3], buttons[3:]])


def _choices(field: str, person: Person, styles: Styles) -> InlineKeyboardMarkup:
    chosen = _chosen(person.preferences, field)
    rows = [
        [_button(("✅ " if value == chosen else "") + label, person, field, value)]
        for value, label in _offered(field, person.texts, styles)
    ]
    return InlineKeyboardMarkup(inline_keyboard=[*rows, [_button(person.texts("settings.back"), person, "")]])


def _chosen(preferences: Preferences, field: str) -> str:
    value = getattr(preferences, field, None)
    return "" if value is None else str(value)


def _offered(field: str, texts: Texts, styles: Styles) -> Sequence[tuple[str, str]]:
    """The values and what they are called; the empty one takes the choice back."""
    names: tuple[tuple[str, str], ...]
    if field == "language":
        names = (("", "auto"), ("zh", "zh"), ("en", "en"))
    elif field == "thinking":
        names = (("", "off"), ("on", "on"), ("shown", "shown"))
    elif field == "rich":
        names = (("", "auto"), ("off", "off"))
    elif field == "temperature":
        normal = ("", texts("settings.temperature_default", value=TEMPERATURE))
        return (normal, *((number, number) for number in _TEMPERATURES))
    else:
        personas = ((name, persona.titles[texts.language]) for name, persona in styles.personas.items())
        return (("", texts("settings.persona_default")), *personas)
    return [(value, texts(f"settings.{field}_{name}")) for value, name in names]


def _button(text: str, person: Person, field: str, value: str = _ASK) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        text=text, callback_data=SettingsPress(owner=person.id, field=field, value=value).pack()
    )


def router() -> Router:
    router = Router(name="settings")
    router.message.register(show, Command("settings"))
    router.callback_query.register(press, SettingsPress.filter())
    return router
