"""The page as a person uses it: in Chromium, from a file, by pointer and keyboard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from report_fakes import FakeRun, crash_case, pass_case, small_run

pytestmark = pytest.mark.browser


@pytest.fixture
def run():
    return small_run()


@pytest.fixture
def crash(run):
    return run.cases[1]


def test_page_opens_without_errors_or_requests_for_anything_but_itself(open_report, run, crash):
    report = open_report(run)
    report.episode(crash.key)
    report.page.keyboard.press("?")
    report.page.keyboard.press("Escape")
    report.page.keyboard.press("p")
    assert report.problems == []
    others = [u for u in report.requests if u.split("#")[0] not in (report.address, "about:blank", "data:,")]
    assert others == []


def test_headline_counts_add_up_to_the_plan(open_report, run):
    words = open_report(run).page.inner_text("[data-coverage]")
    assert words == "8 planned = 4 passed + 3 failed + 0 policy fault + 1 unscored"


def test_slider_moves_the_ego(open_report, run, crash):
    report = open_report(run)
    report.episode(crash.key, "?t=0.00")
    before = report.state()["ego"]
    report.page.locator("#time").fill("30")
    after = report.state()
    assert after["step"] == 30
    assert after["ego"]["x"] - before["x"] == pytest.approx(36.0, abs=0.02)


def test_arrow_keys_step_exactly_one_step_also_on_the_slider(open_report, run, crash):
    report = open_report(run)
    report.episode(crash.key, "?t=3.00")
    steps = [report.state()["step"]]
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        report.page.keyboard.press(key)
        steps.append(report.state()["step"])
    report.page.focus("#time")
    report.page.keyboard.press("ArrowRight")
    assert [*steps, report.state()["step"]] == [30, 31, 32, 31, 32]


def test_address_keeps_the_moment_over_a_reload(open_report, run, crash):
    report = open_report(run)
    report.episode(crash.key, "?t=6.30")
    assert report.state()["time"] == pytest.approx(6.3)
    report.page.keyboard.press("ArrowRight")
    report.page.keyboard.press("h")
    assert report.page.evaluate("location.hash").endswith("?t=6.40&up=heading")
    report.page.reload()
    report.until("window.simevalReplay.state() !== null")
    assert (report.state()["step"], report.state()["headingUp"]) == (64, True)


def test_failed_episode_opens_two_seconds_before_its_first_cause(open_report, run, crash):
    report = open_report(run)
    report.episode(crash.key)
    assert report.state()["time"] == pytest.approx(crash.events[0]["time_s"] - 2.0)


def test_event_keys_visit_the_events_in_order(open_report, run, crash):
    report = open_report(run)
    report.episode(crash.key, "?t=0.00")
    visited = []
    for key in (".", ".", ".", ".", ","):
        report.page.keyboard.press(key)
        visited.append(report.state()["step"])
    first, second, third = (event["step"] for event in crash.events)
    assert visited == [first, second, third, third, second]


def test_space_plays_and_pauses(open_report, run, crash):
    report = open_report(run)
    report.episode(crash.key, "?t=1.00")
    report.page.keyboard.press(" ")
    report.until("window.simevalReplay.state().step > 12")
    report.page.keyboard.press(" ")
    standing = report.state()
    report.page.wait_for_timeout(150)
    assert not standing["playing"]
    assert report.state()["step"] == standing["step"]


def test_replay_never_starts_to_play_by_itself(open_report, run, crash):
    report = open_report(run, reduced_motion="reduce")
    report.episode(crash.key)
    report.page.wait_for_timeout(200)
    assert not report.state()["playing"]


def test_click_on_a_plot_moves_the_clock(open_report, run, crash):
    report = open_report(run)
    report.episode(crash.key, "?t=0.00")
    report.page.wait_for_selector('[data-curve="ttc_s"] .cursor')
    report.page.click('[data-curve="ttc_s"] svg', position={"x": 48 + 300, "y": 40})
    assert report.state()["step"] > 10


def test_missing_values_are_gaps_in_the_line(open_report, run, crash):
    report = open_report(run)
    report.episode(crash.key, "?t=0.00")
    line = report.page.locator('[data-curve="ttc_s"] path.line')
    line.wait_for(state="attached")
    ttc = run.series(crash.key)["ttc_s"]
    assert np.isnan(ttc[:50]).all()
    points = line.get_attribute("d").replace("M", " M").replace("L", " L").split(" M")[1:]
    assert sum(part.count("L") + 1 for part in points) == np.isfinite(ttc).sum()
    assert report.page.inner_text('[data-curve="ttc_s"] .now') == "–"


def test_plots_have_a_summary_in_words(open_report, run, crash):
    report = open_report(run)
    report.episode(crash.key)
    words = report.page.locator('[data-curve="speed_mps"] svg').get_attribute("aria-label")
    assert words.startswith("Speed in m/s: lowest ")


def test_text_filter_narrows_the_table_and_is_in_the_address(open_report, run):
    report = open_report(run)
    report.page.fill("#query", "cut_in !idm")
    assert report.page.locator("#table tbody tr").count() == 1
    assert report.page.inner_text("#row-count") == "1 of 8"
    report.page.reload()
    assert report.page.locator("#table tbody tr").count() == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("mode:contact", 3),
        ("ttc<1", 3),
        ("ttc>=1", 4),
        ("policy:idm outcome:pass", 3),
        ("!outcome:fail", 5),
        ("tag:hard_brake", 8),
        ('"stop_and_go"', 2),
        ("seed:0", 8),
        ("outcome:policy_fault", 0),
    ],
)
def test_query_language(open_report, run, query, count):
    report = open_report(run)
    report.page.fill("#query", query)
    assert report.page.locator("#table tbody tr[data-key]").count() == count
    assert report.page.inner_text("#query-problem") == ""


def test_mistake_in_a_query_is_shown_with_its_place(open_report, run):
    report = open_report(run)
    report.page.fill("#query", "idm speed<fast")
    assert report.page.inner_text("#query-problem").startswith("At character 4: ")


def test_choices_filter_and_combine(open_report, run):
    report = open_report(run)
    report.page.click('[data-outcome="fail"]')
    report.page.select_option('[data-choice="family"]', "cut_in")
    assert report.page.locator("#table tbody tr").count() == 1
    report.page.click("text=Clear")
    assert report.page.locator("#table tbody tr").count() == 8


def test_click_on_a_failure_mode_filters_the_table(open_report, run):
    report = open_report(run)
    report.page.click(".modes .name")
    assert report.page.locator("#table tbody tr").count() == 3


def test_sort_puts_missing_values_last_both_ways(open_report, run):
    report = open_report(run)
    column = "td[data-label='min TTC']"
    for direction in ("ascending", "descending"):
        report.page.click('[data-sort="min_ttc_s"]')
        assert report.page.locator(f"th[aria-sort={direction}]").count() == 1
        shown = report.page.locator(column).all_inner_texts()
        assert shown[-1] == "–"
        numbers = [float(text) for text in shown[:-1]]
        assert numbers == sorted(numbers, reverse=direction == "descending")


def test_keyboard_alone_reaches_an_episode_and_comes_back(open_report, run):
    report = open_report(run)
    report.page.keyboard.press("j")
    report.page.keyboard.press("j")
    report.page.keyboard.press("Enter")
    report.until("window.simevalReplay.state() !== null")
    second = report.state()["key"]
    report.page.keyboard.press("k")
    report.until(f"window.simevalReplay.state()?.key !== '{second}'")
    report.page.keyboard.press("u")
    report.page.wait_for_selector("#table")
    assert report.problems == []


def test_command_is_the_one_that_reproduces_the_episode(open_report, run, crash):
    report = open_report(run, permissions=["clipboard-read", "clipboard-write"])
    report.episode(crash.key)
    assert report.page.text_content("#reproduce") == run.reproduce(crash.key)
    report.page.keyboard.press("c")
    report.page.wait_for_selector("text=Copied")
    assert report.page.evaluate("navigator.clipboard.readText()") == run.reproduce(crash.key)


def test_browser_decodes_what_the_trace_holds(open_report, run, crash):
    report = open_report(run)
    report.episode(crash.key)
    states = crash.trace.states
    for name, values, limit in (
        ("x_m", states.xy[..., 0], 0.005),
        ("y_m", states.xy[..., 1], 0.005),
        ("heading_rad", states.heading, 0.0005),
        ("vx_mps", states.velocity[..., 0], 0.005),
    ):
        shown = np.asarray(report.page.evaluate(f"window.simevalReplay.array('{name}')"), dtype=float)
        shown = shown.reshape(values.shape[::-1]).T
        assert (np.isnan(shown) == ~states.valid).all()
        assert np.abs(shown - values)[states.valid].max() <= limit + 1e-9


def test_trailer_hangs_on_its_tractor(open_report, run, crash):
    from simeval.report.drawing import body_poses

    report = open_report(run)
    report.episode(crash.key, "?t=4.00")
    shown = report.page.evaluate("window.simevalReplay.boxes()")
    expected = body_poses(crash.trace)[40]
    expected = expected[np.isfinite(expected[:, 0])]
    for box, (x, y, heading) in zip(shown, expected, strict=True):
        assert np.allclose([box["x"], box["y"], box["heading"]], [x, y, heading], atol=0.02)


def test_episode_without_trace_says_why_and_keeps_its_facts(open_report, run):
    missing = run.cases[-1]
    report = open_report(run)
    report.go(f"#/e/{missing.key[:16]}")
    assert "has not run" in report.page.inner_text(".problem-card")
    assert report.page.text_content("#reproduce") == run.reproduce(missing.key)


def test_damaged_block_spoils_one_episode_only(open_report, run, crash):
    from simeval.report.build import report_page

    page, _ = report_page(run)
    number = page.count('id="block-') - 1
    report = open_report(run, text=lambda page: damaged(page, number))
    keys = [case.key for case in run.cases if case.ran]
    seen = []
    for key in keys:
        report.go(f"#/e/{key[:16]}")
        report.page.wait_for_selector(".problem-card, canvas")
        seen.append(report.page.locator(".problem-card").count())
    assert sum(seen) == 1
    assert report.problems == []


def damaged(page: str, number: int) -> str:
    at = page.index(">", page.index(f'id="block-{number}"')) + 200
    return page[:at] + "AAAAAAAA" + page[at + 8 :]


def test_unknown_key_is_a_card(open_report, run):
    report = open_report(run)
    report.go("#/e/0000000000000000")
    assert "No such episode" in report.page.inner_text(".problem-card")


def test_empty_run_is_a_page(open_report):
    report = open_report(FakeRun([]))
    assert report.page.inner_text("h1") == "This run planned no episode."
    assert report.problems == []


def test_run_that_passed_says_what_was_not_measured(open_report):
    report = open_report(FakeRun([pass_case("a/b", "idm")]))
    assert report.page.inner_text("h1") == "The one episode passed."
    assert "red_lights_run" in report.page.text_content(".not-measured")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_both_themes(open_report, run, scheme):
    report = open_report(run, color_scheme=scheme)
    ratio = report.page.evaluate(CONTRAST)
    assert ratio > 4.5


CONTRAST = """() => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((x) => x / 255);
    const linear = parts.map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const field = light(getComputedStyle(document.documentElement).backgroundColor);
  const ratios = [...document.querySelectorAll("h1, .faint, .sum, .badge")].map((node) => {
    const style = getComputedStyle(node);
    const own = style.backgroundColor === "rgba(0, 0, 0, 0)" ? field : light(style.backgroundColor);
    const [a, b] = [light(style.color), own].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
  return Math.min(...ratios);
}"""


def test_nothing_is_wider_than_a_telephone(open_report, run, crash):
    report = open_report(run, viewport={"width": 390, "height": 844})
    for fragment in ("#/", "#/?outcome=fail", f"#/e/{crash.key[:16]}"):
        report.go(fragment)
        report.page.wait_for_timeout(150)
        assert report.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_policy_fault_shows_its_error(open_report):
    case = replace(
        crash_case("a/b", "broken"), outcome="policy_fault", mode="policy/error", error="acceleration is NaN"
    )
    report = open_report(FakeRun([case]))
    report.episode(case.key)
    assert "acceleration is NaN" in report.page.inner_text(".facts")
