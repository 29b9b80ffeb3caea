"""The first command, and those after it, on a company's laptop: it has accounts, proxies and settings."""

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
from tests.e2e.checkout import HANGS, Checkout, Said, checkout, plain_environment
from tests.e2e.waiting import until_none
from tests.support.trap import Trap, trap

_TORN = "[profile default\nregion = eu-w"
_SERVICES = (
    *("CLOUDFORMATION", "S3", "STS", "SSM", "DYNAMODB", "SQS", "LAMBDA", "SESV2", "APIGATEWAYV2"),
    *("CLOUDWATCH_LOGS", "IAM", "SECRETS_MANAGER", "ECR", "EVENTBRIDGE", "SFN"),
)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass(frozen=True)
class Laptop:
    """A checkout in which `make up` has run, and the environment of the shell that ran it."""

    checkout: Checkout
    shell: Mapping[str, str]
    trap: Trap
    first: Said

    def make(self, *arguments: str) -> Said:
        """Run `make` in that shell."""
        return self.checkout.make(*arguments, env=self.shell)


@pytest.fixture(scope="module")
def trapped() -> Iterator[Trap]:
    with trap() as trapped:
        yield trapped


@pytest.fixture(scope="module")
def laptop(trapped: Trap, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """`make up` in a shell where all that can stand in its way does."""
    shell = hostile_shell(trapped, tmp_path_factory.mktemp("hostile"))
    with checkout("laptop") as made:
        first = made.make("up", f"PORT={free_port()}", f"ISSUER_PORT={free_port()}", env=shell)
        assert first.status == 0, first.all
        yield Laptop(made, shell, trapped, first)


def hostile_shell(trap: Trap, folder: Path) -> dict[str, str]:
    """What a shell may hold, all of it at once; whatever names a place elsewhere names the trap."""
    (folder / "torn").write_text(_TORN)
    modules = folder / "modules"
    modules.mkdir()
    for shadow in ("json", "yaml", "jwt", "local", "boto3"):
        (modules / f"{shadow}.py").write_text("raise SystemExit('the wrong one')\n")
    return {
        "PATH": os.environ["PATH"],
        "PYENV_ROOT": os.environ.get("PYENV_ROOT", ""),
        # Nobody can write there, not even root.
        "HOME": os.devnull,
        "LC_ALL": "C",
        **dict.fromkeys(_PROXIES, trap.url),
        "no_proxy": "corp.example",
        "NO_PROXY": "corp.example",
        "AWS_PROFILE": "no-such-profile",
        "AWS_CONFIG_FILE": str(folder / "torn"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "torn"),
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_ENDPOINT_URL": trap.url,
        **{f"AWS_ENDPOINT_URL_{service}": trap.url for service in _SERVICES},
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "made up",
        "AWS_SESSION_TOKEN": "made up",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "many",
        "AWS_CA_BUNDLE": str(folder / "torn"),
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


def test_the_first_command_works(laptop: Laptop) -> None:
    said = laptop.first
    assert re.search(r"\+ Order +FULFILLED", said.out)
    assert "mail to alice@example.com: Your order is on its way" in said.out
    assert "Traceback" not in said.all
    # The proxy is in the way of the lines to copy, and that is said.
    assert "no_proxy=127.0.0.1,localhost" in said.out


def test_a_terminal_that_lacks_our_characters_gets_others(laptop: Laptop) -> None:
    assert laptop.first.all.isascii()
    assert "2 x MUG-RED" in laptop.first.out


def test_it_ends_with_where_to_look_and_what_to_try(laptop: Laptop) -> None:
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


def test_the_operator_s_command_line_reaches_the_engine_alone(laptop: Laptop) -> None:
    shell = {name: value for name, value in laptop.shell.items() if not name.startswith("PYTHON")}
    ran = laptop.checkout.run(".venv/bin/orders-ops", "dlq", "--local", env=shell)
    assert ran.status == 0, ran.all


def test_nothing_has_left_the_loopback(laptop: Laptop) -> None:
    """The last of those in the hostile shell."""
    assert laptop.trap.caught == []


def test_two_at_once_both_succeed_and_the_second_says_that_it_waits(laptop: Laptop) -> None:
    env = plain_environment()
    both = [laptop.checkout.start("make", "up", env=env) for _ in range(2)]
    said = [process.communicate(timeout=HANGS) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    waited = [out for out, _ in said if "this one waits until it is done" in out]
    assert len(waited) == 1
    for out, _ in said:
        assert "0 of them new" in out
        assert "FULFILLED" in out


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")
def test_the_guide_is_true_of_what_make_up_leaves(laptop: Laptop, tmp_path: Path) -> None:
    """A reader follows it from the top, in the project's folder, and then once more."""
    script = tmp_path / "guide.py"
    script.write_text("\n".join(blocks("python")))
    before = laptop.checkout.files()
    read = "\n".join([*blocks("sh"), f".venv/bin/python {script}"])
    for _ in range(2):
        ran = laptop.checkout.run("bash", "-euo", "pipefail", "-c", read, env=plain_environment())
        assert (ran.status, ran.err) == (0, "")
        # It may be too late to cancel: the guide says so.
        assert set(re.findall(r'"status": *([45]\d\d)', ran.out)) <= {"409"}, ran.out
        assert re.search("idempotency-replayed: true", ran.out, re.IGNORECASE)
        for said in ("True True", "FULFILLED", "lines[0].sku", "304 Enamel mug, red"):
            assert said in ran.out

    assert laptop.checkout.files() == before
    order = laptop.checkout.make("order", env=plain_environment())
    assert "mail to alice@example.com: Your order is on its way" in order.out


def test_what_a_dead_worker_of_the_engine_has_left_goes(laptop: Laptop) -> None:
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
def test_ctrl_c_while_it_comes_up_is_one_line(laptop: Laptop, after: float) -> None:
    assert_interrupted_in_one_line(laptop.checkout, "up", after)


def test_what_was_torn_is_made_again(laptop: Laptop) -> None:
    for torn in ("outputs.json", "issuer-key.pem"):
        (laptop.checkout.local / torn).write_text("")
    env = plain_environment()

    for command in ("token", "order"):
        ran = laptop.checkout.make(command, env=env)
        assert ran.status != 0
        assert "Traceback" not in ran.all
        assert "make up" in ran.err
    assert "Traceback" not in laptop.checkout.make("status", env=env).all
    again = laptop.checkout.make("up", env=env)
    assert again.status == 0, again.all
    assert "FULFILLED" in again.out


def test_down_ends_what_a_torn_state_does_not_tell_of(laptop: Laptop) -> None:
    engine = re.compile(f"orders-engine={re.escape(str(laptop.checkout.local))}:")
    assert [command for _, command in commands() if engine.search(command)]
    for file in laptop.checkout.local.iterdir():
        if file.is_file():
            file.write_text("")
    began = time.monotonic()

    ran = laptop.checkout.make("down", env=plain_environment())

    assert (ran.status, ran.err) == (0, "")
    assert not [command for _, command in commands() if engine.search(command)]
    assert not (laptop.checkout.local / "tmp").exists()
    took = time.monotonic() - began
    began = time.monotonic()
    assert laptop.checkout.make("down", env=plain_environment()).status == 0
    # Quick: by how long the command takes on this machine where it has nothing to do.
    assert took < max(10, 5 * (time.monotonic() - began))


@pytest.fixture(scope="module")
def bare() -> Iterator[Checkout]:
    """A checkout in which nothing was installed."""
    with checkout("bare", installed=False) as made:
        yield made


def test_a_token_before_setup_says_what_to_do(bare: Checkout) -> None:
    ran = bare.make("token", env=plain_environment())
    assert ran.status != 0
    assert ran.out == ""
    assert "make up" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", ["down", "status"])
def test_what_needs_no_setup_works_before_it(bare: Checkout, command: str) -> None:
    ran = bare.make(command, env=plain_environment())
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize("version", [None, "v16.20.2"])
def test_node_is_looked_for_before_anything_is_downloaded(
    bare: Checkout, tmp_path: Path, version: str | None
) -> None:
    for tool in ("sh", "make", "awk", "env", "rm", "mkdir", "test"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or "/bin/sh")
    if version:
        for program in ("node", "npm"):
            (tmp_path / program).write_text(f"#!/bin/sh\necho {version} /nowhere/node\n")
            (tmp_path / program).chmod(0o755)

    ran = bare.make("up", f"PYTHON={sys.executable}", env=plain_environment(PATH=str(tmp_path)))

    assert ran.status != 0
    assert (version or "not on the PATH") in ran.err
    assert "install Node.js 20 or newer" in ran.err
    assert not (bare.root / ".venv").exists()


@pytest.mark.parametrize("after", [0.15, 0.3, 0.6, 1.0, 2.0, 5.0])
def test_ctrl_c_while_it_is_set_up_is_one_line(bare: Checkout, after: float) -> None:
    assert_interrupted_in_one_line(bare, "setup", after)
    until_none(
        "process of the setup",
        lambda: [command for _, command in commands() if f"{bare.root}/" in command],
    )


def test_npm_installs_all_of_the_lock_whatever_the_shell_says(tmp_path: Path) -> None:
    """`NODE_ENV=production` leaves out what is for development, and a home may be unwritable."""
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
        assert ran.status == 0, ran.all
        assert (made.root / "node_modules" / ".bin" / "cdk").exists()
        assert (made.root / "node_modules" / "swagger-ui-dist").is_dir()
        assert (made.local / "cache" / "npm").is_dir()


def assert_interrupted_in_one_line(made: Checkout, target: str, after: float) -> None:
    """Press Ctrl-C: every process in the foreground gets the signal, and `make` adds a line of its own."""
    running = made.start("make", target, env=plain_environment())
    time.sleep(after)
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=HANGS)
    lines = [line for line in err.splitlines() if line.strip() and not line.startswith("make")]
    assert "Traceback" not in err
    assert len(lines) <= 1, err
    if lines:
        assert "interrupted" in lines[0]


def test_a_step_shows_that_it_is_alive(tmp_path: Path) -> None:
    """On a terminal, with the seconds that go by; `script` is one."""
    program = "import time; from console.progress import step\nwith step('Thinking'): time.sleep(2.5)"
    log = tmp_path / "log"
    command = f'{sys.executable} -c "{program}"'
    env = plain_environment(TERM="xterm") | {"CI": ""}
    del env["CI"]
    if shutil.which("script") is None:
        pytest.skip("needs script")
    subprocess.run(["script", "-qec", command, str(log)], env=env, check=True, capture_output=True)
    shown = log.read_text()
    assert "Thinking: 1 s" in shown
    assert "Thinking: 2 s" in shown
