//! Which addresses does a page or a sitemap name?

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use scraper::{Html, Selector};

use super::address::Address;

/// The addresses that a page's links lead to, in their order, each once.
pub(super) fn of_page(page: &Address, html: &[u8]) -> Vec<Address> {
    let document = Html::parse_document(&String::from_utf8_lossy(html));
    let base = Selector::parse("base[href]").ok().and_then(|base| {
        let href = document.select(&base).next()?.value().attr("href")?;
        page.join(href)
    });
    let base = base.as_ref().unwrap_or(page);
    let mut found = Vec::new();
    for selector in ["a[href]", "area[href]", "iframe[src]", "frame[src]"] {
        let Ok(selector) = Selector::parse(selector) else { continue };
        for element in document.select(&selector) {
            let element = element.value();
            let link = element.attr("href").or_else(|| element.attr("src")).and_then(|link| base.join(link));
            if let Some(link) = link.filter(|link| !found.contains(link)) {
                found.push(link);
            }
        }
    }
    found
}

/// What a sitemap names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sitemap {
    /// Pages and files.
    pub(super) pages: Vec<Address>,
    /// Further sitemaps.
    pub(super) sitemaps: Vec<Address>,
}

/// Reads a sitemap (sitemaps.org) or a list of them; `None` if it is neither.
pub(super) fn of_sitemap(at: &Address, xml: &[u8]) -> Option<Sitemap> {
    let xml = String::from_utf8_lossy(xml);
    let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}'));
    let mut sitemap = Sitemap::default();
    let (mut known, mut is_index, mut location) = (false, false, None::<String>);
    let push = |location: &mut Option<String>, text: &str| {
        if let Some(location) = location {
            location.push_str(text);
        }
    };
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "urlset" => known = true,
                "sitemapindex" => (known, is_index) = (true, true),
                "loc" => location = Some(String::new()),
                _ => {}
            },
            Event::Text(text) => push(&mut location, &text.xml10_content()),
            Event::CData(text) => push(&mut location, &text.xml10_content()),
            Event::GeneralRef(name) => {
                let known = resolve_predefined_entity(&name.xml10_content());
                push(&mut location, known.unwrap_or_default());
            }
            Event::End(tag) if tag.local_name().as_ref() == "loc" => {
                if let Some(address) = location.take().and_then(|text| at.join(&text)) {
                    if is_index { sitemap.sitemaps.push(address) } else { sitemap.pages.push(address) }
                }
            }
            Event::Eof => return known.then_some(sitemap),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(addresses: &[Address]) -> Vec<&str> {
        addresses.iter().map(Address::as_str).collect()
    }

    #[test]
    fn links_of_pages_and_sitemaps_are_found() -> Result<(), String> {
        let page = Address::parse("http://intranat.example/rutiner/")?;
        let html = br#"<a href="larm.html">Larm</a> <a href="larm.html#b">igen</a> <a href="mailto:a@b">brev</a>
            <a href="/hsl/n%C3%B6dlarm.pdf">PDF</a><a>ingen</a>"#;
        assert_eq!(
            texts(&of_page(&page, html)),
            ["http://intranat.example/rutiner/larm.html", "http://intranat.example/hsl/n%C3%B6dlarm.pdf"]
        );
        let xml = br#"<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
            <url><loc> http://intranat.example/a?x=1&amp;y=2 </loc></url><url><loc>/b.pdf</loc></url></urlset>"#;
        let sitemap = of_sitemap(&page, xml).ok_or("not a sitemap")?;
        assert_eq!(texts(&sitemap.pages), ["http://intranat.example/a?x=1&y=2", "http://intranat.example/b.pdf"]);
        let xml = b"<sitemapindex><sitemap><loc>/s1.xml</loc></sitemap></sitemapindex>";
        let index = of_sitemap(&page, xml).ok_or("not a sitemap")?;
        assert_eq!(texts(&index.sitemaps), ["http://intranat.example/s1.xml"]);
        assert_eq!(of_sitemap(&page, b"<html><body>404</body></html>"), None);
        assert_eq!(of_sitemap(&page, b"not xml <"), None);
        Ok(())
    }
}
