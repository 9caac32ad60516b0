//! How does a Markdown file become blocks?
//!
//! Front matter becomes properties; headings, lists and tables come from the parser. Links and code give their text;
//! text that is struck out is left out. Not here: a YAML parser. Front matter in routines is `key: value` lines;
//! anything deeper is left out.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::collect::{Collector, Row};
use super::text::decode;
use crate::ingest::document::{ReadError, Reading};

/// Reads a Markdown file.
pub(super) fn read(bytes: &[u8]) -> Result<Reading, ReadError> {
    let (text, warning) = decode(bytes);
    let mut out = Collector::new();
    if let Some(warning) = warning {
        out.warn(warning);
    }
    let (front, body) = split_front_matter(&text);
    for (label, value) in front_matter(front) {
        if matches!(label, "titel" | "title" | "rubrik") {
            out.set_title(value);
        }
        out.property(label, value);
    }
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES | Options::ENABLE_TASKLISTS;
    let mut walk = Walk { out, ..Walk::default() };
    for event in Parser::new_ext(&tables_of_tabs(body), options) {
        walk.event(event);
    }
    walk.flush();
    walk.out.finish()
}

/// Lines parted by tabs, at least two below each other, as a table of Markdown's: so come tables out of text exports.
fn tables_of_tabs(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_row = |line: &str| line.matches('\t').count() >= 2 && line.trim().contains('\t');
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    while at < lines.len() {
        let rows = lines[at..].iter().take_while(|line| is_row(line)).count();
        if rows < 2 {
            out.push_str(lines[at]);
            out.push('\n');
            at += 1;
            continue;
        }
        out.push('\n');
        for (index, line) in lines[at..at + rows].iter().enumerate() {
            let cells: Vec<String> = line.split('\t').map(|cell| cell.trim().replace('|', "\\|")).collect();
            out.push_str("| ");
            out.push_str(&cells.join(" | "));
            out.push_str(" |\n");
            if index == 0 {
                out.push('|');
                out.push_str(&" --- |".repeat(cells.len()));
                out.push('\n');
            }
        }
        out.push('\n');
        at += rows;
    }
    out
}

/// The lines between two `---` at the start, and the rest.
fn split_front_matter(text: &str) -> (&str, &str) {
    let Some(rest) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else {
        return ("", text);
    };
    let mut offset = 0;
    for line in rest.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return (&rest[..offset], &rest[offset + line.len()..]);
        }
        offset += line.len();
    }
    ("", text)
}

/// Top-level `key: value` lines. Lists and nested keys are indented or begin with a hyphen, and are left out.
fn front_matter(front: &str) -> impl Iterator<Item = (&str, &str)> {
    front.lines().filter(|line| !line.starts_with([' ', '\t', '-', '#'])).filter_map(|line| {
        let (key, value) = line.split_once(':')?;
        let value = value.trim();
        let quoted = value.len() >= 2
            && matches!((value.as_bytes()[0], value.as_bytes()[value.len() - 1]), (b'"', b'"') | (b'\'', b'\''));
        let value = if quoted { &value[1..value.len() - 1] } else { value };
        Some((key.trim(), value))
    })
}

#[derive(Default)]
struct Walk {
    out: Collector,
    text: String,
    heading: Option<u8>,
    /// Next number of each open list, `None` for bullets.
    lists: Vec<Option<u64>>,
    /// Mark of the item whose first paragraph has not come yet.
    marker: Option<String>,
    header: Vec<String>,
    row: Row,
    rows: Vec<Row>,
    in_table: bool,
    in_code: bool,
    /// Depth of text that is struck out, which no longer holds.
    struck: usize,
}

impl Walk {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(_) | Event::Code(_) if self.struck > 0 => {}
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text.push_str(&text);
                if self.in_code {
                    self.flush();
                }
            }
            Event::SoftBreak => {
                // Label lines at the top often stand under each other without a blank line.
                if self.ends_label_line() { self.flush() } else { self.text.push(' ') }
            }
            Event::HardBreak => {
                if self.in_table || self.heading.is_some() || !self.ends_label_line() {
                    self.text.push(' ');
                } else {
                    self.flush();
                }
            }
            Event::InlineHtml(html) => {
                if html.starts_with("<br") {
                    self.text.push(' ');
                }
            }
            Event::Html(_) | Event::Rule | Event::FootnoteReference(_) => {}
            Event::TaskListMarker(done) => self.text.push_str(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn ends_label_line(&self) -> bool {
        self.lists.is_empty()
            && self.heading.is_none()
            && !self.in_table
            && super::collect::label_line(&self.text).is_some()
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.flush();
                self.heading = Some(level_number(*level));
            }
            Tag::List(first) => {
                self.flush();
                self.lists.push(*first);
            }
            Tag::Item => {
                self.flush();
                self.marker = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let marker = format!("{number}.");
                        *number += 1;
                        marker
                    }
                    _ => "•".to_owned(),
                });
            }
            Tag::Paragraph | Tag::BlockQuote(_) | Tag::HtmlBlock => self.flush(),
            Tag::CodeBlock(_) => {
                self.flush();
                self.in_code = true;
            }
            Tag::Table(_) => {
                self.flush();
                self.in_table = true;
            }
            Tag::TableHead | Tag::TableRow => self.row = Row::default(),
            Tag::Strikethrough => self.struck += 1,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::BlockQuote(_) => self.flush(),
            // One without text, or with nothing but struck-out text, must not lend its kind to what follows.
            TagEnd::Heading(_) => {
                self.flush();
                self.heading = None;
            }
            TagEnd::Item => {
                self.flush();
                self.marker = None;
            }
            TagEnd::CodeBlock => {
                self.flush();
                self.in_code = false;
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
            }
            TagEnd::Strikethrough => self.struck = self.struck.saturating_sub(1),
            TagEnd::TableCell => self.row.cells.push(std::mem::take(&mut self.text)),
            TagEnd::TableHead => self.header = std::mem::take(&mut self.row.cells),
            TagEnd::TableRow => self.rows.push(std::mem::take(&mut self.row)),
            TagEnd::Table => {
                self.in_table = false;
                let header = std::mem::take(&mut self.header);
                self.out.table(Some(header), std::mem::take(&mut self.rows));
            }
            _ => {}
        }
    }

    /// Ends the block that is being gathered.
    fn flush(&mut self) {
        if self.in_table {
            return;
        }
        let text = std::mem::take(&mut self.text);
        if text.trim().is_empty() {
            return;
        }
        if let Some(level) = self.heading.take() {
            self.out.heading(level, &text, None);
        } else if let Some(marker) = self.marker.take() {
            self.out.item((self.lists.len().saturating_sub(1)) as u8, &marker, &text, None);
        } else {
            self.out.paragraph(&text, None);
        }
    }
}

fn level_number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ingest::document::BlockKind;

    #[test]
    fn front_matter_keeps_top_level_keys_only() {
        let (front, body) =
            split_front_matter("---\nrubrik: \"Lag: om vård\"\nlista:\n  - beteckning: \"1\"\n---\n# Lag\n");
        let pairs: Vec<_> = front_matter(front).collect();
        assert_eq!(pairs, [("rubrik", "Lag: om vård"), ("lista", "")]);
        assert_eq!(body, "# Lag\n");
        assert_eq!(split_front_matter("---\nutan slut").1, "---\nutan slut");
    }

    #[test]
    fn what_is_struck_out_leaves_no_kind_behind() {
        let reading = read("## ~~Gammal~~\n\nText.\n\n- ~~bort~~\n\nMer.".as_bytes()).unwrap();
        let kinds: Vec<_> = reading.blocks.iter().map(|block| (&block.kind, block.text.as_str())).collect();
        assert_eq!(kinds, [(&BlockKind::Paragraph, "Text."), (&BlockKind::Paragraph, "Mer.")]);
    }

    #[test]
    fn lists_keep_their_numbers_and_depth() {
        let reading = read("3. tre\n4. fyra\n   - inre [länk](http://x) `kod`\n".as_bytes()).unwrap();
        let kinds: Vec<_> = reading.blocks.iter().map(|block| (&block.kind, block.text.as_str())).collect();
        assert_eq!(kinds[1], (&BlockKind::ListItem { depth: 0, marker: "4.".into() }, "fyra"));
        assert_eq!(kinds[2], (&BlockKind::ListItem { depth: 1, marker: "•".into() }, "inre länk kod"));
    }
}
