"""One model sums up for everybody: the operator's, or the first free one that need not think."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli import main
from bot.config_mapping import registry
from bot.domain.catalogue import Catalogue
from bot.domain.money import Price
from bot.groups.summarizer import summary_model
from bot.providers.models import siliconflow
from bot.settings import SettingsError, load
from tests.unit.groups.summary_models import MODEL

FREE = replace(MODEL, id="free", price=Price())
THINKER = replace(FREE, id="thinker", thinks="always")
KEY = {"SILICONFLOW_API_KEY": "sk-1"}


def test_unset_it_is_the_first_that_is_free_and_need_not_think() -> None:
    assert summary_model(siliconflow(), None).id == "Qwen/Qwen3-8B"
    assert summary_model(Catalogue.of([THINKER, MODEL, FREE]), None) == FREE
    assert summary_model(Catalogue.of([THINKER, MODEL]), None) == MODEL
    assert summary_model(Catalogue.of([THINKER]), None) == THINKER


def test_the_chosen_one_is_used_whatever_it_costs_and_its_successor_after_it() -> None:
    assert summary_model(siliconflow(), "deepseek-ai/DeepSeek-V4-Pro").id == "deepseek-ai/DeepSeek-V4-Pro"
    assert summary_model(siliconflow(), "Qwen/Qwen1.5-14B-Chat").id == "Qwen/Qwen3-14B"


def test_where_the_chosen_one_is_gone_for_now_the_usual_one_stands_in() -> None:
    assert summary_model(Catalogue.of([MODEL, FREE]), "gone") == FREE


@pytest.mark.parametrize(
    ("name", "wrong", "mend"),
    [
        ("Qwen3-80B", "names no model that chats", "like Qwen/Qwen3-8B,"),
        ("zzz", "names no model that chats", "like Qwen/Qwen3-8B,"),
        ("Kwai-Kolors/Kolors", "names a model that draws", "leave it unset"),
    ],
)
def test_what_is_no_model_is_a_fault_with_its_mend(name: str, wrong: str, mend: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        registry(load({**KEY, "SUMMARY_MODEL": name}, tmp_path))
    (fault,) = caught.value.faults
    assert (fault.name, fault.wrong) == ("SUMMARY_MODEL", wrong)
    assert mend in fault.mend


def test_models_of_the_file_and_retired_names_are_taken(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_text('[[models]]\nid = "New/Model"\n')
    for name in ("New/Model", "Qwen/QwQ-32B"):
        assert registry(load({**KEY, "SUMMARY_MODEL": name}, tmp_path)).catalogue.get(name)


@pytest.mark.usefixtures("own_logging")
def test_check_lists_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {**KEY, "SUMMARY_MODEL": "zzz"}.items():
        monkeypatch.setenv(name, value)
    assert main(["check"]) == 1
    assert capsys.readouterr().out.startswith("fail SUMMARY_MODEL names no model that chats. Write a whole id")
