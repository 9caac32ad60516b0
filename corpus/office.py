"""Makes the formats of the sample documents that need more than pandoc: ODT, XLSX, scanned pages and a damaged file.

LibreOffice writes the files, so that they look inside like those that people have; what it draws from the clock is set to
the day of decision, so that the same source gives the same bytes. Not here: which documents there are (`build.py`).
"""
from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

FODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:meta><dc:title>{title}</dc:title></office:meta>
<office:automatic-styles><style:style style:name="fet" style:family="table-cell">
<style:text-properties fo:font-weight="bold"/></style:style></office:automatic-styles>
<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:document>
"""


def sheets_of(body: str) -> list[tuple[str, list[str], list[list[str]]]]:
    """Name, sentences and table rows (header first) of every `## ` section."""
    sheets = []
    for section in re.split(r"(?m)^## ", body)[1:]:
        name, *lines = section.strip().splitlines()
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if line.startswith("|")]
        rows = [row for row in rows if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
        sheets.append((name.strip(), [line.strip() for line in lines if line.strip() and not line.startswith("|")], rows))
    return sheets


def spreadsheet(title: str, facts: list[tuple[str, str]], body: str) -> str:
    """A flat ODS: the facts about the document on the first sheet, then one sheet per section."""
    def row(cells: list[str], bold: bool = False) -> str:
        style = ' table:style-name="fet"' if bold else ""
        return "<table:table-row>" + "".join(
            f'<table:table-cell office:value-type="string"{style}><text:p>{escape(cell)}</text:p></table:table-cell>'
            for cell in cells) + "</table:table-row>"

    def sheet(name: str, rows: list[str]) -> str:
        return f'<table:table table:name="{escape(name[:31])}">' + "".join(rows) + "</table:table>"

    out = [sheet("Om dokumentet", [row([title], True), *(row([label, value]) for label, value in facts)])]
    for name, sentences, rows in sheets_of(body):
        lines = [row([sentence]) for sentence in sentences]
        out.append(sheet(name, [*lines, *(row(cells, index == 0) for index, cells in enumerate(rows))]))
    return FODS.format(title=escape(title), sheets="".join(out))


def settle_zip(path: Path, decided: datetime) -> None:
    """Fixed times and order inside an office file, and no dates of the conversion in its properties."""
    stamp = decided.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if not name.startswith("Thumbnails/")}
    date = rb"(<(meta:creation-date|dc:date|dcterms:created|dcterms:modified)[^>]*>)[^<]*"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda n: (n not in ("mimetype", "[Content_Types].xml"), n)):
            data = parts[name]
            if name in ("meta.xml", "docProps/core.xml"):
                data = re.sub(date, rb"\g<1>" + stamp, data)
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, decided.timetuple()[:6]), data, kind)


def scan(pdf: Path, target: Path, run: Callable[[list[str]], object], program: Callable[[str], str], work: Path) -> None:
    """Pages as black and white pictures of 200 dots per inch, as the copying machine in the corridor sends them."""
    run([program("pdftoppm"), "-mono", "-png", "-r", "200", str(pdf), str(work / f"{pdf.stem}-sida")])
    pages = sorted(str(page) for page in work.glob(f"{pdf.stem}-sida*.png"))
    run([program("img2pdf"), "--nodate", "--imgsize", "200dpix200dpi", *pages, "-o", str(target)])


def damaged(pdf: Path, target: Path) -> None:
    """The first third of a file, as an interrupted copy leaves it."""
    data = pdf.read_bytes()
    target.write_bytes(data[: len(data) // 3])


def soffice(program: str, profile: Path, kind: str, source: Path, folder: Path) -> list[str]:
    """The command that converts one file."""
    # A profile of our own: soffice refuses to start twice on the same one, and the user may have it open.
    return [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind, "--outdir", str(folder),
            str(source)]

