"""Whatever a name says, it is shown as it is and nothing of it runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_fakes import FakeRun, crash_case

from simeval.scenario import Provenance

pytestmark = pytest.mark.browser

PAYLOADS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "-->",
    "]]>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "<a href='javascript:alert(1)'>x</a>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<math><mtext></p><img src=x onerror=alert(1)>",
    "{{7*7}}",
    "{% raw %}",
    "${alert(1)}",
    "`${alert(1)}`",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;b&#62;",
    "a\u2028b",
    "a\u2029b",
    "\u202eevil",
    "a\tb\x0bc",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//x>",
    "<meta http-equiv=refresh content=0>",
    "<base href=//evil.example/>",
    "<form action=//x><button>",
    "__proto__",
    "constructor",
    "toString",
    "#/e/x?t=1",
    "<object data=//x>",
    "<template><script>alert(1)</script></template>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "; rm -rf / #",
    "$(touch /tmp/x)",
    "' OR 1=1 --",
    "</title><script>alert(1)</script>",
    "𝕏😀é",
]


def hostile_case(text: str):
    """An episode in which every text is the payload."""
    case = crash_case("a/b", text)
    scenario = replace(
        case.scenario, id=f"{text}/s", family=text, tags=(text,), parameters=((text, text),),
        missing=(text,), repaired=(text,),
        provenance=Provenance(format=text, licence=text, source_id=text),
    )  # fmt: skip
    ids = tuple(f"{text}{i}" for i in range(len(case.trace.agents)))
    trace = replace(case.trace, agents=replace(case.trace.agents, ids=ids), ending_detail=text)
    events = [e | {"agent": ids[1], "kind": text, "unit": text, "detail": text} for e in case.events]
    return replace(
        case, scenario=scenario, trace=trace, mode=text, evidence=[text], events=events, error=text,
        outcome="policy_fault",
    )  # fmt: skip


def test_there_are_enough_payloads():
    assert len(set(PAYLOADS)) >= 30


def test_every_text_is_shown_as_it_is_and_nothing_runs(open_report):
    run = FakeRun([hostile_case(text) for text in PAYLOADS], run_id=PAYLOADS[1], **{"<b>name": PAYLOADS})
    report = open_report(run)
    cells = report.page.locator("#table tbody td.in-mode")
    assert sorted(cells.all_text_contents()) == sorted(PAYLOADS)
    scenarios = report.page.locator("#table tbody td.in-scenario").all_text_contents()
    assert sorted(scenarios) == sorted(f"{text}/s" for text in PAYLOADS)
    report.page.keyboard.press("p")
    assert PAYLOADS[5] in report.page.text_content("#dialog")
    assert report.problems == []
    assert {u.split("#")[0] for u in report.requests} <= {report.address, "about:blank", "data:,"}


@pytest.mark.parametrize("start", range(0, len(PAYLOADS), 14))
def test_episode_of_hostile_texts_opens_and_plays(open_report, start):
    texts = PAYLOADS[start : start + 14]
    run = FakeRun([hostile_case(text) for text in texts])
    report = open_report(run)
    for text, case in zip(texts, run.cases, strict=True):
        report.page.evaluate(f"location.hash = '#/e/{case.key[:16]}'")
        report.until(f"window.simevalReplay.state()?.key === '{case.key[:16]}'")
        assert report.page.text_content(".evidence li") == text
        assert report.page.text_content(".mode-name") == text
        assert report.page.text_content("h1").startswith(f"{text}/s driven by {text}")
        report.page.keyboard.press("n")
        report.page.keyboard.press(".")
    assert report.problems == []
    assert (
        report.page.evaluate("document.querySelectorAll('#main script, #main img, #main iframe').length") == 0
    )
