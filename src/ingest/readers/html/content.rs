//! Which part of a page is its content?
//!
//! `main`, `role=main` or the only `article`; else the body, from which blocks of links are taken out. Menus, bread
//! crumbs, cookie notices, sharing and the like are left out wherever they stand. Not here: what the content says.

use scraper::{ElementRef, Html, Selector};

use crate::ingest::document::fold_whitespace;

/// Parts of a page that are not its content, wherever they stand.
const SKIPPED: &[&str] = &[
    "script", "style", "noscript", "template", "nav", "aside", "input", "select", "textarea", "svg", "iframe",
    "dialog", "head", "del", "s", "strike", "datalist", "object", "embed", "canvas", "audio", "video", "rp", "rt",
];
/// Words in classes and ids of what surrounds the content on municipal sites and intranets.
const CLUTTER: &[&str] = &[
    "nav",
    "navbar",
    "navigation",
    "menu",
    "meny",
    "submenu",
    "sidmeny",
    "megamenu",
    "breadcrumb",
    "breadcrumbs",
    "brodsmulor",
    "brodsmula",
    "cookie",
    "cookies",
    "cookiebar",
    "cookiebanner",
    "consent",
    "kakor",
    "gdpr",
    "sidebar",
    "sidofalt",
    "footer",
    "sidfot",
    "share",
    "sharing",
    "social",
    "dela",
    "addthis",
    "print",
    "skrivut",
    "skip",
    "skiplink",
    "search",
    "sok",
    "sokruta",
    "pagination",
    "pager",
    "feedback",
    "readspeaker",
    "toolbar",
    "banner",
    "chatbot",
];
/// Texts that only readers of a screen hear.
const UNSEEN: &[&str] = &["visually-hidden", "visuallyhidden", "sr-only", "screen-reader-text", "offscreen"];
/// Links and buttons that do something with the page.
const ACTIONS: &[&str] = &[
    "skriv ut",
    "skriv ut sidan",
    "dela",
    "dela sidan",
    "dela på facebook",
    "dela på linkedin",
    "dela på twitter",
    "dela på x",
    "dela via e-post",
    "tipsa",
    "tipsa en vän",
    "lyssna",
    "lyssna på sidan",
    "till toppen",
    "till sidans topp",
    "tillbaka till toppen",
    "upp",
    "kopiera länk",
    "hoppa till innehåll",
    "till innehållet",
    "hoppa till huvudinnehåll",
    "gå till innehåll",
    "öppna meny",
    "stäng",
    "stäng meny",
    "visa mer",
    "visa mindre",
];

/// The element to read, and whether it is the whole body for want of a better one.
pub(super) fn root(page: &Html) -> Option<(ElementRef<'_>, bool)> {
    for selector in ["main", "[role=main]"] {
        // Of several, the one that says most: some templates leave an empty one behind.
        let longest = select(page, selector).into_iter().max_by_key(|element| length(*element));
        if let Some(found) = longest.filter(|found| length(*found) > 0) {
            return Some((found, false));
        }
    }
    let articles = select(page, "article");
    if let [only] = articles.as_slice()
        && length(*only) > 0
    {
        return Some((*only, false));
    }
    select(page, "body").into_iter().next().map(|body| (body, true))
}

/// Everything that a selector finds.
pub(super) fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|parsed| page.select(&parsed).collect()).unwrap_or_default()
}

/// Whether an element is left out. `whole_body` says that nothing better than the body was found, `in_title` that the
/// element stands in a heading or the like, where a button is what opens the text below.
pub(super) fn is_left_out(element: ElementRef<'_>, whole_body: bool, in_title: bool) -> bool {
    let value = element.value();
    let name = value.name();
    if SKIPPED.contains(&name) || is_hidden(element) {
        return true;
    }
    let role = value.attr("role").unwrap_or("");
    match name {
        "html" | "body" | "main" | "article" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => return false,
        "button" => return !in_title,
        // Some portals wrap the whole page in a form.
        "form" => return !holds_heading(element),
        "header" | "footer" if whole_body => return !holds_main_heading(element),
        "a" => return is_action(element),
        _ => {}
    }
    if matches!(role, "navigation" | "banner" | "contentinfo" | "search" | "complementary" | "dialog" | "alertdialog") {
        return true;
    }
    let names = [value.attr("class"), value.attr("id")];
    if names.into_iter().flatten().any(is_clutter) {
        return !holds_main_heading(element);
    }
    whole_body && matches!(name, "ul" | "ol" | "div" | "section" | "table" | "p") && is_link_block(element)
}

/// Whether nobody sees the element. A panel that opens below its title is hidden only until then.
fn is_hidden(element: ElementRef<'_>) -> bool {
    let value = element.value();
    let opens = matches!(value.attr("role"), Some("region" | "tabpanel")) || value.attr("aria-labelledby").is_some();
    let style = value.attr("style").unwrap_or("").replace(' ', "").to_lowercase();
    let hidden = value.attr("hidden").is_some_and(|how| how != "until-found")
        || value.attr("aria-hidden") == Some("true")
        || style.contains("display:none")
        || style.contains("visibility:hidden");
    (hidden && !opens) || value.classes().any(|class| UNSEEN.contains(&class))
}

/// Whether a class or id has a word of what surrounds the content: `site-nav`, `cookieBanner`.
fn is_clutter(name: &str) -> bool {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if character.is_alphanumeric() {
            let folded = character.to_lowercase().map(|letter| match letter {
                'å' | 'ä' => 'a',
                'ö' => 'o',
                other => other,
            });
            match words.last_mut() {
                Some(word) => word.extend(folded),
                None => words.push(folded.collect()),
            }
        }
        before = character;
    }
    words.iter().any(|word| CLUTTER.contains(&word.as_str()))
}

/// A link that prints, shares or scrolls.
fn is_action(link: ElementRef<'_>) -> bool {
    let text = fold_whitespace(&link.text().collect::<String>()).to_lowercase();
    ACTIONS.contains(&text.as_str())
}

fn holds_heading(element: ElementRef<'_>) -> bool {
    holds(element, &["h1", "h2", "h3", "main", "article"])
}

fn holds_main_heading(element: ElementRef<'_>) -> bool {
    holds(element, &["h1", "main"])
}

/// Whether an element of one of these names is or lies within the element.
pub(super) fn holds(element: ElementRef<'_>, names: &[&str]) -> bool {
    element.descendants().filter_map(ElementRef::wrap).any(|inner| names.contains(&inner.value().name()))
}

/// A list or box that is nearly all links, three or more: a menu that does not say that it is one.
fn is_link_block(element: ElementRef<'_>) -> bool {
    let links: Vec<ElementRef<'_>> =
        element.descendants().filter_map(ElementRef::wrap).filter(|inner| inner.value().name() == "a").collect();
    if links.len() < 3 || holds_heading(element) {
        return false;
    }
    let linked: usize = links.iter().map(|link| length(*link)).sum();
    linked * 10 >= length(element) * 8
}

/// Characters of text, whitespace aside.
fn length(element: ElementRef<'_>) -> usize {
    element.text().flat_map(str::chars).filter(|character| !character.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_classes() {
        for name in ["site-nav", "cookieBanner", "brödsmulor", "o-footer__inner", "page share-links"] {
            assert!(is_clutter(name), "{name}");
        }
        for name in ["content", "navy", "printable", "menyalternativ-text", "sidinnehall"] {
            assert!(!is_clutter(name), "{name}");
        }
    }
}
