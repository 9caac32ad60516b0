//! How does an intranet page become blocks?
//!
//! Only the main content is read: `main`, `article` or `role=main`, else the body without menus, header, footer and
//! forms. Meta tags become properties. Not here: scripts are not run, so a page that builds itself in the browser
//! gives no text.

use scraper::node::Element;
use scraper::{ElementRef, Html, Node, Selector};

use super::collect::{Collector, Row};
use super::text::decode;
use crate::ingest::document::{ReadError, Reading, fold_whitespace};

/// Parts of a page that are not its content, wherever they stand.
const SKIPPED: &[&str] = &[
    "script", "style", "noscript", "template", "nav", "aside", "form", "button", "input", "select", "textarea", "svg",
    "iframe", "dialog", "head", "del", "s", "strike",
];
/// Elements that begin a block of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "header",
    "hgroup",
    "hr",
    "main",
    "p",
    "pre",
    "section",
    "summary",
];
/// Deeper nesting than this is not written by people.
const MAX_DEPTH: usize = 200;

/// Reads an HTML file.
pub(super) fn read(bytes: &[u8]) -> Result<Reading, ReadError> {
    let (text, warning) = decode(bytes);
    super::guard::html(&text)?;
    let page = Html::parse_document(&text);
    let mut walk = Walk::default();
    if let Some(warning) = warning {
        walk.out.warn(warning);
    }
    read_head(&page, &mut walk.out);
    match main_content(&page) {
        Some((root, whole_body)) => {
            walk.whole_body = whole_body;
            walk.children(root, 0);
            walk.flush();
        }
        None => return Err(ReadError::NoText),
    }
    walk.out.finish()
}

/// Title and meta tags. Tags for browsers and social media are no properties of the document.
fn read_head(page: &Html, out: &mut Collector) {
    for meta in select(page, "meta[name][content]") {
        let (name, content) = (meta.attr("name").unwrap_or(""), meta.attr("content").unwrap_or(""));
        let technical =
            ["viewport", "generator", "robots", "theme-color", "color-scheme", "referrer", "format-detection"];
        let lower = name.to_lowercase();
        if !technical.contains(&lower.as_str()) && !lower.starts_with("twitter:") && !lower.starts_with("msapplication")
        {
            out.property(name, content);
        }
    }
    // The page's own heading is a better title than `<title>`, which carries the site's name.
    if let Some(title) = select(page, "title").first() {
        let full = fold_whitespace(&title.text().collect::<String>());
        let heading = select(page, "main h1, article h1, [role=main] h1, h1")
            .first()
            .map(|h1| fold_whitespace(&h1.text().collect::<String>()));
        match heading {
            Some(heading) if full.starts_with(&heading) && !heading.is_empty() => out.set_title(&heading),
            _ => out.set_title(&full),
        }
    }
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|parsed| page.select(&parsed).collect()).unwrap_or_default()
}

/// The element to read, and whether it is the whole body for want of a better one.
fn main_content(page: &Html) -> Option<(ElementRef<'_>, bool)> {
    for selector in ["main", "[role=main]"] {
        if let Some(found) = select(page, selector).into_iter().next() {
            return Some((found, false));
        }
    }
    let articles = select(page, "article");
    if let [only] = articles.as_slice() {
        return Some((*only, false));
    }
    select(page, "body").into_iter().next().map(|body| (body, true))
}

#[derive(Default)]
struct Walk {
    out: Collector,
    text: String,
    whole_body: bool,
    heading: Option<u8>,
    /// Next number of each open list, `None` for bullets.
    lists: Vec<Option<i64>>,
    marker: Option<String>,
}

impl Walk {
    fn children(&mut self, parent: ElementRef<'_>, depth: usize) {
        if depth > MAX_DEPTH {
            self.out.warn("Elements nested deeper than 200 levels were left out.");
            return;
        }
        for child in parent.children() {
            match child.value() {
                Node::Text(text) => self.text.push_str(text),
                Node::Element(_) => {
                    if let Some(element) = ElementRef::wrap(child) {
                        self.element(element, depth + 1);
                    }
                }
                _ => {}
            }
        }
    }

    fn element(&mut self, element: ElementRef<'_>, depth: usize) {
        let name = element.value().name();
        if self.is_skipped(element.value()) {
            return;
        }
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush();
                self.heading = name.as_bytes().get(1).map(|digit| digit - b'0');
                self.children(element, depth);
                self.flush();
                self.heading = None;
            }
            "ul" | "ol" | "menu" => {
                self.flush();
                let start = element.attr("start").and_then(|start| start.parse().ok()).unwrap_or(1);
                self.lists.push((name == "ol").then_some(start));
                self.children(element, depth);
                self.flush();
                self.lists.pop();
            }
            "li" => {
                self.flush();
                self.marker = Some(self.next_marker(element));
                self.children(element, depth);
                self.flush();
                self.marker = None;
            }
            "table" => {
                self.flush();
                self.table(element);
            }
            "br" => self.line_break(),
            _ if BLOCKS.contains(&name) => {
                self.flush();
                self.children(element, depth);
                self.flush();
            }
            _ => self.children(element, depth),
        }
    }

    fn is_skipped(&self, element: &Element) -> bool {
        let name = element.name();
        let role = element.attr("role").unwrap_or("");
        SKIPPED.contains(&name)
            || (self.whole_body && matches!(name, "header" | "footer"))
            || matches!(role, "navigation" | "banner" | "contentinfo" | "search" | "complementary")
            || element.attr("hidden").is_some()
            || element.attr("aria-hidden") == Some("true")
    }

    fn next_marker(&mut self, item: ElementRef<'_>) -> String {
        let given = item.attr("value").and_then(|value| value.parse().ok());
        match self.lists.last_mut() {
            Some(Some(number)) => {
                let current = given.unwrap_or(*number);
                *number = current + 1;
                let kind = item.parent().and_then(ElementRef::wrap).and_then(|list| list.attr("type"));
                match (kind, u8::try_from(current)) {
                    (Some("a"), Ok(place @ 1..=26)) => format!("{}.", char::from(b'a' + place - 1)),
                    (Some("A"), Ok(place @ 1..=26)) => format!("{}.", char::from(b'A' + place - 1)),
                    _ => format!("{current}."),
                }
            }
            _ => "•".to_owned(),
        }
    }

    /// A break within a paragraph ends a label line, otherwise it is only a space.
    fn line_break(&mut self) {
        let is_label = super::collect::label_line(&fold_whitespace(&self.text)).is_some();
        if is_label && self.lists.is_empty() && self.heading.is_none() { self.flush() } else { self.text.push(' ') }
    }

    fn table(&mut self, table: ElementRef<'_>) {
        let mut header = None;
        let mut rows: Vec<Row> = Vec::new();
        for caption in descendants(table, "caption") {
            self.out.paragraph(&inline_text(caption), None);
        }
        for line in descendants(table, "tr") {
            let mut cells = Vec::new();
            let mut all_heads = true;
            for cell in line.child_elements().filter(|cell| matches!(cell.value().name(), "td" | "th")) {
                all_heads &= cell.value().name() == "th";
                cells.push(inline_text(cell));
                let span: usize = cell.attr("colspan").and_then(|span| span.parse().ok()).unwrap_or(1);
                cells.extend(std::iter::repeat_n(String::new(), span.clamp(1, 30) - 1));
            }
            if line.child_elements().count() == 1 {
                cells.truncate(1);
            }
            let in_head =
                line.parent().and_then(ElementRef::wrap).is_some_and(|parent| parent.value().name() == "thead");
            if header.is_none() && rows.is_empty() && !cells.is_empty() && (in_head || all_heads) {
                header = Some(cells);
            } else if !cells.is_empty() {
                rows.push(Row { cells, page: None });
            }
        }
        self.out.table(header, rows);
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.trim().is_empty() {
            return;
        }
        if let Some(level) = self.heading {
            self.out.heading(level, &text, None);
        } else if let Some(marker) = self.marker.take() {
            self.out.item(self.lists.len().saturating_sub(1) as u8, &marker, &text, None);
        } else {
            self.out.paragraph(&text, None);
        }
    }
}

/// Elements named `name` below `root`, not those of a table within the table.
fn descendants<'a>(root: ElementRef<'a>, name: &str) -> Vec<ElementRef<'a>> {
    let mut found = Vec::new();
    let mut open: Vec<ElementRef<'a>> = root.child_elements().collect();
    open.reverse();
    while let Some(element) = open.pop() {
        if element.value().name() == name {
            found.push(element);
        } else {
            let mut children: Vec<_> = element.child_elements().collect();
            children.reverse();
            open.extend(children);
        }
    }
    found
}

/// Text of a cell; blocks within it are kept apart by a space.
fn inline_text(cell: ElementRef<'_>) -> String {
    let mut out = String::new();
    for node in cell.descendants() {
        match node.value() {
            Node::Text(text) => {
                let hidden = node
                    .parent()
                    .and_then(ElementRef::wrap)
                    .is_some_and(|parent| SKIPPED.contains(&parent.value().name()));
                if !hidden {
                    out.push_str(text);
                }
            }
            Node::Element(element)
                if BLOCKS.contains(&element.name()) || matches!(element.name(), "br" | "li" | "tr" | "td") =>
            {
                out.push(' ');
            }
            _ => {}
        }
    }
    fold_whitespace(&out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_main_content_is_read() {
        let page = "<title>Rutin | Kajen</title><nav>Meny</nav><main><h1>Rutin</h1><p>Ring <b>112</b>.</p>\
                    <ol start=3><li>tre<ul><li>inre</li></ul></li><li>fyra</li></ol></main><footer>Fot</footer>";
        let reading = read(page.as_bytes()).unwrap();
        let texts: Vec<&str> = reading.blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(texts, ["Rutin", "Ring 112.", "tre", "inre", "fyra"]);
        assert_eq!(reading.title.as_deref(), Some("Rutin"));
    }

    #[test]
    fn without_main_the_body_is_stripped() {
        let page = "<body><header>Topp</header><p>Text</p><footer>Fot</footer></body>";
        let reading = read(page.as_bytes()).unwrap();
        assert_eq!(reading.blocks.len(), 1);
    }
}
