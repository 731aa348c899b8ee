import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.model import METRICS, Guidance, ImageCapabilities, Model
from bot.domain.money import Hours, Price, Tier
from bot.domain.provider import PRESETS
from bot.settings import Settings, SettingsError, load, missing_to_run, table
from bot.settings.model_table import ImageTable, LimitsTable, ModelTable

ROOT = Path(__file__).parents[3]
TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
KEY = "sk-canarycanarycanarycanarycanary"


def faults(env: dict[str, str], cwd: Path) -> dict[str, str]:
    """Name of each fault -> what is wrong, and its mend."""
    with pytest.raises(SettingsError) as caught:
        load(env, cwd)
    return {fault.name: f"{fault.wrong}. {fault.mend}" for fault in caught.value.faults}


def test_nothing_set_is_a_sound_configuration(tmp_path: Path) -> None:
    settings = load({}, tmp_path)
    assert settings.telegram_bot_token is None
    assert settings.database == tmp_path / "data/bot.db"
    assert settings.open_to_all


def test_every_setting_is_read(tmp_path: Path) -> None:
    settings = load(
        {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": "http://localhost:8081/",
            "SILICONFLOW_BASE_URL": "https://api.siliconflow.com/v1/",
            "SILICONFLOW_API_KEY": f"{KEY}, sk-second",
            "SILICONFLOW_RPM": "0",
            "DATABASE_URL": "sqlite:////var/lib/bot.db",
            "BOT_OWNER_IDS": "1 2",
            "BOT_ALLOWED_IDS": "3,-100123, 4",
            "QUOTA_QUESTIONS_PER_DAY": "7",
            "QUEUE_MINUTES": "3",
            "WEBHOOK_URL": "http://localhost:9000/hook",
            "WEBHOOK_SECRET": "s3cret" * 6,
            "HTTP_HOST": "0.0.0.0",  # noqa: S104 - read, never bound
            "HTTP_PORT": "0",
            "LOG_LEVEL": "DEBUG",
            "LOG_FORMAT": "json",
        },
        tmp_path,
    )
    assert settings.telegram_api_url == "http://localhost:8081"
    assert settings.siliconflow_base_url == "https://api.siliconflow.com/v1"
    assert settings.siliconflow_rpm == 0
    assert settings.siliconflow_tpm is None
    assert settings.database == Path("/var/lib/bot.db")
    assert settings.bot_owner_ids == {1, 2}
    assert settings.bot_allowed_ids == {3, -100123, 4}
    assert settings.quota_questions_per_day == 7
    assert settings.queue_minutes == 3
    assert settings.log_level == "debug"
    assert settings.http_port == 0
    assert set(settings.secrets) == {TOKEN, KEY, "sk-second", "s3cret" * 6}


def test_environment_wins_over_dotenv_even_when_empty(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"export TELEGRAM_BOT_TOKEN={TOKEN}\nHTTP_PORT=1 # comment\nLOG_LEVEL='error'\n")
    settings = load({"TELEGRAM_BOT_TOKEN": "", "HTTP_PORT": "2"}, tmp_path)
    assert (settings.telegram_bot_token, settings.http_port, settings.log_level) == (None, 2, "error")


def test_settings_are_frozen_and_hide_secrets(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_text('[providers.x]\nbase_url = "http://x"\napi_key = "canary-in-file"\n')
    settings = load(
        {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "SILICONFLOW_API_KEY": KEY,
            "WEBHOOK_URL": "https://x.example",
            "WEBHOOK_SECRET": "canary-webhook" * 3,
        },
        tmp_path,
    )
    assert not [secret for secret in settings.secrets if secret in f"{settings!r} {settings}"]
    assert "canary-in-file" in settings.secrets
    with pytest.raises(ValueError, match="frozen"):
        settings.http_port = 1


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("just words\n")
    (tmp_path / "bot.toml").write_text('[providers.x]\nbase_url = "x.example"\n[[models]]\ncontext = 0\n')
    found = faults(
        {
            "TELEGRAM_BOT_TOKEN": "canary-token",
            "HTTP_PORT": "eighty",
            "BOT_OWNER_IDS": "@ann",
            "WEBHOOK_URL": "ftp://x.example",
        },
        tmp_path,
    )
    assert set(found) == {
        ".env",
        "TELEGRAM_BOT_TOKEN",
        "HTTP_PORT",
        "BOT_OWNER_IDS",
        "WEBHOOK_URL",
        "WEBHOOK_SECRET",
        "bot.toml: providers.x.base_url",
        "bot.toml: models[1].id",
        "bot.toml: models[1].context",
    }


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TELEGRAM_BOT_TOKEN", "bot123:abc", "form of a bot token"),
        ("TELEGRAM_API_URL", "api.telegram.org", "no scheme"),
        ("TELEGRAM_API_URL", "https://", "not an address"),
        ("TELEGRAM_API_URL", "https://host:99999", "not an address"),
        ("TELEGRAM_API_URL", "https://me:pass@host", "more than an address"),
        ("SILICONFLOW_BASE_URL", "https://api.siliconflow.cn/v1/chat/completions/", "Leave off /chat/completions"),
        ("SILICONFLOW_API_KEY", "canary-without-prefix", "begins with sk-"),
        ("SILICONFLOW_API_KEY", "Bearer sk-canary", "without Bearer"),
        ("SILICONFLOW_API_KEY", "sk-canary,sk-canary", "same key twice"),
        ("SILICONFLOW_RPM", "-1", "smallest value is 0"),
        ("SILICONFLOW_RPS", "0.5", "whole number"),
        ("DATABASE_URL", "postgresql://u:canary@h/d", "not SQLite"),
        ("DATABASE_URL", "sqlite:///", "name a file"),
        ("DATABASE_URL", "sqlite://relative.db", "name a file"),
        ("DATABASE_URL", "sqlite:///:memory:", "name a file"),
        ("BOT_OWNER_IDS", "1,-100", "BOT_ALLOWED_IDS"),
        ("BOT_ALLOWED_IDS", "1;2", "separated by commas"),
        ("QUOTA_QUESTIONS_PER_DAY", "many", "whole number"),
        ("WEBHOOK_SECRET", "with space", "32 to 256 letters"),
        ("HTTP_PORT", "65536", "largest value is 65535"),
        ("LOG_LEVEL", "loud", "'debug', 'info'"),
        ("LOG_FORMAT", "xml", "'console' or 'json'"),
        ("BOT_CONFIG", "nowhere.toml", "does not exist"),
    ],
)
def test_fault_names_the_setting_and_its_mend_but_not_the_value(
    name: str, value: str, said: str, tmp_path: Path
) -> None:
    found = faults({name: value}, tmp_path)
    assert list(found) == [name]
    assert said in found[name]
    assert "canary" not in found[name]


def test_keys_of_other_servers_need_no_prefix(tmp_path: Path) -> None:
    env = {"SILICONFLOW_API_KEY": "local", "SILICONFLOW_BASE_URL": "http://localhost:1/v1"}
    assert load(env, tmp_path).secrets == ("local",)


@pytest.mark.parametrize("url", ["https://x.example", "https://x.example:443/a", "https://x.example:8443"])
def test_webhook_addresses_that_telegram_calls_are_taken(url: str, tmp_path: Path) -> None:
    assert load({"WEBHOOK_URL": url, "WEBHOOK_SECRET": "s" * 32}, tmp_path).webhook_url == url


@pytest.mark.parametrize(("url", "said"), [("http://x.example", "https"), ("https://x.example:8080", "port")])
def test_webhook_addresses_that_telegram_does_not_call_are_faults(url: str, said: str, tmp_path: Path) -> None:
    assert said in faults({"WEBHOOK_URL": url, "WEBHOOK_SECRET": "s" * 32}, tmp_path)["WEBHOOK_URL"]


def test_webhook_without_a_secret_is_a_fault(tmp_path: Path) -> None:
    assert "WEBHOOK_SECRET" in faults({"WEBHOOK_URL": "https://x.example"}, tmp_path)


def test_misspelt_variables_are_remembered_and_strangers_are_not(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOT_ALOWED_IDS=1\n")
    settings = load({"TELEGRAM_TOKEN": "1:a", "HTTP_PROXY": "x", "HOME": "/", "FILE": "x", "directory": "y"}, tmp_path)
    assert settings.unknown == ("BOT_ALOWED_IDS", "TELEGRAM_TOKEN")


def test_running_needs_a_token_and_a_provider(tmp_path: Path) -> None:
    def missing(**given: str) -> list[str]:
        return [fault.name for fault in missing_to_run(load(given, tmp_path))]

    assert missing() == ["TELEGRAM_BOT_TOKEN", "SILICONFLOW_API_KEY"]
    assert missing(TELEGRAM_BOT_TOKEN=TOKEN) == ["SILICONFLOW_API_KEY"]
    assert missing(TELEGRAM_BOT_TOKEN=TOKEN, SILICONFLOW_API_KEY=KEY) == []
    (tmp_path / "bot.toml").write_text('[providers.home]\nbase_url = "http://localhost"\n')
    assert missing(TELEGRAM_BOT_TOKEN=TOKEN) == []


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("persona = 1", "persona", "Perhaps personas"),
        ("[xyz]", "xyz", "Known here: fallbacks, limits"),
        ('[providers.x]\nbase_ulr = "a"\npreset = "groq"\napi_key = "k"', "providers.x.base_ulr", "Perhaps base_url"),
        ('[[models]]\nid = "a"\nprice = {promt = 1}', "models[1].price.promt", "Perhaps prompt"),
        ('[limits."a/b"]\nrpn = 1', 'limits."a/b".rpn', "Perhaps rp"),
        ('[limits."a/b"]\nrpm = -1', 'limits."a/b".rpm', "smallest value is 0"),
        ("[limits]\na = 1", "limits.a", "not a table"),
        ('[fallbacks]\na = "b"', "fallbacks.a", "not a list"),
        ('[providers.x]\napi_key = "k"', "providers.x.base_url", "or a preset: dashscope"),
        ('[providers.x]\npreset = "canary"', "providers.x.preset", "Choose custom, dashscope, deepseek"),
        ('[providers.x]\npreset = "groq"', "providers.x.api_key", "answers nobody without a key"),
        ('[[models]]\nid = "a"\ndrawing = {szies = []}', "models[1].drawing.szies", "Perhaps sizes"),
        ('[[models]]\nid = "a"\ndrawing = {api_format = "canary"}', "models[1].drawing.api_format", "2024, openai"),
        ('[[models]]\nid = "a"\nthinks = "maybe"', "models[1].thinks", "'switch'"),
        ('[[models]]\nid = "a"\nbest_at = {fr = "x"}', "models[1].best_at.fr", "'zh'"),
        ('[providers."X Y"]\npreset = "ollama"', 'providers."X Y"', "small letters"),
        ('[providers.siliconflow]\npreset = "vllm"', "providers", "SILICONFLOW_BASE_URL"),
        ('[providers.x]\nbase_url = "http://x/chat/completions"', "providers.x.base_url", "Leave off"),
        ('[[models]]\nid = " "', "models[1].id", "is empty"),
        ('[[models]]\nid = "a"\nprice = {output = nan}', "models[1].price.output", "not a number"),
        ('[personas.a]\ntitle = {zh = "a", en = "b"}\nprompt = 1', "personas.a.prompt", "in quotes"),
    ],
)
def test_fault_in_the_file_names_its_key(text: str, key: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_text(text)
    found = faults({}, tmp_path)
    assert list(found) == [f"bot.toml: {key}"]
    assert said in found[f"bot.toml: {key}"]
    assert "canary" not in found[f"bot.toml: {key}"]


def test_unknown_keys_deep_in_a_model_are_told_beside_the_known(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_text(
        """
        [[models]]
        id = "a"
        price = { tiers = [{ above = 1, prompt = 1, output = 1, x = 1 }] }
        drawing = { guidance = { key = "cfg", default = 1, low = 0, high = 2, lowest = 0 } }
        """
    )
    assert faults({}, tmp_path) == {
        "bot.toml: models[1].price.tiers[1].x": "is not a known key. Known here: above, cached, output, prompt",
        "bot.toml: models[1].drawing.guidance.lowest": "is not a known key. Perhaps low is meant",
    }


def test_persona_may_be_called_like_a_key(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_text('[personas.prompt]\ntitle = {zh = "a", en = "b", fr = "c"}\nprompt = "x"')
    assert "Known here: en, zh" in faults({}, tmp_path)["bot.toml: personas.prompt.title.fr"]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [(b"a = ", "own.toml", "not TOML"), (b"\xff", "BOT_CONFIG", "not UTF-8")],
)
def test_file_that_is_no_toml_is_a_fault(content: bytes, name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(content)
    assert said in faults({"BOT_CONFIG": "own.toml"}, tmp_path)[name]


def test_folder_in_the_place_of_a_file_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    (tmp_path / "bot.toml").mkdir()
    assert set(faults({}, tmp_path)) == {".env", "bot.toml"}


def test_config_that_is_a_folder_is_a_fault_of_its_variable(tmp_path: Path) -> None:
    assert "cannot be read" in faults({"BOT_CONFIG": "."}, tmp_path)["BOT_CONFIG"]


def test_example_file_is_sound_and_shows_every_section() -> None:
    settings = load({"BOT_CONFIG": "bot.toml.example"}, ROOT)
    assert settings.file.model_fields_set == set(type(settings.file).model_fields)
    assert settings.file.limits["Qwen/Qwen3-8B"].tpm == 0
    assert settings.file.providers["home"].api_key == ()


def test_example_of_dotenv_names_every_variable_with_its_default(tmp_path: Path) -> None:
    lines = re.findall(r"^#?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert sorted(lines) == sorted((row.name, row.default) for row in table())
    plain = load({}, tmp_path)
    (tmp_path / ".env").write_text("\n".join(f"{name}={value}" for name, value in lines if name != "BOT_CONFIG"))
    assert load({}, tmp_path) == plain


def test_a_model_can_be_given_each_limit_that_there_is() -> None:
    assert set(LimitsTable.model_fields) == {*METRICS, "parallel"}


def test_a_model_of_which_little_is_said_is_the_value_with_its_defaults() -> None:
    least = ModelTable(id="a/m", drawing=ImageTable()).model(PRESETS["custom"])
    assert least == Model(
        "a/m", "custom", "a", 32_768, 4_096, Price(), "never", sees=False, limits={}, drawing=ImageCapabilities()
    )


def test_all_that_a_model_can_do_may_stand_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_text(MODELS)
    chats, draws = (table.model(PRESETS["siliconflow"]) for table in load({}, tmp_path).file.models)
    hours = Hours(2, 8, 1.5, 4.5)
    assert chats == Model(
        "a/chat",
        "siliconflow",
        "A",
        100,
        10,
        Price(3, 9, 0.3, tiers=(Tier(50, 6, 18),), hours=(hours,)),
        "switch",
        sees=True,
        limits={"rpm": 5},
        parallel=2,
        fallbacks=("b",),
        best_at={"en": "everything"},
        json_mode=False,
    )
    guidance = Guidance("cfg", 4, 0.1, 20)
    assert draws.drawing == ImageCapabilities(("10x10",), 50, 90, guidance, True, 1, True, 999, "openai")
    assert draws.price == Price(picture=0.2)


MODELS = """
[[models]]
id = "a/chat"
family = "A"
context = 100
max_output = 10
thinks = "switch"
sees = true
json_mode = false
limits = { rpm = 5, parallel = 2 }
fallbacks = ["b"]
best_at = { en = "everything" }

[models.price]
prompt = 3
output = 9
cached = 0.3
tiers = [{ above = 50, prompt = 6, output = 18 }]
hours = [{ start = 2, end = 8, prompt = 1.5, output = 4.5 }]

[[models]]
id = "a/draws"
price = { picture = 0.2 }

[models.drawing]
sizes = ["10x10"]
steps = 50
max_steps = 90
guidance = { key = "cfg", default = 4, low = 0.1, high = 20 }
negative_prompt = true
pictures = 1
needs_picture = true
max_pixels = 999
api_format = "openai"
"""


def test_table_has_a_meaning_for_every_variable() -> None:
    rows = table()
    assert [row.name for row in rows][:2] == ["TELEGRAM_BOT_TOKEN", "TELEGRAM_API_URL"]
    assert all(row.meaning for row in rows)
    assert {row.name: row.default for row in rows}["QUOTA_QUESTIONS_PER_DAY"] == "100"
    assert set(Settings.model_fields) - {row.name.lower() for row in rows} == {"file", "directory", "unknown"}


@given(st.dictionaries(st.sampled_from([row.name for row in table()]), st.text()))
def test_any_environment_gives_settings_or_faults(env: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            load(env, Path(folder))
        except SettingsError as error:
            assert {fault.name for fault in error.faults} <= {*env, "WEBHOOK_SECRET"}  # noqa: PT017 - it may not raise


@given(st.binary() | st.text().map(str.encode))
def test_any_content_of_the_files_gives_settings_or_faults(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in (".env", "bot.toml"):
            (Path(folder) / name).write_bytes(content)
        try:
            load({}, Path(folder))
        except SettingsError as error:
            assert error.faults  # noqa: PT017 - it may not raise


def test_groups_read_the_clock_of_a_zone_that_exists(tmp_path: Path) -> None:
    assert load({}, tmp_path).group_timezone == "Asia/Shanghai"
    assert load({"GROUP_TIMEZONE": "Europe/Berlin"}, tmp_path).group_timezone == "Europe/Berlin"
    for wrong in ("Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe"):
        assert "no time zone" in faults({"GROUP_TIMEZONE": wrong}, tmp_path)["GROUP_TIMEZONE"]
    assert "GROUP_ARCHIVE_DAYS" in faults({"GROUP_ARCHIVE_DAYS": "0"}, tmp_path)
