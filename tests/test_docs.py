"""The pages agree with each other and with the command line: links, options, commands, files, names."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from simeval.cli import app
from simeval.content import builtin_root

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
TEXT = {page: page.read_text(encoding="utf-8") for page in PAGES}
COMMANDS = {
    name: {o for p in c.params for o in (*p.opts, *p.secondary_opts) if o.startswith("--")}
    for name, c in get_command(app).commands.items()
}


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", TEXT[page], re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_to_pages_and_headings_that_exist(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", TEXT[page]):
        target, _, heading = link.partition("#")
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), link
        assert not heading or heading in anchors(found), link


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_in_code_and_their_options_exist(page):
    calls = re.findall(r"\bsimeval ([a-z]+)((?:[^`\n#|&]|\\\n)*)", "\n".join(code_of(TEXT[page])))
    for command, rest in calls:
        assert command in COMMANDS, command
        for option in re.findall(r"(?<!\S)(--[a-z][a-z-]*)", rest):
            assert option in COMMANDS[command] | {"--help"}, f"{command} {option}"


def code_of(text):
    """What stands in blocks and between backticks."""
    blocks = re.findall(
        r"```(?:sh|console|text)\n(.*?)```|^    (simeval .*)$", text, re.DOTALL | re.MULTILINE
    )
    inline = re.findall(r"`(simeval [^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return ["".join(parts) for parts in blocks] + inline


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_named_files_of_the_repository_exist(page):
    named = re.findall(r"`((?:simeval|tests|benchmarks|docs|examples|sim)/[\w/.\-]+\.\w+)`", TEXT[page])
    for path in named:
        there = (ROOT / path).exists() or (ROOT / "simeval" / path).exists()
        assert there or "NAME" in path, path


def test_every_option_is_explained_on_a_page():
    told = "\n".join(TEXT[page] for page in PAGES if page.name != "CHANGELOG.md")
    wanted = {o for options in COMMANDS.values() for o in options} - {"--help", "--no-compile", "--isolate"}
    assert not {o for o in wanted if not re.search(rf"{o}(?![\w-])", told)}


def test_the_readme_leads_to_every_page():
    assert not [p.name for p in PAGES if p.name != "README.md" and f"({linked(p)})" not in README]


README = TEXT[ROOT / "README.md"]


def linked(page):
    return page.relative_to(ROOT).as_posix()


def test_every_profile_is_in_the_table_of_metrics():
    page = TEXT[ROOT / "docs" / "metrics.md"]
    ours = [path.stem for path in (builtin_root() / "metrics" / "profiles").glob("*.toml")]
    assert len(ours) >= 11 and not [name for name in ours if f"`{name}`" not in page]
