"""`make up` and the other commands on a laptop with AWS accounts, proxies and many settings."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.processes import commands, free_port
from local import janitor
from tests.client.test_guide import TOOLS, blocks
from tests.e2e.project_checkout import COMMAND_TIMEOUT, Checkout, CommandResult, checkout, plain_environment
from tests.e2e.waiting import until_none
from tests.support.trap import Trap, trap

_TRUNCATED = "[profile default\nregion = eu-w"
_SERVICES = (
    *("CLOUDFORMATION", "S3", "STS", "SSM", "DYNAMODB", "SQS", "LAMBDA", "SESV2", "APIGATEWAYV2"),
    *("CLOUDWATCH_LOGS", "IAM", "SECRETS_MANAGER", "ECR", "EVENTBRIDGE", "SFN"),
)
_PORTS = ("PORT", "ISSUER_PORT", "WEB_PORT")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass(frozen=True)
class Laptop:
    """A checkout in which `make up` has run, and the environment of the shell that ran it."""

    checkout: Checkout
    shell: Mapping[str, str]
    trap: Trap
    first: CommandResult

    def make(self, *arguments: str) -> CommandResult:
        """Run `make` in that shell."""
        return self.checkout.make(*arguments, env=self.shell)


@pytest.fixture(scope="module")
def trapped() -> Iterator[Trap]:
    with trap() as trapped:
        yield trapped


@pytest.fixture(scope="module")
def laptop(trapped: Trap, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """A checkout in which `make up` has run, in a shell with every setting that could interfere."""
    shell = hostile_shell(trapped, tmp_path_factory.mktemp("hostile"))
    with checkout("laptop") as made:
        first = made.make("up", *(f"{name}={free_port()}" for name in _PORTS), env=shell)
        assert first.status == 0, first.output
        yield Laptop(made, shell, trapped, first)


def hostile_shell(trap: Trap, folder: Path) -> dict[str, str]:
    """An environment with every setting that could interfere; all addresses in it are those of the trap."""
    (folder / "truncated").write_text(_TRUNCATED)
    modules = folder / "modules"
    modules.mkdir()
    for shadow in ("json", "yaml", "jwt", "local", "boto3"):
        (modules / f"{shadow}.py").write_text("raise SystemExit('the wrong one')\n")
    return {
        "PATH": os.environ["PATH"],
        "PYENV_ROOT": os.environ.get("PYENV_ROOT", ""),
        # Not writable, even for root.
        "HOME": os.devnull,
        "LC_ALL": "C",
        **dict.fromkeys(_PROXIES, trap.url),
        "no_proxy": "corp.example",
        "NO_PROXY": "corp.example",
        "AWS_PROFILE": "no-such-profile",
        "AWS_CONFIG_FILE": str(folder / "truncated"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "truncated"),
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_ENDPOINT_URL": trap.url,
        **{f"AWS_ENDPOINT_URL_{service}": trap.url for service in _SERVICES},
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "made up",
        "AWS_SESSION_TOKEN": "made up",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "many",
        "AWS_CA_BUNDLE": str(folder / "truncated"),
        "CDK_DEFAULT_ACCOUNT": "123456789012",
        "CDK_HOME": os.devnull,
        "NODE_ENV": "production",
        "NODE_OPTIONS": f"--require {folder}/no-such-module.js",
        "NODE_PATH": str(modules),
        "npm_config_omit": "dev",
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": str(modules),
        "PYTHONHOME": str(folder),
        "PYTHONINSPECT": "1",
        "PYTHONWARNINGS": "error",
        "PYTHONIOENCODING": "ascii",
        "PIP_TARGET": str(folder),
        "TERM": "dumb",
    }


def test_make_up_works_in_a_hostile_shell(laptop: Laptop) -> None:
    result = laptop.first
    assert re.search(r"\+ Order +FULFILLED", result.out)
    assert "mail to alice@example.com: Your order is on its way" in result.out
    assert "Traceback" not in result.output
    # The proxy of the shell would intercept the printed commands, so the output says how to exclude loopback.
    assert "no_proxy=127.0.0.1,localhost" in result.out


def test_an_ascii_terminal_gets_replacement_characters(laptop: Laptop) -> None:
    assert laptop.first.output.isascii()
    assert "2 x MUG-RED" in laptop.first.out


def test_make_up_ends_with_addresses_and_next_commands(laptop: Laptop) -> None:
    (docs,) = re.findall(r"http://\S+/docs$", laptop.first.out, re.MULTILINE)
    page = laptop.checkout.run("curl", "-sf", "--compressed", "--noproxy", "*", docs, env=laptop.shell)
    assert "Swagger UI" in page.out
    for what in ("docs/api-guide.md", "make order", "make mail", "make logs", "make down"):
        assert what in laptop.first.out


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("status", "runs at http://127.0.0.1"),
        ("token", "eyJ"),
        ("order", "FULFILLED"),
        ("mail", "Your order is on its way"),
        ("logs", "== functions"),
    ],
)
def test_the_other_commands_work_in_the_same_shell(laptop: Laptop, command: str, said: str) -> None:
    ran = laptop.make(command)
    assert (ran.status, ran.err) == (0, "")
    assert said in ran.out


def test_the_operators_command_line_reaches_only_the_engine(laptop: Laptop) -> None:
    shell = {name: value for name, value in laptop.shell.items() if not name.startswith("PYTHON")}
    ran = laptop.checkout.run(".venv/bin/orders-ops", "dlq", "--local", env=shell)
    assert ran.status == 0, ran.output


def test_make_watch_waits_for_saves_until_ctrl_c(laptop: Laptop) -> None:
    """`make` ends as Ctrl-C ends it, and prints nothing of its own."""
    running = laptop.checkout.start("make", "watch", env=laptop.shell)
    assert running.stdout
    assert re.match(
        r"watching lambdas, layers, stacks, web, clients/typescript: \d+ functions", running.stdout.readline()
    )
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=COMMAND_TIMEOUT)
    assert out == "stopped watching; the functions keep the code that was saved last\n"
    assert "Traceback" not in err
    assert not [line for line in err.splitlines() if not line.startswith("make")]


def test_make_watch_before_make_up_says_what_to_do() -> None:
    with checkout("watch") as made:
        ran = made.make("watch", env=plain_environment())
    assert ran.status != 0
    assert "the local engine is not running" in ran.err
    assert "run `make up` first" in ran.err
    assert "Traceback" not in ran.err


def test_no_request_left_the_loopback_interface(laptop: Laptop) -> None:
    """This must be the last test in the hostile shell, so that it covers all the others."""
    assert laptop.trap.caught == []


def test_second_concurrent_make_up_waits_and_says_so(laptop: Laptop) -> None:
    env = plain_environment()
    both = [laptop.checkout.start("make", "up", env=env) for _ in range(2)]
    said = [process.communicate(timeout=COMMAND_TIMEOUT) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    # Before that, both check the installed packages, and either may wait for the other.
    waited = [out for out, _ in said if "to change the local run: this one waits until it is done" in out]
    assert len(waited) == 1
    for out, _ in said:
        assert "0 of them new" in out
        assert "FULFILLED" in out


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")
def test_the_examples_of_the_guide_work_after_make_up(laptop: Laptop, tmp_path: Path) -> None:
    """All examples are run in order, in the project's folder, twice."""
    script = tmp_path / "guide.py"
    script.write_text("\n".join(blocks("python")))
    before = laptop.checkout.files()
    read = "\n".join([*blocks("sh"), f".venv/bin/python {script}"])
    for _ in range(2):
        ran = laptop.checkout.run("bash", "-euo", "pipefail", "-c", read, env=plain_environment())
        assert (ran.status, ran.err) == (0, "")
        # 409: it may be too late to cancel, as the guide says.
        assert set(re.findall(r'"status": *([45]\d\d)', ran.out)) <= {"409"}, ran.out
        assert re.search("idempotency-replayed: true", ran.out, re.IGNORECASE)
        for said in ("True True", "FULFILLED", "lines[0].sku", "304 Enamel mug, red"):
            assert said in ran.out

    assert laptop.checkout.files() == before
    order = laptop.checkout.make("order", env=plain_environment())
    assert "mail to alice@example.com: Your order is on its way" in order.out


def test_the_janitor_removes_the_folder_of_a_dead_worker(laptop: Laptop) -> None:
    scratch = laptop.checkout.local / "tmp"
    workers = {
        scratch / found[1]: pid
        for pid, command in commands()
        if (found := re.search(f"{re.escape(str(scratch))}/(ministack-lambda-[^/]+)/", command))
    }
    folder, pid = next(iter(workers.items()))
    os.kill(pid, signal.SIGKILL)
    until_none("worker", lambda: [command for _, command in commands() if str(folder) in command])

    assert folder in janitor.sweep(scratch, filled_after=-1)

    assert not folder.exists()
    assert workers.keys() - {folder} <= set(scratch.iterdir())
    assert not [archive for each in workers for archive in each.glob("layer_*.zip")]
    assert "FULFILLED" in laptop.checkout.make("order", env=plain_environment()).out


@pytest.mark.parametrize("after", [0.15, 0.4, 0.8, 1.5, 3.0])
def test_ctrl_c_during_make_up_prints_one_line(laptop: Laptop, after: float) -> None:
    assert_interrupted_in_one_line(laptop.checkout, "up", after)


def test_make_up_repairs_truncated_files(laptop: Laptop) -> None:
    for file in ("outputs.json", "issuer-key.pem"):
        (laptop.checkout.local / file).write_text("")
    env = plain_environment()

    for command in ("token", "order"):
        ran = laptop.checkout.make(command, env=env)
        assert ran.status != 0
        assert "Traceback" not in ran.output
        assert "make up" in ran.err
    assert "Traceback" not in laptop.checkout.make("status", env=env).output
    again = laptop.checkout.make("up", env=env)
    assert again.status == 0, again.output
    assert "FULFILLED" in again.out


def test_make_down_ends_processes_that_the_damaged_state_does_not_name(laptop: Laptop) -> None:
    engine = re.compile(f"orders-engine={re.escape(str(laptop.checkout.local))}:")
    assert [command for _, command in commands() if engine.search(command)]
    for file in laptop.checkout.local.iterdir():
        if file.is_file():
            file.write_text("")

    ran = laptop.checkout.make("down", env=plain_environment())

    assert (ran.status, ran.err) == (0, "")
    assert not [command for _, command in commands() if engine.search(command)]
    assert not (laptop.checkout.local / "tmp").exists()
    assert laptop.checkout.make("down", env=plain_environment()).status == 0


@pytest.fixture(scope="module")
def uninstalled() -> Iterator[Checkout]:
    """A checkout without installed environments."""
    with checkout("uninstalled", installed=False) as made:
        yield made


def test_make_token_before_setup_says_what_to_do(uninstalled: Checkout) -> None:
    ran = uninstalled.make("token", env=plain_environment())
    assert ran.status != 0
    assert ran.out == ""
    assert "make up" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", ["down", "status"])
def test_make_down_and_status_work_before_setup(uninstalled: Checkout, command: str) -> None:
    ran = uninstalled.make(command, env=plain_environment())
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize("version", [None, "v16.20.2"])
def test_a_missing_or_old_node_is_reported_before_any_download(
    uninstalled: Checkout, tmp_path: Path, version: str | None
) -> None:
    for tool in ("sh", "make", "awk", "env", "rm", "mkdir", "test"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or "/bin/sh")
    if version:
        for program in ("node", "npm"):
            (tmp_path / program).write_text(f"#!/bin/sh\necho {version} /nowhere/node\n")
            (tmp_path / program).chmod(0o755)

    ran = uninstalled.make("up", f"PYTHON={sys.executable}", env=plain_environment(PATH=str(tmp_path)))

    assert ran.status != 0
    assert (version or "not on the PATH") in ran.err
    assert "install Node.js 20 or newer" in ran.err
    assert not (uninstalled.root / ".venv").exists()


@pytest.mark.parametrize("after", [0.15, 0.3, 0.6, 1.0, 2.0, 5.0])
def test_ctrl_c_during_make_setup_prints_one_line(uninstalled: Checkout, after: float) -> None:
    assert_interrupted_in_one_line(uninstalled, "setup", after)
    until_none(
        "process of the setup",
        lambda: [command for _, command in commands() if f"{uninstalled.root}/" in command],
    )


def test_npm_installs_the_whole_lock_file_whatever_the_shell_sets(tmp_path: Path) -> None:
    """`NODE_ENV=production` would leave out development packages, and the home may not be writable."""
    shell = plain_environment(
        HOME=os.devnull,
        NODE_ENV="production",
        NODE_OPTIONS="--no-such-option",
        npm_config_omit="dev",
        npm_config_package_lock="false",
        npm_config_global="true",
        npm_config_prefix=str(tmp_path),
    )
    with checkout("npm") as made:
        (made.root / "node_modules").unlink()
        ran = made.make("setup", env=shell)
        assert ran.status == 0, ran.output
        assert (made.root / "node_modules" / ".bin" / "cdk").exists()
        assert (made.root / "node_modules" / "swagger-ui-dist").is_dir()
        assert (made.local / "cache" / "npm").is_dir()


def assert_interrupted_in_one_line(made: Checkout, target: str, after: float) -> None:
    """Send SIGINT to the whole process group, as Ctrl-C does; `make` adds lines of its own."""
    running = made.start("make", target, env=plain_environment())
    time.sleep(after)
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=COMMAND_TIMEOUT)
    lines = [line for line in err.splitlines() if line.strip() and not line.startswith("make")]
    assert "Traceback" not in err
    assert len(lines) <= 1, err
    if lines:
        assert "interrupted" in lines[0]


def test_a_running_step_shows_its_seconds_on_a_terminal(tmp_path: Path) -> None:
    """`script` provides the terminal."""
    program = "import time; from console.progress import step\nwith step('Thinking'): time.sleep(6)"
    log = tmp_path / "log"
    command = f'{sys.executable} -c "{program}"'
    env = plain_environment(TERM="xterm") | {"CI": ""}
    del env["CI"]
    if shutil.which("script") is None:
        pytest.skip("needs script")
    subprocess.run(["script", "-qec", command, str(log)], env=env, check=True, capture_output=True)
    shown = log.read_text()
    # On a busy machine, single seconds may be missing.
    assert len(set(re.findall(r"Thinking: ([1-9]) s", shown))) >= 2, shown
