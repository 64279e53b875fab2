"""A run folder as one HTML file to triage from, and single episodes as pictures."""

from simeval.report.build import ReportSummary, build_report

__all__ = ["ReportSummary", "build_report"]
