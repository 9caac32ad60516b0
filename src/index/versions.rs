//! Which documents of an index are other versions of one and the same routine?
//!
//! What [`crate::ingest::versions`] finds, as each document keeps it, and what that means on a day. Not here: how
//! versions are recognised.
//!
//! **What counts when the newest version has expired.** Nothing: whoever decided it meant it to take the place of the
//! older one, and an older routine that comes back by itself would be followed by people who were told to forget it. The
//! question is refused, and the pages say that no version is in force. One case is different, the temporary version
//! within a longer period: the older one names a last day that lies after the newer one's, and the newer one does not say
//! that it replaces anything. Then the older one counts again from the day after.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::rows::{DocumentHead, DocumentNumber};
use crate::ingest::versions::{Candidate, Family, families};
use crate::ingest::{Block, Replaced};

/// That a newer version counts instead of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The newer version.
    pub by: DocumentNumber,
    /// First day on which it counts; `None` where it does not say, which counts as begun.
    pub from: Option<Date>,
    /// Last day on which it counts instead, for a temporary version; `None` for good. Not stored: both documents say it.
    #[serde(skip)]
    pub until: Option<Date>,
}

impl Replacement {
    fn days(self) -> Replaced {
        Replaced { from: self.from, until: self.until }
    }
}

/// The other versions of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// Those that count instead, or will; the newest first.
    pub newer: Vec<Replacement>,
    /// Those that it counts instead of, or will; the newest first.
    pub older: Vec<DocumentNumber>,
}

/// What counts instead of a document on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Superseded {
    /// The newest version that has begun to count.
    pub by: DocumentNumber,
    /// The day from which the document itself has not counted any more, if it is known. Other versions may have come and
    /// gone since then.
    pub since: Option<Date>,
    /// Whether it is this version's own first day.
    pub at_once: bool,
}

impl Versions {
    /// What counts instead on `today`.
    pub fn superseded(&self, today: Date) -> Option<Superseded> {
        let counting = || self.newer.iter().filter(|newer| newer.days().counts(today));
        let newest = counting().next()?;
        let since = counting().map(|newer| newer.from).min()?;
        Some(Superseded { by: newest.by, since, at_once: since == newest.from })
    }
}

/// Old document and what replaces it, those of one old document by the newest first.
pub(super) type Replacements = Vec<(DocumentNumber, Replacement)>;

/// Finds the versions among documents by what they say of themselves and by their text.
pub(super) fn find<'a>(documents: impl Iterator<Item = (&'a DocumentHead, &'a [Block])>) -> Replacements {
    let (mut candidates, mut numbers) = (Vec::new(), std::collections::HashMap::new());
    for (head, blocks) in documents {
        numbers.insert(head.id.clone(), head.number);
        candidates.push(Candidate::new(head.id.clone(), &head.title, &head.place, &head.metadata, blocks));
    }
    let families = families(&candidates);
    let replacements = families.iter().flat_map(Family::replacements);
    let numbered = replacements.filter_map(|found| {
        let (old, by) = (numbers.get(found.old)?, numbers.get(found.new)?);
        Some((*old, Replacement { by: *by, from: found.from, until: None }))
    });
    numbered.collect()
}

/// Enters into each document which are its other versions, and forgets what stood there. `heads` are all documents, by
/// number.
pub(super) fn enter<'a>(heads: impl Iterator<Item = &'a mut DocumentHead>, replacements: &Replacements) {
    let mut heads: Vec<&mut DocumentHead> = heads.collect();
    for head in &mut heads {
        head.versions = Versions::default();
    }
    for (old, replacement) in replacements {
        let until = last_day(&heads, *old, *replacement);
        if let Some(head) = heads.get_mut(old.0 as usize) {
            head.versions.newer.push(Replacement { until, ..*replacement });
        }
        if let Some(head) = heads.get_mut(replacement.by.0 as usize) {
            head.versions.older.push(*old);
        }
    }
    let newer: Vec<usize> = heads.iter().map(|head| head.versions.newer.len()).collect();
    for head in &mut heads {
        head.metadata.validity.replaced = head.versions.newer.iter().map(|newer| newer.days()).collect();
        // What fewer versions come after is newer itself. Families are told oldest first.
        head.versions.older.reverse();
        head.versions.older.sort_by_key(|old| newer.get(old.0 as usize).copied().unwrap_or_default());
    }
}

/// Last day on which a temporary version counts instead of one that goes on after it; `None` for one that replaces for
/// good.
fn last_day(heads: &[&mut DocumentHead], old: DocumentNumber, replacement: Replacement) -> Option<Date> {
    let metadata = |number: DocumentNumber| heads.get(number.0 as usize).map(|head| &head.metadata);
    let (old, new) = (metadata(old)?, metadata(replacement.by)?);
    let ends = new.validity.until?;
    let goes_on = old.validity.until.is_some_and(|until| until > ends);
    (new.replaces.is_none() && goes_on).then_some(ends)
}
