"""The page and the Markdown of a comparison: whole, linked, and safe against hostile names."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from simeval.cli import main
from simeval.report.comparison import comparison_page, write_comparison
from simeval.runs import compare, run
from simeval.runs.markdown import code, escaped, table_of

HOSTILE = "</td><script>alert(1)</script>|`@team`"


@pytest.fixture
def both(make_pack, tools, tmp_path):
    pack = make_pack(*[tools.chase(f"hit-{i}", gap=16.0 + i) for i in range(3)])
    return [run([pack], [name], None, tmp_path / "runs") for name in ("idm", "constant-velocity")]


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.styles, self.meta = [], [], [], {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        known = dict(attrs)
        assert not any(name.startswith("on") or name == "style" for name in known)
        if tag == "a":
            self.links.append(known["href"])
        if tag == "meta" and "http-equiv" in known:
            self.meta[known["http-equiv"]] = known["content"]

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "style":
            self.styles.append(data)


def test_the_page_links_to_both_replays(both):
    with pytest.raises(SystemExit):
        main(["compare", str(both[0].path), str(both[1].path), "--report"])
    path = both[1].path / "report" / f"compare-{both[0].path.name}.html"
    page = Page(path.read_text("utf-8"))
    outside = [link for link in page.links if not link.startswith("#")]
    assert len(outside) == 6  # three broke, two sides each
    for link in outside:
        file, _, key = link.partition("#/e/")
        report = (path.parent / unquote(file)).resolve()
        assert report.is_file() and report.parent.parent in {made.path.resolve() for made in both}
        made = next(m for m in both if m.path.resolve() == report.parent.parent)
        assert made.find(key)
        assert f'"{key}"' in report.read_text("utf-8")  # the key stands in that report's index
    inside = [link[1:] for link in page.links if link.startswith("#")]
    text = path.read_text("utf-8")
    assert inside and all(f'id="{anchor}"' in text for anchor in inside)


def test_the_page_has_no_program_and_allows_exactly_its_own_style(both, tmp_path):
    page = Page(comparison_page(compare(*both), tmp_path))
    assert "script" not in page.tags
    digest = base64.b64encode(hashlib.sha256("".join(page.styles[:1]).encode()).digest()).decode()
    policy = page.meta["Content-Security-Policy"]
    assert "default-src 'none'" in policy and f"style-src 'sha256-{digest}'" in policy
    assert "script-src" not in policy


def test_hostile_names_stay_text(both, tmp_path):
    found = compare(*both)
    pairs = found.pairs.assign(scenario_id=HOSTILE, family=HOSTILE, mode_b=HOSTILE)
    families = [dataclasses.replace(f, family=HOSTILE) for f in found.assessment.families]
    hostile = dataclasses.replace(
        found,
        pairs=pairs,
        before=dataclasses.replace(found.before, policy=HOSTILE),
        assessment=dataclasses.replace(found.assessment, families=families),
        notes=[HOSTILE],
    )
    page = Page(comparison_page(hostile, tmp_path))
    assert "script" not in page.tags
    text = hostile.markdown()
    bare = re.sub(r"(`+).*?\1", "", text)  # outside of code spans
    assert "<script" not in bare and "@team" not in bare
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (5, 7, 11)


def test_the_page_is_written_whole_where_it_is_wanted(both, tmp_path):
    path = write_comparison(compare(*both), tmp_path / "out" / "night.html")
    assert path == tmp_path / "out" / "night.html" and path.read_text("utf-8").endswith("</html>\n")
    links = [link for link in Page(path.read_text("utf-8")).links if "#/e/" in link]
    target = Path(unquote(links[0].partition("#")[0]))
    assert (path.parent / target).resolve().parent.parent in {made.path.resolve() for made in both}


def test_the_same_runs_give_the_same_page(both, tmp_path):
    assert comparison_page(compare(*both), tmp_path) == comparison_page(compare(*both), tmp_path)


def test_text_in_markdown_is_no_markup():
    assert escaped("a|b\n<b>*x*") == r"a\|b &lt;b&gt;\*x\*"
    assert code("a`b") == "``a`b``"
    assert code("a|b") == "`a\\|b`"
    assert table_of(["n", "x"], [["a", 1], ["b", None]]).splitlines()[1] == "| --- | ---: |"
