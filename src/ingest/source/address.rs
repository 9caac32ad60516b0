//! What does a web address name, and where would its document lie on disk?

use fluent_uri::component::Authority;
use fluent_uri::{Iri, IriRef, Uri};

/// An `http` or `https` address with a host, in normal form and without a fragment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Address {
    text: String,
    scheme_end: usize,
    path_start: usize,
}

impl Address {
    /// Takes an address as a person or a sitemap writes it; spaces and letters such as å are encoded.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().replace(' ', "%20");
        let iri = Iri::parse(text.as_str()).map_err(|error| error.to_string())?;
        Self::from_uri(&iri.to_uri().normalize())
    }

    /// The address that a link on this one's page leads to; `None` if it is none of a page or file.
    pub(super) fn join(&self, link: &str) -> Option<Self> {
        let link = link.trim().replace(' ', "%20");
        let reference = IriRef::parse(link.as_str()).ok()?;
        let base = Uri::parse(self.text.as_str()).ok()?;
        let resolved = reference.to_uri_ref().resolve_against(&base).ok()?;
        Self::from_uri(&resolved.normalize()).ok()
    }

    fn from_uri(uri: &Uri<String>) -> Result<Self, String> {
        let scheme = uri.scheme().as_str();
        if scheme != "http" && scheme != "https" {
            return Err("it does not begin with http:// or https://".to_owned());
        }
        let Some(authority) = uri.authority().filter(|authority: &Authority<'_>| !authority.host().is_empty()) else {
            return Err("it names no host".to_owned());
        };
        if authority.has_userinfo() {
            return Err("it holds a user name; sources are fetched without one".to_owned());
        }
        let scheme_end = scheme.len();
        let path_start = scheme_end + "://".len() + authority.as_str().len();
        let mut text = uri.strip_fragment().as_str().to_owned();
        if uri.path().as_str().is_empty() {
            text.insert(path_start, '/');
        }
        Ok(Self { text, scheme_end, path_start })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Host, with the port if it is not the usual one.
    pub(super) fn host(&self) -> &str {
        &self.text[self.scheme_end + "://".len()..self.path_start]
    }

    /// Scheme and host.
    pub(super) fn root(&self) -> &str {
        &self.text[..self.path_start]
    }

    /// The path without the query, still encoded.
    pub(super) fn path(&self) -> &str {
        let path = &self.text[self.path_start..];
        path.split_once('?').map_or(path, |(path, _)| path)
    }

    /// The path up to and with its last slash.
    pub(super) fn folder(&self) -> &str {
        let path = self.path();
        path.rfind('/').map_or("/", |end| &path[..=end])
    }

    /// The ending of the last part of the path, in small letters.
    pub(super) fn ending(&self) -> Option<String> {
        let name = self.path().rsplit('/').next()?;
        name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase())
    }

    /// Where its document lies below the mirror: host, path and query, with the ending of its kind.
    pub(super) fn place(&self, ending: &str) -> String {
        let (path, query) = self.text[self.path_start..].split_once('?').unwrap_or((self.path(), ""));
        let mut place = format!("{}{}", self.host().replace(':', "_"), decoded(path));
        if place.ends_with('/') {
            place.push_str("index");
        }
        if self.ending().as_deref() == Some(ending) && query.is_empty() {
            return place;
        }
        if self.ending().is_some_and(|own| own == ending) {
            place.truncate(place.len() - ending.len() - 1);
        }
        if !query.is_empty() {
            place.push('-');
            place.extend(decoded(query).chars().map(|character| if character == '/' { '-' } else { character }));
        }
        format!("{place}.{ending}")
    }
}

fn decoded(text: &str) -> String {
    fluent_uri::pct_enc::EStr::<fluent_uri::pct_enc::encoder::Query>::new(text)
        .map_or_else(|| text.to_owned(), |text| text.decode().to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_one_form_and_a_place() -> Result<(), String> {
        let start = Address::parse("HTTP://Intranat.example:80/Rutiner/index.html#topp")?;
        assert_eq!(start.as_str(), "http://intranat.example/Rutiner/index.html");
        assert_eq!((start.host(), start.folder()), ("intranat.example", "/Rutiner/"));
        assert_eq!(Address::parse("http://intranat.example")?.as_str(), "http://intranat.example/");
        let place = |link: &str, ending: &str| start.join(link).map(|address| address.place(ending));
        let cases = [
            ("../hsl/nödlarm å.pdf", "pdf", "intranat.example/hsl/nödlarm å.pdf"),
            ("larm", "html", "intranat.example/Rutiner/larm.html"),
            ("/", "html", "intranat.example/index.html"),
            ("visa.php?id=7&del=a/b", "html", "intranat.example/Rutiner/visa.php-id=7&del=a-b.html"),
            ("sida.html?id=7", "html", "intranat.example/Rutiner/sida-id=7.html"),
            ("//annan.example:8080/a.docx", "docx", "annan.example_8080/a.docx"),
        ];
        for (link, ending, expected) in cases {
            assert_eq!(place(link, ending).as_deref(), Some(expected), "{link}");
        }
        for link in ["mailto:mas@example", "javascript:void(0)", "ftp://a/b", "http://user:hemligt@a/b", "http://[x/"] {
            assert_eq!(start.join(link), None, "{link}");
        }
        assert_eq!(start.join("#ansvar"), Some(start.clone()));
        Ok(())
    }
}
