//! How does an intranet page become blocks?
//!
//! Only the main content is read ([`content`]). Meta tags become properties; a term and its definition stay together;
//! what opens below a title has that title as its heading. Not here: scripts are not run, so a page that builds itself
//! in the browser gives no text.

mod content;
mod table;

use scraper::{ElementRef, Html, Node};

use self::content::{holds, is_left_out, select};
use super::collect::{Collector, Row};
use super::text::decode;
use crate::ingest::document::{ReadError, Reading, fold_whitespace};

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
const HEADINGS: &[&str] = &["h1", "h2", "h3", "h4", "h5", "h6"];
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
    match content::root(&page) {
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

#[derive(Default)]
struct Walk {
    out: Collector,
    text: String,
    whole_body: bool,
    heading: Option<u8>,
    /// Level of the heading that came last.
    level: u8,
    /// Within a heading or another title, where a button is what opens the text below.
    in_title: bool,
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
        if is_left_out(element, self.whole_body, self.in_title) {
            return;
        }
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = name.bytes().last().map_or(1, |digit| digit - b'0');
                self.title(element, level, depth);
            }
            "summary" if !holds(element, HEADINGS) => self.title(element, (self.level + 1).min(6), depth),
            "dl" => {
                self.flush();
                self.definitions(element, depth);
                self.flush();
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
                self.table(element, depth);
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

    fn title(&mut self, element: ElementRef<'_>, level: u8, depth: usize) {
        self.flush();
        self.heading = Some(level);
        self.in_title = true;
        self.children(element, depth);
        self.in_title = false;
        self.flush();
        self.heading = None;
        self.level = level;
    }

    /// Terms and what they mean; a term whose definition is a text of its own becomes `Term: definition`.
    fn definitions(&mut self, list: ElementRef<'_>, depth: usize) {
        let mut terms: Vec<String> = Vec::new();
        for child in list.child_elements() {
            if is_left_out(child, self.whole_body, false) {
                continue;
            }
            match child.value().name() {
                "dt" => {
                    self.in_title = true;
                    self.children(child, depth + 1);
                    self.in_title = false;
                    terms.push(fold_whitespace(&std::mem::take(&mut self.text)));
                }
                "dd" => {
                    let term = std::mem::take(&mut terms).join(", ");
                    if !term.is_empty() {
                        self.text.push_str(term.trim_end_matches(':'));
                        self.text.push_str(": ");
                    }
                    self.definition(child, depth + 1);
                }
                "div" => self.definitions(child, depth + 1),
                _ => self.element(child, depth + 1),
            }
        }
        for term in terms {
            self.out.paragraph(&term, None);
        }
    }

    /// What a term means; its first paragraph stands with the term.
    fn definition(&mut self, definition: ElementRef<'_>, depth: usize) {
        let mut fresh = true;
        for part in definition.children() {
            match (ElementRef::wrap(part), part.value()) {
                (Some(inner), _) => {
                    if fresh && inner.value().name() == "p" {
                        self.children(inner, depth + 1);
                        self.flush();
                    } else {
                        self.element(inner, depth + 1);
                    }
                    fresh = false;
                }
                (None, Node::Text(text)) => {
                    fresh &= text.trim().is_empty();
                    self.text.push_str(text);
                }
                _ => {}
            }
        }
        self.flush();
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

    fn table(&mut self, table: ElementRef<'_>, depth: usize) {
        for caption in table.child_elements().filter(|child| child.value().name() == "caption") {
            self.out.paragraph(&table::text(caption), None);
        }
        if table::is_frame(table) {
            for cell in descendants(table, "tr").into_iter().flat_map(table::cells) {
                self.children(cell, depth + 1);
                self.flush();
            }
            return;
        }
        let (header, rows): (_, Vec<Row>) = table::read(table);
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

/// Elements named `name` below `root`, not those within one that was found.
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ingest::document::BlockKind::{Heading, Paragraph};

    #[test]
    fn only_the_main_content_is_read() {
        let page = "<title>Rutin | Kajen</title><nav>Meny</nav><main><h1>Rutin</h1><p>Ring <b>112</b>.</p>\
                    <ol start=3><li>tre<ul><li>inre</li></ul></li><li>fyra</li></ol></main><footer>Fot</footer>";
        let reading = read(page.as_bytes()).unwrap();
        let texts: Vec<&str> = reading.blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(texts, ["Rutin", "Ring 112.", "tre", "inre", "fyra"]);
        assert_eq!(reading.title.as_deref(), Some("Rutin"));
    }

    fn texts(page: &str) -> Vec<String> {
        read(page.as_bytes()).unwrap().blocks.into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn clutter_is_left_out_within_the_content_too() {
        let page = "<body class='has-cookie-banner'><form id=aspnetForm>\
                    <div class='breadcrumbs'><a href=/>Start</a></div>\
                    <ul><li><a>Ett</a><li><a>Två</a><li><a>Tre</a></ul><h1>Rutin</h1><p>Ring <a>112</a>.</p>\
                    <a href=#>Skriv ut</a><div id=cookieConsent>Vi använder kakor</div>\
                    <ul><li>Läs <a>mallen</a> först</ul><span class=sr-only>Öppnas i ny flik</span></form></body>";
        assert_eq!(texts(page), ["Rutin", "Ring 112.", "Läs mallen först"]);
    }

    #[test]
    fn what_opens_below_a_title_is_read() {
        let page = "<main><h1>Frågor</h1>\
                    <details><summary>Vem ansvarar?</summary><p>Chefen.</p></details>\
                    <h2><button aria-expanded=false>Natt</button></h2>\
                    <div role=region hidden><p>Ring jouren.</p></div></main>";
        let reading = read(page.as_bytes()).unwrap();
        let kinds: Vec<_> = reading.blocks.iter().map(|block| (&block.kind, block.text.as_str())).collect();
        assert_eq!(
            kinds,
            [
                (&Heading { level: 1 }, "Frågor"),
                (&Heading { level: 2 }, "Vem ansvarar?"),
                (&Paragraph, "Chefen."),
                (&Heading { level: 2 }, "Natt"),
                (&Paragraph, "Ring jouren."),
            ]
        );
    }

    #[test]
    fn tables_and_definitions() {
        let page = "<main><h1>A</h1><h2>B</h2><table><thead><tr><th rowspan=2>Hus<th colspan=2>Kontakt</tr>\
                    <tr><th>Namn<th>Telefon</tr></thead><tr><td rowspan=2>Norr<td>Kim<td>1</tr><tr><td>Robin<td>2</tr>\
                    </table><dl><dt>Fall<dd>När någon hamnar på golvet\
                    <dt>Risk<dd><p>Sannolikhet</p><ul><li>låg</ul>\
                    <dt>Larm<dd>Kort svar.<p>Mer om det</p></dl>\
                    <table><caption>Yttre</caption><tr><td><h3>Ram</h3>Text<td>Mer\
                    <table><caption>Inre</caption><tr><td>a<td>b<tr><td>c<td>d</table></table></main>";
        assert_eq!(
            texts(page)[2..],
            [
                "Hus: Norr; Kontakt Namn: Kim; Kontakt Telefon: 1",
                "Hus: Norr; Kontakt Namn: Robin; Kontakt Telefon: 2",
                "Fall: När någon hamnar på golvet",
                "Risk: Sannolikhet",
                "låg",
                "Larm: Kort svar.",
                "Mer om det",
                "Yttre",
                "Ram",
                "Text",
                "Mer",
                "Inre",
                "a: c; b: d",
            ]
        );
    }

    #[test]
    fn without_main_the_body_is_stripped() {
        let page = "<body><header>Topp</header><p>Text</p><footer>Fot</footer></body>";
        let reading = read(page.as_bytes()).unwrap();
        assert_eq!(reading.blocks.len(), 1);
    }
}
