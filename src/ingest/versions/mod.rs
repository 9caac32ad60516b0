//! Which documents are the same routine under different dates, and which of them counts today?
//!
//! Documents are joined to a [`Family`] where one says that it replaces the other, where case number and title agree, or
//! where the title is the same but for dates and version numbers and the text is alike; the newest that has begun to
//! apply is current, and the older ones are superseded. The same text for another unit is no version, nor is a unit's own
//! routine beside the general one, and neither is a copy without dates: a routine that is wrongly taken for superseded is
//! hidden from everyone, one that is not recognised is only shown beside its successor. A draft or a version whose first
//! day has not come supersedes nothing. Pure functions: the same documents give the same families in whatever order they
//! come. Not here: what differs between two versions ([`compare`]), or whether a current document has expired
//! ([`super::Validity`]).

mod compare;
mod fingerprint;
mod likeness;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use self::compare::{Change, ChangeKind, Stretch, compare, rewording};
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
    /// Its place below its source folder; units that say nothing else often have a folder each.
    pub place: String,
    /// What it says of itself.
    pub metadata: Metadata,
    /// What its text is like.
    pub fingerprint: Fingerprint,
}

impl Candidate {
    /// Takes what is needed of a document.
    pub fn new(id: DocumentId, title: &str, place: &str, metadata: &Metadata, blocks: &[Block]) -> Self {
        let (title, place) = (title.to_owned(), place.to_owned());
        Self { id, title, place, metadata: metadata.clone(), fingerprint: Fingerprint::of(blocks) }
    }
}

/// A document among its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The document.
    pub id: DocumentId,
    /// First day in force; `None` where it does not say, which counts as begun.
    pub first_day: Option<Date>,
    /// It calls itself a draft, and replaces nothing.
    pub draft: bool,
    /// Places in the family of those that it is a later version of. Not always all that are older: one routine may have
    /// come of two, and two of one.
    pub replaces: BTreeSet<usize>,
}

/// The versions of one routine, at least two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// Oldest first.
    pub members: Vec<Member>,
}

/// That one document counts instead of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replacement<'a> {
    /// The older version.
    pub old: &'a DocumentId,
    /// The newer version.
    pub new: &'a DocumentId,
    /// First day on which the newer one counts; `None` where it does not say, which counts as begun. What becomes of the
    /// older one when the newer one expires is the business of the index.
    pub from: Option<Date>,
}

impl Family {
    /// Every replacement, those of one old document together and by the newest first.
    pub fn replacements(&self) -> impl Iterator<Item = Replacement<'_>> {
        self.members.iter().enumerate().flat_map(|(place, old)| {
            let newer = self.members.iter().rev().filter(move |new| !new.draft && new.replaces.contains(&place));
            newer.map(|new| Replacement { old: &old.id, new: &new.id, from: new.first_day })
        })
    }
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
            && likeness::tells_which_is_newer(&profiles[left], &profiles[right])
        {
            links.push((strength, left, right));
        }
    }
    links.sort_by(|left, right| right.0.cmp(&left.0).then((left.1, left.2).cmp(&(right.1, right.2))));
    links.dedup();

    let mut groups = Groups::new(profiles.len());
    links.retain(|&(strength, left, right)| {
        groups.join(left, right, |left, right| strength == u32::MAX || !conflict(&profiles[left], &profiles[right]))
    });
    let family = |members: &BTreeSet<usize>| {
        let mut ordered: Vec<usize> = members.iter().copied().collect();
        ordered.sort_by(|left, right| newness[*left].cmp(&newness[*right]));
        let replaced = replaced(&ordered, &links);
        let member = |(index, replaces): (&usize, BTreeSet<usize>)| profiles[*index].member(replaces);
        Family { members: ordered.iter().zip(replaced).map(member).collect() }
    };
    groups.members.values().filter(|members| members.len() > 1).map(family).collect()
}

/// For each of a family's documents, oldest first, the places of those that it is a later version of, at once or by way
/// of others.
fn replaced(ordered: &[usize], links: &[(u32, usize, usize)]) -> Vec<BTreeSet<usize>> {
    let places: BTreeMap<usize, usize> = ordered.iter().enumerate().map(|(place, index)| (*index, place)).collect();
    let mut out = vec![BTreeSet::new(); ordered.len()];
    for (_, left, right) in links {
        if let (Some(left), Some(right)) = (places.get(left), places.get(right)) {
            out[*left.max(right)].insert(*left.min(right));
        }
    }
    for place in 0..out.len() {
        let further: Vec<usize> = out[place].iter().flat_map(|&older| out[older].iter().copied()).collect();
        out[place].extend(further);
    }
    out
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

    /// Joins the groups of two documents, if every pair across them may be together; returns whether they are in one now.
    fn join(&mut self, left: usize, right: usize, may: impl Fn(usize, usize) -> bool) -> bool {
        let (into, from) = (self.of[left].min(self.of[right]), self.of[left].max(self.of[right]));
        if into == from {
            return true;
        }
        let (Some(first), Some(second)) = (self.members.get(&into), self.members.get(&from)) else { return false };
        if !first.iter().all(|&one| second.iter().all(|&other| may(one, other))) {
            return false;
        }
        if let Some(moved) = self.members.remove(&from) {
            for &index in &moved {
                self.of[index] = into;
            }
            self.members.entry(into).or_default().extend(moved);
        }
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
