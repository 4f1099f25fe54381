"""What the documents promise is there: targets, commands, links."""

import re
import subprocess

import click
import pytest

from gridata_control.cli import cli

FENCED = re.compile(r"^```.*?^```", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def documents(root, tracked):
    return {path: (root / path).read_text() for path in tracked if path.suffix == ".md"}


@pytest.fixture(scope="module")
def targets(root):
    return re.findall(r"^([a-z][a-z0-9-]*):", (root / "Makefile").read_text(), re.M)


def is_command(words: tuple[str, ...]) -> bool:
    """Whether the words lead to a command; those after one that is no group are its arguments."""
    command: click.Command = cli
    for word in words:
        if not isinstance(command, click.Group):
            return True
        found = command.get_command(click.Context(command), word)
        if found is None:
            return False
        command = found
    return True


def mentioned_commands(text: str) -> set[tuple[str, ...]]:
    """`gridata …` in code: its leading words, up to the first option, path or placeholder."""
    code = FENCED.findall(text) + re.findall(r"`([^`\n]+)`", FENCED.sub("", text))
    found = set()
    for line in "\n".join(code).splitlines():
        for match in re.finditer(r"(?:^|[\s$|`(])gridata((?: --home \S+)?)((?: [a-z][a-z-]*(?![\w./*=-]))+)", line):
            found.add(tuple(match[2].split()))
    return found


def test_every_target_says_what_it_does(root, targets):
    said = re.findall(r"^([a-z][a-z0-9-]*):.*## \S", (root / "Makefile").read_text(), re.M)
    assert said == targets
    assert said[0] == "help"


def test_every_target_is_phony(root, targets):
    assert re.findall(r"^\.PHONY: (\S+)", (root / "Makefile").read_text(), re.M) == targets


def test_help_lists_every_target(root, targets):
    said = subprocess.run(["make", "help"], cwd=root, check=True, capture_output=True, text=True).stdout
    assert [target for target in targets if target not in said] == []


def test_every_make_target_a_document_names_exists(documents, targets):
    pattern = re.compile(r"`make ([a-z][a-z0-9-]*)|^ *(?:\$ )?make ([a-z][a-z0-9-]*)", re.M)
    named = {(str(path), one or two) for path, text in documents.items() for one, two in pattern.findall(text)}
    assert named
    assert sorted((path, target) for path, target in named if target not in targets) == []


def test_every_command_a_document_names_exists(documents):
    named = {(str(path), command) for path, text in documents.items() for command in mentioned_commands(text)}
    assert named
    assert sorted((path, " ".join(command)) for path, command in named if not is_command(command)) == []


def test_the_command_probe_can_say_no():
    assert is_command(("contract", "lint", "anything"))
    assert not is_command(("contract", "lnit"))


def test_relative_links_lead_somewhere(root, documents):
    dead = [
        (str(path), link)
        for path, text in documents.items()
        for link in LINK.findall(re.sub(r"`[^`\n]*`", "", FENCED.sub("", text)))
        if not re.match(r"[a-z]+:|#", link) and not (root / path.parent / link.partition("#")[0]).exists()
    ]
    assert dead == []


def test_no_document_is_empty(documents):
    assert [str(path) for path, text in documents.items() if len(text.strip()) < 80] == []


FAULTS_FOR_TESTS = {"GRIDATA_CRASH_AT", "GRIDATA_PAUSE_AT"}


def test_every_setting_the_code_reads_is_in_the_example(root, tracked):
    sources = [root / path for path in tracked if path.suffix == ".py" and "src" in path.parts]
    read = {name for path in sources for name in re.findall(r"\"(GRIDATA_[A-Z0-9_]+)\"", path.read_text())}
    example = set(re.findall(r"^#?(GRIDATA_[A-Z0-9_]+)=", (root / ".env.example").read_text(), re.M))
    assert "GRIDATA_HOME" in read
    assert sorted(read - example - FAULTS_FOR_TESTS) == []
    compose = set(re.findall(r"\$\{(GRIDATA_[A-Z0-9_]+)", (root / "docker-compose.yml").read_text()))
    assert sorted(example - read - compose) == []
