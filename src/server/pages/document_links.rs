//! Which of the links in a document does its page show, and where does each lead?
//!
//! Documents come from everywhere, so an address counts only if it is harmless to follow: another indexed document, or a
//! web address, mailbox or phone number. Everything else (`javascript:`, programs, files on somebody's disk, places in the
//! document itself) is left out; the API tells all addresses as they stand. Not here: how readers find links
//! ([`crate::ingest`]).

use fluent_uri::pct_enc::{EStr, encoder};
use fluent_uri::{Iri, Uri};

use crate::index::{DocumentHead, Index, IndexError};
use crate::server::present::Presenter;
use crate::server::views::{DocumentLink, document_url};

/// Longest address that is looked at, in bytes; longer ones carry data and not a place.
const LONGEST: usize = 2000;

/// The links to show, in the document's order, each once.
pub(super) fn shown(
    index: &Index,
    head: &DocumentHead,
    presenter: Presenter<'_>,
) -> Result<Vec<DocumentLink>, IndexError> {
    let mut out: Vec<DocumentLink> = Vec::new();
    for link in index.links(head.number)? {
        let address = link.address.trim();
        let safe = address.len() <= LONGEST && !address.chars().any(char::is_control);
        if !safe || address.is_empty() || address.starts_with('#') {
            continue;
        }
        let (url, leads_to, standing) = if let Some(other) = indexed(address, head, index) {
            if other.number == head.number {
                continue;
            }
            let summary = presenter.summary(other);
            (document_url(other.id.as_str()), summary.title, Some(summary.standing))
        } else if let Some((url, leads_to)) = outside(address) {
            (url, leads_to, None)
        } else {
            continue;
        };
        let text = if link.text.trim().is_empty() { leads_to.clone() } else { link.text };
        if !out.iter().any(|shown| shown.url == url && shown.text == text) {
            out.push(DocumentLink { url, text, leads_to, page: link.page, standing });
        }
    }
    Ok(out)
}

/// Address and destination of a link that leads out of the service.
fn outside(address: &str) -> Option<(String, String)> {
    let uri = Iri::parse(address.replace(' ', "%20").as_str()).ok()?.to_uri().normalize();
    match uri.scheme().as_str() {
        "http" | "https" => {
            let authority = uri.authority()?;
            // `https://kommunen.se@elsewhere.example` shows one place and leads to another.
            let plain = !authority.host().is_empty() && !authority.has_userinfo();
            plain.then(|| (uri.as_str().to_owned(), authority.as_str().to_owned()))
        }
        // Without a ready-made subject and text.
        "mailto" => {
            let mailbox = uri.path().as_str();
            mailbox.contains('@').then(|| (format!("mailto:{mailbox}"), decoded(mailbox)))
        }
        "tel" => {
            let number = uri.path().as_str();
            let dialled = |character: char| character.is_ascii_digit() || "+-.()".contains(character);
            let is_number = number.chars().all(dialled) && number.chars().any(|digit| digit.is_ascii_digit());
            is_number.then(|| (format!("tel:{number}"), number.to_owned()))
        }
        _ => None,
    }
}

/// The indexed document that an address names: a file beside the document or elsewhere among the sources, or a page of a
/// website that is indexed.
fn indexed<'a>(address: &str, from: &DocumentHead, index: &'a Index) -> Option<&'a DocumentHead> {
    let written = address.replace('\\', "/");
    let bare = written.split(['#', '?']).next().unwrap_or_default();
    let all = index.documents();
    if let Some((scheme, rest)) = bare.split_once("://").filter(|(scheme, _)| !scheme.eq_ignore_ascii_case("file")) {
        let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        // A page with a query is another page for each.
        return all
            .iter()
            .filter(|_| web && !address.contains('?'))
            .find(|other| is_page(&fetched_to(rest), &other.place));
    }
    let file = decoded(bare);
    let absolute = file.get(.."file:".len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"))
        || file.starts_with('/')
        || file.get(1..3) == Some(":/");
    if !absolute && Uri::parse(address).is_ok() {
        return None;
    }
    let path = if absolute { file.clone() } else { joined(&from.path, &file)? };
    let at_path = || all.iter().find(|other| path.ends_with(&other.path) && !other.path.is_empty());
    // A drive letter here is a mount there, so the name alone counts where only one document has it.
    let name = file.rsplit('/').next().filter(|name| !name.is_empty())?;
    let mut named = all.iter().filter(|other| other.place.rsplit('/').next() == Some(name));
    at_path().or_else(|| named.next().filter(|_| named.next().is_none()))
}

/// A path relative to another file's folder, without `.` and `..`; `None` where it leads out of everything.
fn joined(from: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Where a website's page lies below its mirror, without the ending that it was given there.
fn fetched_to(host_and_path: &str) -> String {
    let (host, path) = host_and_path.split_once('/').unwrap_or((host_and_path, ""));
    format!("{}/{}", host.to_lowercase().replace(':', "_"), decoded(path))
}

fn is_page(page: &str, place: &str) -> bool {
    let page = if page.ends_with('/') { format!("{page}index") } else { page.to_owned() };
    let ending = place.strip_prefix(page.as_str());
    ending.is_some_and(|rest| rest.is_empty() || (rest.starts_with('.') && !rest.contains('/')))
}

fn decoded(text: &str) -> String {
    EStr::<encoder::Path>::new(text)
        .map_or_else(|| text.to_owned(), |text| text.decode().to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_addresses_lead_out() {
        let cases = [
            ("https://www.socialstyrelsen.se/a b", "https://www.socialstyrelsen.se/a%20b", "www.socialstyrelsen.se"),
            ("HTTP://Intranat.example:8080/x?y=1#z", "http://intranat.example:8080/x?y=1#z", "intranat.example:8080"),
            ("mailto:mas@lotsby.example?subject=Hej&body=x", "mailto:mas@lotsby.example", "mas@lotsby.example"),
            ("tel:+46-980-311000", "tel:+46-980-311000", "+46-980-311000"),
        ];
        for (address, url, leads_to) in cases {
            assert_eq!(outside(address), Some((url.to_owned(), leads_to.to_owned())), "{address}");
        }
        for address in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "file:///etc/passwd",
            "ftp://a/b",
            "https://lotsby.example@evil.example/",
            "https:///utan-vard",
            "mailto:ingen",
            "tel:hej",
            "//evil.example/x",
            "rutin.pdf",
            "",
        ] {
            assert_eq!(outside(address), None, "{address}");
        }
    }

    #[test]
    fn relative_addresses_and_pages_of_sites() {
        assert_eq!(joined("/srv/rutiner/hsl/a.pdf", "../b.pdf").as_deref(), Some("/srv/rutiner/b.pdf"));
        assert_eq!(joined("/a.pdf", "../../../b.pdf"), None);
        let page = fetched_to("Intranat.example:80/Rutiner/l%C3%A4rm");
        assert_eq!(page, "intranat.example_80/Rutiner/lärm");
        assert!(is_page(&page, "intranat.example_80/Rutiner/lärm.html"));
        assert!(is_page("a/", "a/index.html") && is_page("a/b.pdf", "a/b.pdf"));
        assert!(!is_page("a/b", "a/bc.html") && !is_page("a/b", "a/b.x/c.html"));
    }
}
