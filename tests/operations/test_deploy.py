"""The files of deploy/ that can be checked without an engine: Compose, HAProxy, systemd and the workflow."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from server.config.paths import PROJECT_ROOT
from server.config.settings import Settings, variable_name
from tests.support.proxies import find_program

DEPLOY = PROJECT_ROOT / "deploy"
REGISTRY_HOST = re.compile(r"^[^/]*[.:][^/]*/")
"""The beginning of an image's name that names the host of a registry."""
_VARIABLE = re.compile(r"\$\{(\w+)(?::[-?][^}]*)?\}")


def read_example() -> dict[str, str]:
    """Return the variables of compose.env.example, with a value for each secret."""
    lines = (DEPLOY / "compose.env.example").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value or "a-secret" for name, _, value in pairs}


def load_compose() -> Any:
    """Return the configuration as Compose reads it, with the variables of the example."""
    variables = read_example()
    text = (DEPLOY / "compose.yaml").read_text()
    assert set(_VARIABLE.findall(text)) == set(variables), "compose.env.example has other variables"
    return yaml.safe_load(_VARIABLE.sub(lambda match: variables[match[1]], text))


def test_compose_file_follows_the_specification() -> None:
    compose = load_compose()
    PyCompose.from_json(json.dumps(compose)).validate()
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (DEPLOY / source).is_file(), volume
        for other, condition in service.get("depends_on", {}).items():
            needs_health = condition["condition"] == "service_healthy"
            has_check = "healthcheck" in compose["services"][other] or other.startswith("server")
            assert has_check or not needs_health, f"{name} waits for {other}, which has no health check"


def test_compose_check_finds_mistakes() -> None:
    unknown, network = load_compose(), load_compose()
    unknown["services"]["haproxy"]["prots"] = []
    network["services"]["haproxy"]["networks"] = ["other"]
    with pytest.raises(ValueError, match="prots"):
        PyCompose.from_json(json.dumps(unknown))
    with pytest.raises(ValueError, match="other"):
        PyCompose.from_json(json.dumps(network)).validate()


def test_servers_get_settings_that_exist() -> None:
    variables = {variable_name(name) for name in Settings.model_fields}
    services = load_compose()["services"]
    for name in ("migrate", "server1", "server2"):
        assert set(services[name]["environment"]) <= variables
        assert services[name]["environment"]["ALLOTMENT_ENV"] == "production"
    assert "pgbouncer=true" in services["server1"]["environment"]["DATABASE_URL"]


def test_images_name_no_registry() -> None:
    images = [service["image"] for service in load_compose()["services"].values() if "image" in service]
    for file in DEPLOY.rglob("Dockerfile"):
        images += re.findall(r"^FROM (\S+)", file.read_text(), re.MULTILINE)
    assert len(images) > 6
    assert [image for image in images if REGISTRY_HOST.match(image)] == []


@pytest.mark.parametrize("script", sorted(DEPLOY.rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_can_be_parsed_and_executed(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)
    assert script.stat().st_mode & 0o111


def test_haproxy_accepts_its_configuration(tmp_path: Path) -> None:
    text = (DEPLOY / "haproxy" / "haproxy.cfg").read_text()
    file = tmp_path / "haproxy.cfg"
    file.write_text(text.replace(" server1:8000", " 127.0.0.1:8001").replace(" server2:8000", " 127.0.0.1:8002"))
    checked = subprocess.run(
        [find_program("haproxy"), "-c", "-f", str(file)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert "[WARNING]" not in checked.stderr, checked.stderr


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed; on Debian: apt-get install systemd")
    for unit in ("allotment.service", "allotment.socket"):
        text = (DEPLOY / "systemd" / unit).read_text()
        text = text.replace("/srv/allotment/.venv/bin/allotment", f"{Path(sys.executable).parent}/allotment")
        (tmp_path / unit).write_text(text)
    units = [str(tmp_path / unit) for unit in ("allotment.service", "allotment.socket")]
    verified = subprocess.run([program, "verify", *units], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_documented_unit_is_the_one_of_deploy() -> None:
    """docs/deployment.md shows the lines that matter for restarts."""
    page = (PROJECT_ROOT / "docs" / "deployment.md").read_text()
    (shown,) = re.findall(r"```ini\n(\[Unit\].*?)```", page, re.DOTALL)
    unit = (DEPLOY / "systemd" / "allotment.service").read_text().splitlines()
    for line in shown.splitlines():
        if "=" in line and not line.startswith(("#", "EnvironmentFile")):
            assert line in unit, line


def test_workflow_runs_targets_that_exist() -> None:
    jobs = yaml.safe_load((DEPLOY / "ci" / "workflow.yaml").read_text())["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT_ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"make check", "make test", "make migrate", "make test-slow"} <= set(commands)
    assert {command.split()[1] for command in commands if command.startswith("make ")} <= targets
    assert set(jobs["test-slow"]["needs"]) <= set(jobs)
