"""Prometheus's configuration and rules: valid, tested by promtool, and complete."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

PROMETHEUS: Final = Path(__file__).parents[2] / "prometheus"
IMAGE: Final = "prom/prometheus:v3.5.0"
UNITS: Final = {"s": 1, "m": 60, "h": 3600}

Promtool = Callable[..., subprocess.CompletedProcess[str]]


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules(name: str) -> list[dict[str, Any]]:
    return [rule for group in loaded(PROMETHEUS / "rules" / name)["groups"] for rule in group["rules"]]


ALERTS: Final = rules("alerts.yml")
RECORDINGS: Final = rules("recording.yml")
EXPECTATIONS: Final[list[dict[str, Any]]] = [
    expectation
    for path in sorted((PROMETHEUS / "tests").glob("*.yml"))
    for test in loaded(path)["tests"]
    for expectation in test["promql_expr_test"]
]


def seconds(duration: str) -> int:
    return int(duration[:-1]) * UNITS[duration[-1]]


def in_container() -> list[str]:
    mount = f"{PROMETHEUS}:/etc/prometheus:ro"
    run = ["docker", "run", "--rm", "--network", "none", "--volume", mount, "--workdir", "/etc/prometheus"]
    return [*run, "--entrypoint", "promtool", IMAGE]


def answers(command: list[str]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run([*command, "--version"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def promtool() -> Promtool:
    """Run promtool in prometheus/, from the PATH or from Prometheus's image."""
    command = next((each for each in (["promtool"], in_container()) if answers(each)), None)
    if command is None:
        message = f"neither promtool nor a Docker engine with {IMAGE} is here"
        (pytest.fail if os.environ.get("REQUIRE_SERVERS") == "1" else pytest.skip)(message)
    return lambda *arguments: subprocess.run(
        [*command, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False
    )


def test_the_configuration_is_valid(promtool: Promtool) -> None:
    result = promtool("check", "config", "--lint=all", "--lint-fatal", "prometheus.yml")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 rule files found" in result.stdout


@pytest.mark.parametrize("name", ["alerts.yml", "recording.yml"])
def test_the_rules_are_valid(promtool: Promtool, name: str) -> None:
    result = promtool("check", "rules", "--lint=all", "--lint-fatal", f"rules/{name}")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", sorted((PROMETHEUS / "tests").glob("*.yml")), ids=lambda path: path.stem)
def test_the_rules_do_what_their_unit_tests_expect(promtool: Promtool, path: Path) -> None:
    result = promtool("test", "rules", f"tests/{path.name}")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_how_bad_it_is_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert seconds(alert["for"]) >= 60
    assert alert["annotations"]["summary"]
    assert len(alert["annotations"]["description"].split(". ")) > 1


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_is_seen_to_fire_with_its_severity(alert: dict[str, Any]) -> None:
    firing = [
        sample["labels"]
        for expectation in EXPECTATIONS
        if "ALERTS" in expectation["expr"]
        for sample in expectation["exp_samples"]
    ]
    severity = alert["labels"]["severity"]
    assert any(f'alertname="{alert["alert"]}"' in labels and f'severity="{severity}"' in labels for labels in firing)


@pytest.mark.parametrize("rule", RECORDINGS, ids=lambda rule: rule["record"])
def test_a_recording_rule_has_a_unit_test_with_a_value(rule: dict[str, Any]) -> None:
    assert any(expectation["expr"] == rule["record"] and expectation["exp_samples"] for expectation in EXPECTATIONS)


WINDOWS = [(rule, window) for rule in [*ALERTS, *RECORDINGS] for window in re.findall(r"\[([^\]]+)\]", rule["expr"])]


@pytest.mark.parametrize(
    ("rule", "window"), WINDOWS, ids=[f"{r.get('alert') or r['record']} {window}" for r, window in WINDOWS]
)
def test_a_window_spans_at_least_four_scrapes(rule: dict[str, Any], window: str) -> None:
    scrape_interval = seconds(loaded(PROMETHEUS / "prometheus.yml")["global"]["scrape_interval"])
    assert seconds(window.split(":", maxsplit=1)[0]) >= 4 * scrape_interval


def test_every_address_of_the_name_api_is_scraped() -> None:
    jobs = {job["job_name"]: job for job in loaded(PROMETHEUS / "prometheus.yml")["scrape_configs"]}
    (discovery,) = jobs["quantity-api"]["dns_sd_configs"]
    assert (discovery["names"], discovery["type"], discovery["port"]) == (["api"], "A", 8000)
    assert "prometheus" in jobs
