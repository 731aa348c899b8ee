"""The models that draw, as the operator has named and bounded them."""

from pathlib import Path

import pytest

from bot.config_mapping import legacy_image_models, registry
from bot.domain.model import OPENAI, SILICONFLOW, image_api_format
from bot.drawing.image_models import offered
from bot.settings import Settings, SettingsError, load

FILE = """
[providers.home]
base_url = "http://localhost:8000/v1"

[[providers.home.models]]
id = "painter"
price = {{ picture = 0.2 }}
drawing = {{ sizes = ["{size}", "1536x1024"], pictures = 1 }}

[[models]]
id = "New/Painter"
drawing = {{ sizes = ["512x512"] }}
"""


def configured(path: Path, size: str = "1024x1024", **variables: str) -> Settings:
    (path / "bot.toml").write_text(FILE.format(size=size))
    return load({"SILICONFLOW_API_KEY": "sk-1", **variables}, path)


def test_models_named_in_the_file_draw_in_their_providers_form(tmp_path: Path) -> None:
    catalogue = registry(configured(tmp_path)).catalogue
    home, new = catalogue.models["painter"], catalogue.models["New/Painter"]
    assert (image_api_format(home), image_api_format(new)) == (OPENAI, SILICONFLOW)
    assert home.drawing is not None
    assert (home.drawing.sizes, home.drawing.pictures) == (("1024x1024", "1536x1024"), 1)
    assert (home.price.picture, home.price.free, new.price.free) == (0.2, False, True)
    assert home in offered(catalogue)
    assert new in offered(catalogue)
    assert home not in catalogue.chat_models()


def test_a_size_that_is_none_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not a size"):
        configured(tmp_path, size="large")


def test_legacy_image_models_keep_to_the_operators_limits(tmp_path: Path) -> None:
    limits = {tuple(model.limits.items()) for model in legacy_image_models(configured(tmp_path, SILICONFLOW_IPM="9"))}
    assert limits == {(("ipm", 9), ("ipd", 400))}


def test_without_siliconflow_there_are_no_legacy_image_models(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_text('[providers.home]\nbase_url = "http://localhost:8000/v1"\n')
    assert not list(legacy_image_models(load({}, tmp_path)))


@pytest.mark.parametrize("hosts", ["10.0.0.5:9000, Store.local:80", "[::1]:9000"])
def test_trusted_hosts_are_read(tmp_path: Path, hosts: str) -> None:
    given = load({"IMAGE_TRUSTED_HOSTS": hosts}, tmp_path).image_trusted_hosts
    assert given == frozenset(hosts.lower().replace(",", "").split())


@pytest.mark.parametrize("hosts", ["10.0.0.5", "http://10.0.0.5:9000", "10.0.0.5:port"])
def test_a_trusted_host_without_a_port_is_a_fault(tmp_path: Path, hosts: str) -> None:
    with pytest.raises(SettingsError, match="IMAGE_TRUSTED_HOSTS holds something that is not host:port"):
        load({"IMAGE_TRUSTED_HOSTS": hosts}, tmp_path)
