"""What the files under deploy/ promise; no YAML library is at hand, so compose.yaml is read by its indentation."""

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def read_yaml(text: str) -> dict[str, list[str]]:
    """Dotted path of each key -> its value, or the items of its list; enough for block style on single lines."""
    values: dict[str, list[str]] = {}
    path: list[tuple[int, str]] = []
    for raw in text.splitlines():
        line = re.sub(r"(^|\s)#.*", "", raw).rstrip()
        if not line:
            continue
        indent, content = len(line) - len(line.lstrip()), line.lstrip()
        while path and path[-1][0] >= indent:
            path.pop()
        if content.startswith("- "):
            values[".".join(name for _, name in path)].append(content[2:])
            continue
        name, _, value = content.partition(":")
        path.append((indent, name))
        values[".".join(name for _, name in path)] = [value.strip()] if value.strip() else []
    return values


def read_unit(text: str) -> dict[str, list[str]]:
    """Key -> its values in their order, over all sections."""
    values: dict[str, list[str]] = {}
    for line in text.splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            values.setdefault(name, []).append(value)
    return values


def test_compose_takes_every_privilege_away() -> None:
    compose = read_yaml((DEPLOY / "compose.yaml").read_text())
    service = {name.removeprefix("services.bot."): value for name, value in compose.items()}
    assert service["read_only"] == ["true"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] == ["true"]
    assert service["restart"] == ["unless-stopped"]
    assert service["stop_grace_period"] == ["40s"]
    assert "privileged" not in service
    assert "ports" not in service


def test_compose_keeps_the_database_in_the_volume() -> None:
    compose = read_yaml((DEPLOY / "compose.yaml").read_text())
    assert compose["services.bot.environment.DATABASE_URL"] == ["sqlite:////data/bot.db"]
    assert compose["services.bot.volumes"] == ["data:/data"]
    assert "volumes.data" in compose


def test_compose_names_files_that_exist() -> None:
    compose = read_yaml((DEPLOY / "compose.yaml").read_text())
    context = DEPLOY / compose["services.bot.build.context"][0]
    assert (context / compose["services.bot.build.dockerfile"][0]).is_file()
    assert compose["services.bot.env_file"] == ["../.env"]


def test_image_is_locked_and_runs_as_nobody_special() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    code = "\n".join(line for line in lines if not line.startswith("#"))
    assert "--require-hashes" in code
    assert re.findall(r"^USER (.*)$", code, re.MULTILINE) == ["bot"]
    assert re.findall(r"^VOLUME (.*)$", code, re.MULTILINE) == ["/data"]
    assert code.index("USER bot") < code.index("ENTRYPOINT")
    assert not re.findall(r"\S+\.\S+/\S*", code.replace("/tmp/run.lock", "").replace("requirements/run.lock", ""))  # noqa: S108 - in the image
    assert "HEALTHCHECK" not in code


def test_image_is_made_of_files_that_exist_and_are_let_through() -> None:
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = set(re.findall(r"^COPY ([^-\s]\S*) ", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE))
    assert copied == let_through
    assert all((ROOT / name).exists() for name in copied)
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()


def test_unit_restarts_except_for_wrong_settings_and_waits_for_answers() -> None:
    unit = read_unit((DEPLOY / "siliconbot.service").read_text())
    assert unit["Restart"] == ["always"]
    assert unit["RestartPreventExitStatus"] == ["2"]
    assert unit["TimeoutStopSec"] == ["40"]
    assert unit["StartLimitIntervalSec"] == ["0"]
    assert unit["ExecStart"] == ["/opt/siliconbot/.venv/bin/siliconbot run"]
    assert unit["WantedBy"] == ["multi-user.target"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DynamicUser", "yes"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateDevices", "yes"),
        ("PrivateTmp", "yes"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("SystemCallArchitectures", "native"),
        ("SystemCallErrorNumber", "EPERM"),
        ("UMask", "0077"),
    ],
)
def test_unit_is_hardened(key: str, value: str) -> None:
    assert read_unit((DEPLOY / "siliconbot.service").read_text())[key] == [value]


def test_unit_keeps_the_database_in_its_state_directory() -> None:
    unit = read_unit((DEPLOY / "siliconbot.service").read_text())
    assert unit["StateDirectory"] == ["siliconbot"]
    assert unit["WorkingDirectory"] == ["%S/siliconbot"]
    assert unit["Environment"] == ["DATABASE_URL=sqlite:///%S/siliconbot/bot.db"]


def test_ci_runs_the_tests_and_then_the_slow_ones() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    lines = [line for line in script.read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "set -euo pipefail"
    assert lines[-2:] == ["make test", "make slow"]
