import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bot.clock import FakeClock
from bot.operation.check import _engine, examine
from bot.operation.connectivity import Finding, Reply, fetch
from bot.providers.models import siliconflow
from bot.settings import Settings, load
from bot.store import migrate
from bot.store.migrations import inspect

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
KEY = "canary-key"
ME = {"id": 1, "is_bot": True, "first_name": "b", "username": "silicon_bot", "can_read_all_group_messages": False}
DEFAULT = siliconflow().chat_models()[0].upstream


@dataclass
class Outside:
    """Telegram and a provider on one loopback server: path -> status and body."""

    url: str
    answers: dict[str, tuple[int, Any]]
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@pytest.fixture
def outside() -> Iterator[Outside]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append((self.path, self.headers["Authorization"]))
            status, body = there.answers.get(self.path, (404, {"ok": False}))
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{there.url}/v1/models")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Outside(
        f"http://127.0.0.1:{server.server_port}",
        {
            f"/bot{TOKEN}/getMe": (200, {"ok": True, "result": ME}),
            f"/bot{TOKEN}/getWebhookInfo": (200, {"ok": True, "result": {"url": ""}}),
            "/v1/models": (200, {"data": [{"id": DEFAULT}, {"id": "other"}, "odd"]}),
        },
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield there
    server.shutdown()
    thread.join()
    server.server_close()


def settings(outside: Outside, cwd: Path, **more: str) -> Settings:
    return load(
        {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": outside.url,
            "SILICONFLOW_BASE_URL": f"{outside.url}/v1",
            "SILICONFLOW_API_KEY": KEY,
            "BOT_OWNER_IDS": "1",
            **more,
        },
        cwd,
    )


def said(findings: list[Finding], level: str) -> str:
    return "\n".join(str(finding) for finding in findings if finding.level == level)


def test_all_is_well(outside: Outside, tmp_path: Path) -> None:
    migrate(tmp_path / "data/bot.db")
    findings = examine(settings(outside, tmp_path), inspect)
    assert {finding.level for finding in findings} == {"ok"}
    report = said(findings, "ok")
    assert "knows the bot as @silicon_bot" in report
    assert "privacy mode is on" in report
    assert "is at the newest schema" in report
    assert "siliconflow answers and offers 2 models" in report
    assert "clock agrees" in report
    assert ("/v1/models", f"Bearer {KEY}") in outside.asked


def test_unknown_token_is_told_without_showing_it(outside: Outside, tmp_path: Path) -> None:
    del outside.answers[f"/bot{TOKEN}/getMe"]
    findings = examine(settings(outside, tmp_path), inspect)
    assert "TELEGRAM_BOT_TOKEN is not known" in said(findings, "fail")
    assert TOKEN not in "".join(map(str, findings))


def test_other_servers_in_the_place_of_telegram_are_noticed(outside: Outside, tmp_path: Path) -> None:
    outside.answers[f"/bot{TOKEN}/getMe"] = (200, b"<html>")
    assert "TELEGRAM_API_URL answers" in said(examine(settings(outside, tmp_path), inspect), "fail")


def test_minimal_telegram_is_good_enough(outside: Outside, tmp_path: Path) -> None:
    outside.answers[f"/bot{TOKEN}/getMe"] = (200, {"ok": True, "result": {"id": 1}})
    del outside.answers[f"/bot{TOKEN}/getWebhookInfo"]
    assert {finding.level for finding in examine(settings(outside, tmp_path), inspect)} == {"ok"}


def test_foreign_webhook_is_told_where_polling_is_wanted(outside: Outside, tmp_path: Path) -> None:
    outside.answers[f"/bot{TOKEN}/getWebhookInfo"] = (200, {"ok": True, "result": {"url": "https://old.example/x"}})
    assert "webhook is set to old.example" in said(examine(settings(outside, tmp_path), inspect), "warn")


def test_failed_delivery_of_the_webhook_is_told_on_one_line(outside: Outside, tmp_path: Path) -> None:
    result = {"url": "https://new.example", "last_error_message": "Wrong\n\x1b[2Jresponse"}
    outside.answers[f"/bot{TOKEN}/getWebhookInfo"] = (200, {"ok": True, "result": result})
    chosen = settings(outside, tmp_path, WEBHOOK_URL="https://new.example", WEBHOOK_SECRET="hush" * 8)
    warned = said(examine(chosen, inspect), "warn")
    assert "had a failed delivery" in warned
    assert len(warned.splitlines()) == 1
    assert "\x1b" not in warned


@pytest.mark.parametrize("status", [401, 403])
def test_refused_key_is_told_with_its_place(status: int, outside: Outside, tmp_path: Path) -> None:
    outside.answers["/v1/models"] = (status, "Invalid token")
    findings = examine(settings(outside, tmp_path, SILICONFLOW_API_KEY=f"{KEY},other-canary"), inspect)
    failed = said(findings, "fail")
    assert "siliconflow, key 1 of 2, refuses the key" in failed
    assert "siliconflow, key 2 of 2, refuses the key" in failed
    assert "canary" not in "".join(map(str, findings))


def test_key_never_follows_a_redirect(outside: Outside, tmp_path: Path) -> None:
    outside.answers["/v2/models"] = (302, b"")
    examine(settings(outside, tmp_path, SILICONFLOW_BASE_URL=f"{outside.url}/v2"), inspect)
    assert "/v1/models" not in [path for path, _ in outside.asked]


def test_missing_default_model_is_told(outside: Outside, tmp_path: Path) -> None:
    outside.answers["/v1/models"] = (200, {"data": []})
    assert f"does not offer {DEFAULT}" in said(examine(settings(outside, tmp_path), inspect), "warn")


def test_base_url_without_a_list_of_models_is_told(outside: Outside, tmp_path: Path) -> None:
    del outside.answers["/v1/models"]
    assert "gives no list of its models (404)" in said(examine(settings(outside, tmp_path), inspect), "warn")


def test_providers_of_the_file_are_asked_too(outside: Outside, tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_text(
        f'[providers.home]\nbase_url = "{outside.url}/v1"\n[[providers.home.models]]\nid = "gone"\n'
    )
    findings = examine(settings(outside, tmp_path), inspect)
    assert "home answers" in said(findings, "ok")
    assert "home does not offer gone" in said(findings, "warn")
    assert ("/v1/models", None) in outside.asked


def test_servers_that_are_not_there_are_told(tmp_path: Path, outside: Outside) -> None:
    def refuse(url: str, headers: Mapping[str, str]) -> Reply:
        raise OSError(f"[Errno 111] Connection refused: {url} {headers}")

    findings = examine(settings(outside, tmp_path), inspect, refuse)
    failed = said(findings, "fail")
    assert "Telegram cannot be reached" in failed
    assert "siliconflow cannot be reached" in failed
    assert TOKEN not in failed
    assert KEY not in failed


def test_nobody_listening_is_an_oserror(outside: Outside) -> None:
    with pytest.raises(OSError, match="refused"):
        fetch("http://127.0.0.1:1/", {})


@pytest.mark.parametrize(("ahead", "word"), [(120, "fast"), (-120, "slow")])
def test_wrong_clock_is_told(ahead: float, word: str, outside: Outside, tmp_path: Path) -> None:
    def answer(url: str, headers: Mapping[str, str]) -> Reply:
        return Reply(200, {"result": ME, "data": [{"id": DEFAULT}]}, sent=1_800_000_000.0)

    findings = examine(settings(outside, tmp_path), inspect, answer, FakeClock(1_800_000_000.0 + ahead))
    assert f"clock is 120 s {word}" in said(findings, "warn")


def test_unset_token_openness_and_misspelt_names_are_warnings(outside: Outside, tmp_path: Path) -> None:
    chosen = settings(outside, tmp_path, TELEGRAM_BOT_TOKEN="", BOT_OWNER_IDS="", BOT_OWNERS_IDS="1")
    warned = said(examine(chosen, inspect), "warn")
    assert "TELEGRAM_BOT_TOKEN is not set" in warned
    assert "BOT_ALLOWED_IDS is empty" in warned
    assert "BOT_OWNERS_IDS has no effect" in warned


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o600, False)])
def test_file_of_keys_that_everybody_can_read_is_told(
    mode: int, warned: bool, outside: Outside, tmp_path: Path
) -> None:
    (tmp_path / ".env").touch(mode)
    (tmp_path / ".env").chmod(mode)
    assert (".env may hold keys" in said(examine(settings(outside, tmp_path), inspect), "warn")) is warned


def test_token_without_any_provider_fails(outside: Outside, tmp_path: Path) -> None:
    assert "SILICONFLOW_API_KEY is missing" in said(
        examine(settings(outside, tmp_path, SILICONFLOW_API_KEY=""), inspect), "fail"
    )


def test_missing_database_is_not_made(outside: Outside, tmp_path: Path) -> None:
    findings = examine(settings(outside, tmp_path), inspect)
    assert "database is not there yet" in said(findings, "ok")
    assert list(tmp_path.iterdir()) == []


def test_file_in_the_way_of_the_database_fails(outside: Outside, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    assert "database cannot be made" in said(examine(settings(outside, tmp_path), inspect), "fail")


def test_file_that_is_no_database_fails(outside: Outside, tmp_path: Path) -> None:
    (tmp_path / "bot.db").write_text("no database, but long enough to be read as the head of one" * 9)
    findings = examine(settings(outside, tmp_path, DATABASE_URL="sqlite:///bot.db"), inspect)
    assert "DATABASE_URL could not be looked at: file is not a database" in said(findings, "fail")


def test_old_schema_is_told(outside: Outside, tmp_path: Path) -> None:
    Database(tmp_path / "bot.db").close()
    findings = examine(settings(outside, tmp_path, DATABASE_URL="sqlite:///bot.db"), inspect)
    assert "will be brought to the newest schema by the next start (0001" in said(findings, "ok")


def test_newer_database_fails(outside: Outside, tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    migrate(path)
    database = Database(path)
    database.table("_sqlite_migrations").insert(
        {"migration_set": "siliconbot", "name": "9999_new", "applied_at": "2099"}
    )
    database.close()
    findings = examine(settings(outside, tmp_path, DATABASE_URL="sqlite:///bot.db"), inspect)
    assert "newer than this program (9999_new)" in said(findings, "fail")


@pytest.mark.parametrize(
    ("version", "level"), [("3.40.1", "warn"), ("3.51.2", "warn"), ("3.51.3", "ok"), ("3.53.4", "ok")]
)
def test_sqlite_with_the_wal_defect_is_a_warning(version: str, level: str) -> None:
    assert _engine(version).level == level
