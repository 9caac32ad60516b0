//! Which documents are the same routine under different dates, and which of them counts today?
//!
//! Documents are joined to a [`Family`] where one says that it replaces the other, where case number and title agree, or
//! where the title is the same but for dates and version numbers and the text is alike; the newest that has begun to
//! apply is current, and the older ones are superseded. The same text for another unit is no version, and neither is a
//! copy without dates. A draft or a version whose first day has not come supersedes nothing. Pure functions: the same
//! documents give the same families in whatever order they come. Not here: what differs between two versions
//! ([`compare`]), or whether a current document has expired ([`super::Validity`]).

mod compare;
mod fingerprint;
mod likeness;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use self::compare::{Change, ChangeKind, compare};
pub use self::fingerprint::Fingerprint;
use self::likeness::{Profile, Scope};
use super::document::{Block, DocumentId, Metadata};

/// What is asked of a document to find its versions.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its stable name.
    pub id: DocumentId,
    /// Its title as shown.
    pub title: String,
    /// What it says of itself.
    pub metadata: Metadata,
    /// What its text is like.
    pub fingerprint: Fingerprint,
}

impl Candidate {
    /// Takes what is needed of a document.
    pub fn new(id: DocumentId, title: &str, metadata: &Metadata, blocks: &[Block]) -> Self {
        Self { id, title: title.to_owned(), metadata: metadata.clone(), fingerprint: Fingerprint::of(blocks) }
    }
}

/// A document among its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The document.
    pub id: DocumentId,
    /// First day in force; `None` where it does not say, which counts as begun.
    pub first_day: Option<Date>,
    /// It calls itself a draft.
    pub draft: bool,
}

impl Member {
    fn has_begun(&self, today: Date) -> bool {
        !self.draft && self.first_day.is_none_or(|first| first <= today)
    }
}

/// The versions of one routine, at least two, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// Oldest first.
    pub members: Vec<Member>,
}

impl Family {
    /// The newest version that has begun to apply. It may have expired; an older one does not come back for that.
    pub fn current(&self, today: Date) -> Option<&DocumentId> {
        self.members.iter().rfind(|member| member.has_begun(today)).map(|member| &member.id)
    }

    /// The versions before the current one.
    pub fn superseded(&self, today: Date) -> impl Iterator<Item = &DocumentId> {
        let current = self.members.iter().rposition(|member| member.has_begun(today)).unwrap_or(0);
        self.members.iter().take(current).map(|member| &member.id)
    }
}

/// Every superseded document and the current one that counts instead of it.
pub fn superseded_on(families: &[Family], today: Date) -> HashMap<DocumentId, DocumentId> {
    let mut out = HashMap::new();
    for family in families {
        if let Some(current) = family.current(today) {
            out.extend(family.superseded(today).map(|id| (id.clone(), current.clone())));
        }
    }
    out
}

/// Finds the versions among documents. Documents without other versions are in no family.
pub fn families(candidates: &[Candidate]) -> Vec<Family> {
    let mut ordered: Vec<&Candidate> = candidates.iter().collect();
    ordered.sort_by(|left, right| left.id.cmp(&right.id));
    ordered.dedup_by(|left, right| left.id == right.id);
    let profiles: Vec<Profile> = ordered.iter().map(|candidate| Profile::of(candidate)).collect();
    let declared = likeness::declared(&profiles);
    let newness = newness(&profiles, &declared);

    // The surest links first: what is said outright, then by likeness of text.
    let mut links: Vec<(u32, usize, usize)> =
        declared.iter().map(|&(new, old)| (u32::MAX, new.min(old), new.max(old))).collect();
    for (left, right) in likeness::worth_comparing(&profiles) {
        if let Some(strength) = likeness::same_routine(&profiles[left], &profiles[right])
            && newness[left].order() != newness[right].order()
        {
            links.push((strength, left, right));
        }
    }
    links.sort_by(|left, right| right.0.cmp(&left.0).then((left.1, left.2).cmp(&(right.1, right.2))));
    links.dedup();

    let mut groups = Groups::new(profiles.len());
    for (strength, left, right) in links {
        groups.join(left, right, |left, right| strength == u32::MAX || !conflict(&profiles[left], &profiles[right]));
    }
    let family = |members: &BTreeSet<usize>| {
        let mut members: Vec<usize> = members.iter().copied().collect();
        members.sort_by(|left, right| newness[*left].cmp(&newness[*right]));
        Family { members: members.into_iter().map(|index| profiles[index].member()).collect() }
    };
    groups.members.values().filter(|members| members.len() > 1).map(family).collect()
}

/// Two units' documents never end in one family by way of a third that names no unit.
fn conflict(left: &Profile, right: &Profile) -> bool {
    left.scope(right) == Scope::Different
}

/// How new a document is among its versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Newness {
    day: Option<Date>,
    /// How many it replaces one after the other, as far as it says so.
    chain: usize,
    version: Vec<u32>,
    /// Settles what nothing else does, so that the order of input does not.
    index: usize,
}

impl Newness {
    /// What tells two versions apart.
    fn order(&self) -> (Option<Date>, usize, &[u32]) {
        (self.day, self.chain, &self.version)
    }
}

/// A document that replaces another is newer than it, whatever their dates say.
fn newness(profiles: &[Profile], declared: &[(usize, usize)]) -> Vec<Newness> {
    let mut replaces: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &(new, old) in declared {
        replaces.entry(new).or_default().push(old);
    }
    let mut known: Vec<Option<(Option<Date>, usize)>> = vec![None; profiles.len()];
    let mut out = Vec::with_capacity(profiles.len());
    for (index, profile) in profiles.iter().enumerate() {
        let (day, chain) = settle(index, profiles, &replaces, &mut known, &mut Vec::new());
        out.push(Newness { day, chain, version: profile.version.clone(), index });
    }
    out
}

/// Longest chain of replacements that is followed.
const CHAIN: usize = 64;

fn settle(
    index: usize,
    profiles: &[Profile],
    replaces: &BTreeMap<usize, Vec<usize>>,
    known: &mut Vec<Option<(Option<Date>, usize)>>,
    path: &mut Vec<usize>,
) -> (Option<Date>, usize) {
    if let Some(settled) = known[index] {
        return settled;
    }
    let own = profiles[index].day;
    // Documents that replace each other in a ring prove nothing.
    if path.contains(&index) || path.len() >= CHAIN {
        return (own, 0);
    }
    path.push(index);
    let mut best = (own, 0);
    for &old in replaces.get(&index).map_or(&[][..], Vec::as_slice) {
        let (day, chain) = settle(old, profiles, replaces, known, path);
        // The later day counts, and of equal days the longer chain.
        best = best.max((day, chain + 1));
    }
    path.pop();
    known[index] = Some(best);
    best
}

/// Disjoint sets of documents.
struct Groups {
    of: Vec<usize>,
    members: BTreeMap<usize, BTreeSet<usize>>,
}

impl Groups {
    fn new(count: usize) -> Self {
        Self { of: (0..count).collect(), members: (0..count).map(|index| (index, BTreeSet::from([index]))).collect() }
    }

    /// Joins the groups of two documents, if every pair across them may be together.
    fn join(&mut self, left: usize, right: usize, may: impl Fn(usize, usize) -> bool) {
        let (into, from) = (self.of[left].min(self.of[right]), self.of[left].max(self.of[right]));
        if into == from {
            return;
        }
        let (Some(first), Some(second)) = (self.members.get(&into), self.members.get(&from)) else { return };
        if !first.iter().all(|&one| second.iter().all(|&other| may(one, other))) {
            return;
        }
        if let Some(moved) = self.members.remove(&from) {
            for &index in &moved {
                self.of[index] = into;
            }
            self.members.entry(into).or_default().extend(moved);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
