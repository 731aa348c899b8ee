"""What the files under deploy/ promise; no YAML library is at hand, so compose.yaml is read by its indentation."""

import os
import re
import subprocess
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
    assert lines[-3:] == ["make test", "make tour", "make slow"]


def run_ci(folder: Path, **programs: str) -> tuple[list[str], str]:
    """What CI called and what it complained of, with ``programs`` (each a line of shell) and no others at hand."""
    log = folder / "log"
    for name, line in {"dirname": 'echo "${1%/*}"', "make": ":", **programs}.items():
        program = folder / name.replace("_", "-")
        program.write_text(f'#!/bin/sh\necho "{program.name} $*" >> {log}\n{line}\n')
        program.chmod(0o755)
    script = ("/bin/bash", str(ROOT / ".ci/run"))
    run = subprocess.run(script, env={"PATH": str(folder)}, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return [line for line in log.read_text().splitlines() if line.startswith(("apt-get", "make"))], run.stderr


MADE = ["make test", "make tour", "make slow"]


def test_ci_installs_chromium_for_the_tests_in_a_browser(tmp_path: Path) -> None:
    called, complaints = run_ci(tmp_path, id="echo 0", apt_get=":")
    assert called == ["apt-get update -qq", "apt-get install -qq -y --no-install-recommends chromium", *MADE]
    assert complaints == ""


def test_ci_installs_nothing_where_chromium_is_there(tmp_path: Path) -> None:
    assert run_ci(tmp_path, id="echo 0", apt_get=":", chromium=":") == (MADE, "")


@pytest.mark.parametrize("programs", [{"id": "echo 1000", "apt_get": ":"}, {"id": "echo 0"}])
def test_ci_says_that_it_has_no_browser_and_goes_on(tmp_path: Path, programs: dict[str, str]) -> None:
    called, complaints = run_ci(tmp_path, **programs)
    assert called == MADE
    assert "will be skipped" in complaints


def test_ci_goes_on_where_chromium_cannot_be_fetched(tmp_path: Path) -> None:
    called, complaints = run_ci(tmp_path, id="echo 0", apt_get="exit 100")
    assert called == ["apt-get update -qq", *MADE]
    assert "will be skipped" in complaints
