//! What stands in the rows of a Word table?
//!
//! Frames around text are opened, merged cells are repeated in each row, and a cell becomes one line. Not here: the
//! table's markup ([`super::table`]).

use super::body::{Body, MAX_NESTING};
use super::inline::{Inline, shows_placeholder};
use super::styles::Role;
use super::table::{self, TableRow};
use crate::ingest::readers::collect::{Row, cell_of_lines};
use crate::ingest::readers::office::xml::Element;
use crate::ingest::readers::spans::{join_headers, spread};

impl<'a> Body<'a> {
    /// Reads a table: its rows, or its cells one after the other if it only places text on the page.
    pub(super) fn table(&mut self, table: &'a Element, nesting: usize) {
        let rows = table::rows(table);
        if self.is_frame(&rows) {
            for cell in rows.iter().flat_map(|row| &row.cells) {
                self.blocks(cell.element, nesting + 1);
            }
            return;
        }
        let mut headers: Vec<Vec<String>> = Vec::new();
        let mut plain: Vec<Row> = Vec::new();
        let mut above: Vec<String> = Vec::new();
        let mut poured = false;
        for row in &rows {
            if let [only] = row.cells.as_slice()
                && self.has_heading(only.element)
            {
                poured |= !plain.is_empty();
                self.out.table(join_headers(&headers), std::mem::take(&mut plain));
                self.blocks(only.element, nesting + 1);
                above.clear();
                continue;
            }
            let (cells, breaks) = self.row_cells(row, &above, nesting);
            let page = self.page;
            if let Some(current) = self.page.as_mut() {
                *current += breaks;
            }
            above.clone_from(&cells);
            let names = row.is_header.then(|| spread(&cells, row.skipped, row.cells.iter().map(|cell| cell.span)));
            match names {
                Some(names) if plain.is_empty() && !poured => headers.push(names),
                // The same names again, where a table was put together of several.
                Some(names) if headers.contains(&names) => {}
                _ => plain.push(Row { cells, page }),
            }
        }
        // A table that is all header rows is a table all the same.
        if plain.is_empty() && !poured {
            plain = headers.drain(..).map(|cells| Row { cells, page: self.page }).collect();
        }
        if !plain.is_empty() {
            self.out.table(join_headers(&headers), plain);
        }
    }

    /// Whether the table only places text: it has one column, or whole sections in its cells.
    fn is_frame(&self, rows: &[TableRow<'_>]) -> bool {
        let mut cells = rows.iter().flat_map(|row| &row.cells);
        rows.iter().all(|row| row.cells.len() <= 1)
            || (rows.iter().any(|row| row.cells.len() > 1)
                && cells.any(|cell| {
                    let filled = cell.element.children.iter().filter(|child| {
                        child.name == "tbl" || (child.name == "p" && !Inline::of(child, self.styles).is_blank())
                    });
                    filled.count() > 1 && self.has_heading(cell.element)
                })
                && rows.iter().all(|row| !row.is_header))
    }

    fn has_heading(&self, cell: &Element) -> bool {
        cell.descendants("p").into_iter().any(|paragraph| {
            matches!(self.role(paragraph), Role::Heading(_)) && !Inline::of(paragraph, self.styles).is_blank()
        })
    }

    /// A row's cells by grid column, and the page marks within.
    fn row_cells(&mut self, row: &TableRow<'a>, above: &[String], nesting: usize) -> (Vec<String>, u32) {
        let mut cells = vec![String::new(); row.skipped];
        let mut breaks = 0;
        for cell in &row.cells {
            let (text, inner) = self.cell_text(cell.element, nesting);
            breaks = breaks.max(inner);
            let repeated = cell.continues && text.trim().is_empty();
            cells.push(if repeated { above.get(cells.len()).cloned().unwrap_or_default() } else { text });
            if row.cells.len() > 1 {
                cells.extend(std::iter::repeat_n(String::new(), cell.span - 1));
            }
        }
        (cells, breaks)
    }

    /// A cell's text on one line, and the page marks within.
    fn cell_text(&mut self, cell: &'a Element, nesting: usize) -> (String, u32) {
        let mut lines: Vec<String> = Vec::new();
        let breaks = self.cell_lines(cell, nesting, &mut lines);
        (cell_of_lines(&lines), breaks)
    }

    fn cell_lines(&mut self, cell: &'a Element, nesting: usize, lines: &mut Vec<String>) -> u32 {
        let mut breaks = 0;
        if nesting > MAX_NESTING {
            self.out.warn("Text boxes or tables nested too deeply were left out.");
            return 0;
        }
        for child in &cell.children {
            match child.name.as_str() {
                "p" => {
                    let inline = Inline::of(child, self.styles);
                    breaks += inline.page_breaks;
                    let mark = self.list_place(child).and_then(|place| self.mark(&place));
                    match mark.filter(|_| !inline.is_blank()) {
                        Some(mark) => lines.push(format!("{mark} {}", inline.text)),
                        None => lines.push(inline.text),
                    }
                    for text_box in inline.boxes {
                        self.cell_lines(text_box, nesting + 1, lines);
                    }
                    for note in inline.notes.into_iter().filter_map(|note| self.note_element(note)) {
                        let texts = note.descendants("p");
                        lines.extend(
                            texts.into_iter().map(|text| format!("({})", Inline::of(text, self.styles).text.trim())),
                        );
                    }
                }
                "tbl" => {
                    for row in table::rows(child) {
                        let cells: Vec<String> =
                            row.cells.iter().map(|cell| self.cell_text(cell.element, nesting + 1).0).collect();
                        lines.push(cells.join(" "));
                    }
                }
                "sdt" if shows_placeholder(child) => {}
                "sdt" | "sdtContent" | "ins" | "moveTo" | "customXml" => {
                    breaks += self.cell_lines(child, nesting + 1, lines);
                }
                _ => {}
            }
        }
        breaks
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::body::Notes;
    use super::super::numbering::Numbering;
    use super::super::styles::Styles;
    use super::*;
    use crate::ingest::readers::collect::Collector;
    use crate::ingest::readers::office::xml::parse;

    /// Blocks of a table of two columns, whose rows begin with `*` where Word repeats them as headers. A row of a
    /// single text is a section's heading.
    fn blocks(rows: &[&str]) -> Vec<String> {
        let cell = |text: &str| format!("<tc><p><r><t>{text}</t></r></p></tc>");
        let row = |row: &&str| match row.split_once(' ') {
            Some((first, second)) => {
                let mark = if first.starts_with('*') { "<trPr><tblHeader/></trPr>" } else { "" };
                format!("<tr>{mark}{}{}</tr>", cell(first.trim_start_matches('*')), cell(second))
            }
            None => format!("<tr><tc><p><pPr><outlineLvl val='1'/></pPr><r><t>{row}</t></r></p></tc></tr>"),
        };
        let markup = format!("<body><tbl>{}</tbl></body>", rows.iter().map(row).collect::<String>());
        let root = parse(markup.as_bytes(), "DOCX").unwrap();
        let styles = Styles::default();
        let mut body = Body::new(&styles, Numbering::default(), Notes::default(), &root, Collector::new());
        body.blocks(&root, 0);
        body.finish().finish().unwrap().blocks.into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn a_marked_row_further_down_is_read() {
        assert_eq!(
            blocks(&["*Dag Tid", "Måndag 08", "*Helg Stängt"]),
            ["Dag: Måndag; Tid: 08", "Dag: Helg; Tid: Stängt"]
        );
        assert_eq!(
            blocks(&["*Dag Tid", "Måndag 08", "*Dag Tid", "Tisdag 09"]),
            ["Dag: Måndag; Tid: 08", "Dag: Tisdag; Tid: 09"]
        );
    }

    #[test]
    fn names_are_no_row_below_the_last_section() {
        assert_eq!(blocks(&["*Dag Tid", "Måndag 08", "Natt"]), ["Dag: Måndag; Tid: 08", "Natt"]);
        assert_eq!(blocks(&["Natt", "*Dag Tid", "Måndag 08"]), ["Natt", "Dag: Måndag; Tid: 08"]);
        assert_eq!(blocks(&["*Dag Tid", "*Natt Stängt"]), ["Dag: Natt; Tid: Stängt"]);
    }
}
