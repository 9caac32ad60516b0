//! How do the documents of a website on the own network get here, and no others?
//!
//! From a sitemap, or by following links from a start page. Only hosts that are allowed are asked, only pages below the
//! start page's folder are followed, `robots.txt` is obeyed, and number and depth are limited. What is here already is
//! only fetched again when the site says that it has changed. A site that is down costs nothing: what was fetched
//! before stays and is said to be old.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::fetch::{Answer, LARGEST, MOST_MOVES, Stamp, client, get};
use super::mirror::{Mirror, Put};
use super::robots::{Robots, Word};
use super::{Brought, Source, SourceError, links};
use crate::ingest::walk::Skipped;
use crate::ingest::{LeftOut, LeftOutKind};

/// Most sitemaps that are read for one source.
const MOST_SITEMAPS: usize = 100;

/// How much of a site is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteLimits {
    /// Most addresses that are asked for.
    pub pages: usize,
    /// How many links away from the start page.
    pub depth: usize,
    /// Hosts that may be asked besides that of the start page, with the port if it is not the usual one.
    pub hosts: Vec<String>,
}

impl Default for SiteLimits {
    fn default() -> Self {
        Self { pages: 2000, depth: 10, hosts: Vec::new() }
    }
}

/// A website.
#[derive(Debug)]
pub(super) struct Site {
    start: Address,
    written: String,
    data: PathBuf,
    limits: SiteLimits,
}

impl Site {
    pub(super) fn new(address: &str, data: &Path, limits: SiteLimits) -> Result<Self, SourceError> {
        let start = Address::parse(address)
            .map_err(|reason| SourceError::BadAddress { address: address.to_owned(), reason })?;
        Ok(Self { start, written: address.to_owned(), data: data.to_owned(), limits })
    }

    /// Whether a host may be asked.
    fn allows(&self, address: &Address) -> bool {
        let host = address.host();
        host == self.start.host() || self.limits.hosts.iter().any(|allowed| allowed == host)
    }
}

impl Source for Site {
    fn address(&self) -> &str {
        &self.written
    }

    fn bring(&self, on_file: &mut dyn FnMut(&str)) -> Result<Brought, SourceError> {
        let mirror = Mirror::open(&self.data, self.start.host(), self.start.as_str())?;
        // Notes that cannot be read cost a fetch of everything, no more.
        let known = mirror.notes().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let visit = Visit {
            site: self,
            client: client(),
            known,
            mirror,
            now: State::default(),
            robots: Robots::default(),
            seen: HashSet::new(),
            skipped: Vec::new(),
            complete: true,
        };
        visit.run(on_file)
    }

    fn reach(&self) -> Result<(), SourceError> {
        let unreachable = |reason: String| SourceError::Unreachable { address: self.written.clone(), reason };
        match get(&client(), &self.start, None) {
            Answer::Whole { .. } | Answer::Unchanged | Answer::Moved(_) => Ok(()),
            Answer::Gone(status) | Answer::Refused(status) => Err(unreachable(format!("the site answered {status}"))),
            Answer::Failed(reason) => Err(unreachable(reason)),
        }
    }

    fn watched(&self) -> Option<&Path> {
        None
    }
}

/// A file of the mirror, as of the last time it was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    place: String,
    #[serde(flatten)]
    stamp: Stamp,
}

/// Files by address.
type State = BTreeMap<String, Entry>;

/// One visit to a site.
struct Visit<'a> {
    site: &'a Site,
    client: ureq::Agent,
    known: State,
    mirror: Mirror,
    now: State,
    robots: Robots,
    seen: HashSet<Address>,
    skipped: Vec<Skipped>,
    /// Whether everything was looked at, so that what was not found is gone.
    complete: bool,
}

impl Visit<'_> {
    fn run(mut self, on_file: &mut dyn FnMut(&str)) -> Result<Brought, SourceError> {
        let start = self.site.start.clone();
        let limits = &self.site.limits;
        let mut queue = VecDeque::new();
        if start.ending().as_deref() == Some("xml") {
            match self.sitemaps() {
                // A sitemap names everything: links are not followed.
                Ok(pages) => queue.extend(pages.into_iter().map(|page| (page, limits.depth))),
                Err(reason) => return self.unreachable(reason),
            }
            queue.retain(|(page, _)| self.site.allows(page) && self.seen.insert(page.clone()));
        } else {
            self.seen.insert(start.clone());
            queue.push_back((start.clone(), 0));
        }
        let mut asked = 0;
        while let Some((address, depth)) = queue.pop_front() {
            if asked >= limits.pages {
                let reason = format!("has more than {asked} addresses; the rest was left out (--site-pages)");
                self.skip(self.site.written.clone(), reason);
                self.complete = false;
                break;
            }
            asked += 1;
            on_file(address.as_str());
            match self.take(&address) {
                Ok(found) if depth < limits.depth => {
                    let new = found.into_iter().filter(|link| self.follows(link) && self.seen.insert(link.clone()));
                    queue.extend(new.collect::<Vec<_>>().into_iter().map(|link| (link, depth + 1)));
                }
                Ok(_) => {}
                Err(reason) if address == start => return self.unreachable(reason),
                Err(reason) => {
                    self.complete = false;
                    self.skip(address.as_str().to_owned(), reason);
                }
            }
        }
        self.finish()
    }

    fn finish(mut self) -> Result<Brought, SourceError> {
        if !self.complete {
            // What led to them may just not have been seen this time.
            for (address, entry) in &self.known {
                if !self.now.contains_key(address) && !self.seen.iter().any(|seen| seen.as_str() == address) {
                    self.mirror.keep(&entry.place);
                    self.now.insert(address.clone(), entry.clone());
                }
            }
        }
        let notes = serde_json::to_vec_pretty(&self.now).unwrap_or_default();
        self.mirror.take_notes(&notes).map_err(SourceError::io(self.mirror.folder()))?;
        Ok(Brought { folder: self.mirror.finish()?, skipped: self.skipped })
    }

    /// The end of a visit to a site that gives nothing: what is here stays.
    fn unreachable(mut self, reason: String) -> Result<Brought, SourceError> {
        if self.mirror.is_empty() {
            return Err(SourceError::Unreachable { address: self.site.written.clone(), reason });
        }
        let reason = format!("cannot be reached ({reason}); its documents stay as they were fetched last");
        self.skip(self.site.written.clone(), reason);
        self.mirror.keep_all();
        Ok(Brought { folder: self.mirror.finish()?, skipped: self.skipped })
    }

    fn skip(&mut self, place: String, reason: String) {
        tracing::warn!(address = place, reason, "left out");
        self.skipped.push(Skipped { place, left_out: LeftOut::new(LeftOutKind::Unreachable, reason) });
    }

    /// Whether a link is followed: pages below the start page's folder or on another allowed host, documents anywhere
    /// on allowed hosts.
    fn follows(&self, link: &Address) -> bool {
        let ending = link.ending();
        let ending = ending.as_deref().unwrap_or_default();
        let is_document = is_read(ending) && !matches!(ending, "html" | "htm" | "xhtml");
        let start = &self.site.start;
        self.site.allows(link)
            && !IGNORED.contains(&ending)
            && (is_document || link.host() != start.host() || link.path().starts_with(start.folder()))
    }

    /// All pages that the start address and the sitemaps that it names hold.
    fn sitemaps(&mut self) -> Result<Vec<Address>, String> {
        let mut pages = Vec::new();
        let mut queue = VecDeque::from([self.site.start.clone()]);
        let mut read = 0;
        while let Some(address) = queue.pop_front() {
            read += 1;
            let failed = match get(&self.client, &address, None) {
                Answer::Whole { bytes, .. } => match links::of_sitemap(&address, &bytes) {
                    Some(sitemap) => {
                        pages.extend(sitemap.pages);
                        let further = sitemap.sitemaps.into_iter().filter(|further| self.site.allows(further));
                        queue.extend(further.take(MOST_SITEMAPS.saturating_sub(read + queue.len())));
                        continue;
                    }
                    None => "it is not a sitemap".to_owned(),
                },
                Answer::Unchanged => continue,
                Answer::Moved(to) => format!("it moved to {}; give that address", to.as_str()),
                Answer::Refused(status) | Answer::Gone(status) => format!("the site answered {status}"),
                Answer::Failed(reason) => reason,
            };
            if address == self.site.start {
                return Err(failed);
            }
            self.complete = false;
            self.skip(address.as_str().to_owned(), failed);
        }
        Ok(pages)
    }

    /// Fetches one address; returns the links on its page, or why it could not be had this time.
    fn take(&mut self, address: &Address) -> Result<Vec<Address>, String> {
        let mut at = address.clone();
        for _ in 0..MOST_MOVES {
            match self.robots.word_on(&at, &self.client, &|to| self.site.allows(to)) {
                Word::Allowed => {}
                Word::Forbidden => {
                    self.skip(at.as_str().to_owned(), "the site's robots.txt forbids it".to_owned());
                    return Ok(Vec::new());
                }
                Word::Unknown => {
                    self.keep(&at);
                    return Err("the site's robots.txt cannot be had".to_owned());
                }
            }
            let known = self.known.get(at.as_str()).filter(|entry| self.mirror.has(&entry.place)).cloned();
            match get(&self.client, &at, known.as_ref().map(|entry| &entry.stamp)) {
                Answer::Whole { kind, charset, bytes, stamp } => {
                    return self.store(&at, kind.as_deref(), charset.as_deref(), bytes, stamp);
                }
                Answer::Unchanged => {
                    let Some(entry) = known else { return Err("the site says that it has not changed".to_owned()) };
                    self.keep(&at);
                    let stored = self.mirror.read(&entry.place).map_err(|error| error.to_string())?;
                    return Ok(if is_page(&entry.place) { links::of_page(&at, &stored) } else { Vec::new() });
                }
                Answer::Moved(to) if !self.site.allows(&to) => {
                    let reason = format!("it moved to {}, a host that is not allowed (--allow-host)", to.as_str());
                    self.skip(at.as_str().to_owned(), reason);
                    return Ok(Vec::new());
                }
                Answer::Moved(to) => {
                    if !self.seen.insert(to.clone()) && to != at {
                        return Ok(Vec::new());
                    }
                    at = to;
                }
                Answer::Gone(status) => {
                    self.skip(
                        at.as_str().to_owned(),
                        format!("the site answered {status}; a link to it is out of date"),
                    );
                    return if *address == self.site.start {
                        Err(format!("the site answered {status}"))
                    } else {
                        Ok(Vec::new())
                    };
                }
                Answer::Refused(status) => {
                    self.keep(&at);
                    return Err(format!("the site answered {status}; sources are fetched without a login"));
                }
                Answer::Failed(reason) => {
                    self.keep(&at);
                    return Err(reason);
                }
            }
        }
        Err("it moved too often".to_owned())
    }

    /// Leaves what is here of an address as it is.
    fn keep(&mut self, address: &Address) {
        if let Some(entry) = self.known.get(address.as_str()) {
            self.mirror.keep(&entry.place);
            self.now.insert(address.as_str().to_owned(), entry.clone());
        }
    }

    fn store(
        &mut self,
        at: &Address,
        kind: Option<&str>,
        charset: Option<&str>,
        bytes: Vec<u8>,
        stamp: Stamp,
    ) -> Result<Vec<Address>, String> {
        let own = at.ending().unwrap_or_default();
        let ending = kind.and_then(ending_of).map_or(own, str::to_owned);
        if !is_read(&ending) {
            let kind = kind.unwrap_or("of an unnamed kind");
            self.skip(at.as_str().to_owned(), format!("is {kind}, which is not a kind of document that is read"));
            return Ok(Vec::new());
        }
        let mut place = at.place(&ending);
        if self.now.values().any(|entry| entry.place == place) {
            place = format!("{}-{}.{ending}", place.trim_end_matches(&format!(".{ending}")), self.now.len());
        }
        let is_page = is_page(&place);
        let bytes = if is_page || ending == "txt" { in_utf8(bytes, charset) } else { bytes };
        let failed = match self.mirror.put(&place, &mut bytes.as_slice(), LARGEST) {
            Ok(Put::Written) => None,
            Ok(Put::TooLarge) => Some("it is too large".to_owned()),
            Err(error) => Some(format!("it cannot be written here: {error}")),
        };
        if let Some(reason) = failed {
            self.keep(at);
            return Err(reason);
        }
        self.now.insert(at.as_str().to_owned(), Entry { place, stamp });
        Ok(if is_page { links::of_page(at, &bytes) } else { Vec::new() })
    }
}

/// Endings that pages link to and that are never documents.
const IGNORED: [&str; 20] = [
    "avi", "bmp", "css", "eot", "gif", "ico", "ics", "jpeg", "jpg", "js", "json", "mov", "mp3", "mp4", "png", "svg",
    "webp", "woff", "woff2", "xml",
];

fn is_read(ending: &str) -> bool {
    crate::ingest::is_supported(Path::new(&format!("x.{ending}")))
}

fn is_page(place: &str) -> bool {
    Path::new(place).extension().is_some_and(|ending| ending == "html")
}

/// The ending for a kind of file as the site names it; `None` where the address says more.
fn ending_of(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "text/html" | "application/xhtml+xml" => "html",
        "application/pdf" => "pdf",
        "text/markdown" => "md",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        "application/vnd.oasis.opendocument.text" => "odt",
        "application/vnd.oasis.opendocument.spreadsheet" => "ods",
        _ => return None,
    })
}

/// Text in UTF-8 with a mark that says so, where the site named another encoding that the file itself may not name.
fn in_utf8(bytes: Vec<u8>, charset: Option<&str>) -> Vec<u8> {
    let Some(encoding) = charset.and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes())) else {
        return bytes;
    };
    if encoding == encoding_rs::UTF_8 || encoding_rs::Encoding::for_bom(&bytes).is_some() {
        return bytes;
    }
    let (text, _, _) = encoding.decode(&bytes);
    format!("\u{feff}{text}").into_bytes()
}
