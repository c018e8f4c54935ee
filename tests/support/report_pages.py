"""A report's page, checked as HTML and read as text, and its tables read from their CSV files."""

import csv
from html.parser import HTMLParser

import pytest
from blank_figures import draw_nothing

from medgan_tf.reporting.write import write_report

VOID = {"meta", "link", "img", "br", "hr", "col"}


class Checked(HTMLParser):
    """Text of a page and names of files that it links to; tags must be closed, links inside must lead somewhere."""

    def __init__(self, html):
        super().__init__()
        self.open, self.words, self.ids, self.links, self.sources = [], [], set(), set(), []
        self.files = set()
        self.feed(html)
        assert self.open == []
        assert self.links <= self.ids
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in attrs:
            assert attrs["id"] not in self.ids
            self.ids.add(attrs["id"])
        if tag == "a" and attrs["href"].startswith("#"):
            self.links.add(attrs["href"].removeprefix("#"))
        elif tag == "a":
            self.files.add(attrs["href"])
        if tag in ("img", "script", "iframe", "video"):
            assert attrs["src"].startswith("data:image/") and (attrs["alt"] or tag != "img")
            self.sources.append(attrs["src"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)


def page_of(path, out, draw=False, **options):
    """A report's page and its description. Without `draw` figures are made but not drawn, which takes longest."""
    with pytest.MonkeyPatch.context() as patch:
        if not draw:
            draw_nothing(patch)
        report = write_report(path, out, **options)
    return Checked(report.files[0].read_text(encoding="utf-8")), report


def table_of(report, name):
    """Head and rows of a table's CSV, rows by their first column."""
    [file] = [file for file in report.files if file.name == f"{name}.csv"]
    rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
    return rows[0], {row[0]: row[1:] for row in rows[1:]}


def numbers(cells):
    return [float(cell) for cell in cells]
