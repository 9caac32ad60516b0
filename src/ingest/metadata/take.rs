//! Which statement fills which field of the metadata?
//!
//! Takes statements in order of trust; what is filled stays, what cannot be understood or contradicts is noted, and
//! terms ("två år efter beslut") are counted when every day is known. Not here: where statements come from
//! ([`super::head`]).

use jiff::civil::Date;

use super::dates::{self, Stretch};
use super::head::{Fact, Trust};
use super::labels::{Field, fold_label};
use super::side_file::SideFile;
use super::terms::{self, Anchor, Term};
use super::values;
use crate::ingest::document::{Metadata, fold_whitespace};

/// Metadata in the making.
#[derive(Default)]
pub(super) struct Taker {
    pub(super) metadata: Metadata,
    /// Fields that a side file has decided: what the document says of them is passed over.
    settled: Vec<Field>,
    /// Fields with a stated day, and the label that stated it.
    stated: Vec<(Field, String)>,
    /// Terms that need a day to count from, which may come later.
    terms: Vec<(Field, Term, Fact)>,
    /// How many of the terms are a side file's.
    side_terms: usize,
}

impl Taker {
    /// Takes a side file's values; must come before the document's own.
    pub(super) fn take_side_file(&mut self, side: &SideFile) {
        let mut settled = side.emptied().to_vec();
        for fact in side.facts() {
            let before = self.metadata.problems.len();
            self.take(fact);
            if self.metadata.problems.len() == before {
                settled.push(fact.field);
            }
        }
        for problem in &mut self.metadata.problems {
            *problem = format!("Sidofil: {problem}");
        }
        self.metadata.problems.extend(side.problems().iter().cloned());
        if settled.contains(&Field::Period) {
            settled.extend([Field::From, Field::Until]);
        }
        self.stated.clear();
        self.side_terms = self.terms.len();
        self.settled = settled;
    }

    /// Takes one statement.
    pub(super) fn take(&mut self, fact: &Fact) {
        let value = fold_whitespace(&fact.value);
        let decision = matches!(fact.field, Field::DecidedBy | Field::DecidedOn);
        if values::says_nothing(&value) || (!decision && self.settled.contains(&fact.field)) {
            return;
        }
        if values::is_placeholder(&value) {
            if fact.field != Field::Other {
                self.problem(fact, format!("{}: mallens text ”{value}” står kvar.", fact.label));
            }
            return;
        }
        let metadata = &mut self.metadata;
        match fact.field {
            Field::Title if values::is_file_name(&value) => {}
            Field::Title => set(&mut metadata.title, &value),
            Field::Type => set(&mut metadata.document_type, &value),
            Field::Case => self.take_case(fact, &value),
            Field::Owner => set(&mut metadata.owner, value.trim_end_matches(['.', ','])),
            Field::AppliesTo => set(&mut metadata.applies_to, value.trim_end_matches('.')),
            Field::Replaces => set(&mut metadata.replaces, value.trim_end_matches('.')),
            Field::Collection => set(&mut metadata.collection, &value),
            Field::Version => set(&mut metadata.version, &value),
            Field::DecidedBy | Field::DecidedOn => self.take_decision(fact, &value),
            Field::Revised => {
                if let Some(latest) = dates::find_all(&value).into_iter().map(|stretch| stretch.first).max() {
                    metadata.revised_on = metadata.revised_on.max(Some(latest));
                } else if fact.trust == Trust::Stated {
                    self.problem(fact, unreadable(&fact.label, &value));
                }
            }
            Field::Classification => match values::classification(&value) {
                Some(class) => set(&mut metadata.classification, &class),
                None => self.problem(fact, unreadable(&fact.label, &value)),
            },
            Field::From | Field::Until | Field::Review => self.take_day(fact, &value),
            Field::Period => self.take_period(fact, &value),
            Field::Other => {}
        }
    }

    fn take_case(&mut self, fact: &Fact, value: &str) {
        let Some(case) = values::case_number(value) else {
            self.problem(fact, unreadable(&fact.label, value));
            return;
        };
        match &self.metadata.case_number {
            Some(known) if fact.trust == Trust::Stated && !values::same_case(known, case) => {
                let problem = format!("Dokumentet anger två diarienummer: {known} och {case}.");
                self.problem(fact, problem);
            }
            Some(_) => {}
            None => self.metadata.case_number = Some(case.to_owned()),
        }
    }

    /// `Socialnämnden 2024-03-04 § 47` holds both who and when, under either label.
    fn take_decision(&mut self, fact: &Fact, value: &str) {
        let decision = values::decision(value);
        let names = value.starts_with(char::is_uppercase) && !value.contains(|digit: char| digit.is_ascii_digit());
        if decision.on.is_none() && fact.field == Field::DecidedOn && !names {
            if !self.settled.contains(&Field::DecidedOn) {
                self.problem(fact, unreadable(&fact.label, value));
            }
            return;
        }
        if let Some(on) = decision.on {
            if on.is_year() && self.metadata.decided_on.is_none() {
                let problem = format!("{}: ”{value}” anger bara året och räknas som {}.", fact.label, on.first);
                self.problem(fact, problem);
            }
            self.set_day(fact, Field::DecidedOn, on.first);
        }
        if let Some(revised) = decision.revised {
            self.metadata.revised_on = self.metadata.revised_on.max(Some(revised.first));
        }
        if let Some(by) = decision.by
            && !self.settled.contains(&Field::DecidedBy)
        {
            set(&mut self.metadata.decided_by, &by);
        }
    }

    /// A first or last day or a day of review, as a date or as a term.
    fn take_day(&mut self, fact: &Fact, value: &str) {
        let found = dates::find_all(value);
        match (found.as_slice(), fact.field) {
            ([first, .., last], Field::From) => {
                self.set_day(fact, Field::From, first.first);
                self.set_day(fact, Field::Until, last.last);
            }
            ([first, ..], Field::From) => self.set_day(fact, Field::From, first.first),
            ([first, ..], field) => {
                // "Två år efter beslut 2025-04-01": the date is where the term begins.
                let counted = terms::find(value).filter(|term| term.after != Anchor::Unsaid);
                let day = counted.and_then(|term| term.count_from(first.first)).unwrap_or(first.last);
                self.set_day(fact, field, day);
            }
            ([], Field::Until) if values::open_ended(value) => {}
            ([], Field::From) if values::at_once(value) => {
                self.terms.push((Field::From, Term { months: 0, after: Anchor::Decision }, fact.clone()));
            }
            ([], field) => match terms::find(value) {
                Some(term) if field != Field::From => self.terms.push((field, term, fact.clone())),
                _ if field == Field::Review && values::when_needed(value) => {}
                _ => self.problem(fact, unreadable(&fact.label, value)),
            },
        }
    }

    /// `2024-2026`, `2024-01-01 – 2025-12-31`, `Tills vidare`, `t.o.m. 2026-12-31`, `2 år från beslut`; "Gäller" may
    /// also say for whom.
    fn take_period(&mut self, fact: &Fact, value: &str) {
        let found = dates::find_all(value);
        let lower = value.to_lowercase();
        match found.as_slice() {
            [first, .., last] => {
                self.set_day(fact, Field::From, first.first);
                self.set_day(fact, Field::Until, last.last);
            }
            [only] => self.take_half_period(fact, value, *only),
            [] if values::open_ended(value) => {}
            [] => match (short_years(value), terms::find(value)) {
                (Some((from, until)), _) => {
                    self.set_day(fact, Field::From, from);
                    self.set_day(fact, Field::Until, until);
                }
                (None, Some(term)) => self.terms.push((Field::Until, term, fact.clone())),
                // "Gäller: Alla chefer".
                (None, None)
                    if fold_label(&fact.label) == "galler" && !lower.contains(|c: char| c.is_ascii_digit()) =>
                {
                    set(&mut self.metadata.applies_to, value);
                }
                (None, None) => self.problem(fact, unreadable(&fact.label, value)),
            },
        }
    }

    fn take_half_period(&mut self, fact: &Fact, value: &str, only: Stretch) {
        let lower = value.to_lowercase();
        let before = lower.get(..only.start).unwrap_or("");
        let begins = ["från", "fr.o.m", "fr o m", "from "].iter().any(|word| before.contains(word));
        let ends = ["till", "t.o.m", "t o m", "tom ", "längst"].iter().any(|word| before.contains(word));
        if only.is_year() && !begins && !ends {
            self.set_day(fact, Field::From, only.first);
            self.set_day(fact, Field::Until, only.last);
        } else if let Some(end) = terms::find(value).and_then(|term| term.count_from(only.first)) {
            self.set_day(fact, Field::Until, end);
        } else if begins || values::open_ended(value) || lower.trim_end().ends_with(['-', '–']) {
            self.set_day(fact, Field::From, only.first);
        } else {
            self.set_day(fact, Field::Until, only.last);
        }
    }

    /// Sets a day that is not set; notes two stated days that differ.
    fn set_day(&mut self, fact: &Fact, field: Field, day: Date) {
        if self.settled.contains(&field) {
            return;
        }
        let validity = &mut self.metadata.validity;
        let slot = match field {
            Field::From => &mut validity.from,
            Field::Until => &mut validity.until,
            Field::Review => &mut validity.review_due,
            _ => &mut self.metadata.decided_on,
        };
        let known = *slot.get_or_insert(day);
        let sure = fact.trust == Trust::Stated;
        if known != day
            && sure
            && let Some((_, label)) = self.stated.iter().find(|(stated, _)| *stated == field)
        {
            let problem = format!("Dokumentet säger emot sig självt: {label} {known}, men {} {day}.", fact.label);
            self.problem(fact, problem);
        }
        if sure && known == day {
            self.stated.push((field, fact.label.clone()));
        }
    }

    /// Counts the terms, now that the days to count from are known.
    pub(super) fn resolve_terms(&mut self) {
        let settled = std::mem::take(&mut self.settled);
        let mut terms: Vec<_> = std::mem::take(&mut self.terms)
            .into_iter()
            .enumerate()
            .filter(|(index, (field, ..))| *index < self.side_terms || !settled.contains(field))
            .map(|(_, term)| term)
            .collect();
        // A first day may be what another term counts from.
        terms.sort_by_key(|(field, ..)| *field != Field::From);
        for (field, term, fact) in terms {
            let Metadata { decided_on, revised_on, validity, .. } = &self.metadata;
            let from = match term.after {
                Anchor::Decision => decided_on.or(if term.months == 0 { None } else { validity.from }),
                Anchor::Validity => validity.from.or(*decided_on),
                Anchor::Revision => revised_on.or(*decided_on).or(validity.from),
                Anchor::Unsaid if field == Field::Review => (*revised_on).max(*decided_on).or(validity.from),
                Anchor::Unsaid => validity.from.or(*decided_on).or(*revised_on),
            };
            if let Some(day) = from.and_then(|from| term.count_from(from)) {
                self.set_day(&fact, field, day);
                continue;
            }
            let problem = format!(
                "{}: ”{}” kan inte räknas ut, eftersom det inte står vilken dag det räknas från.",
                fact.label, fact.value
            );
            self.problem(&fact, problem);
        }
    }

    fn problem(&mut self, fact: &Fact, text: String) {
        // A sentence that was misunderstood is no fault of the document's.
        if fact.trust < Trust::Said && !self.metadata.problems.contains(&text) {
            self.metadata.problems.push(text);
        }
    }
}

fn set(slot: &mut Option<String>, value: &str) {
    if slot.is_none() {
        *slot = Some(value.to_owned());
    }
}

/// `2024-26`, which is no date but two years where a period is asked for.
fn short_years(value: &str) -> Option<(Date, Date)> {
    let (from, until) = value.trim().split_once(['-', '–', '/'])?;
    let (from, until) = (from.trim(), until.trim());
    if from.len() != 4 || until.len() != 2 {
        return None;
    }
    let from: i16 = from.parse().ok()?;
    let until: i16 = from / 100 * 100 + until.parse::<i16>().ok()?;
    (until > from).then_some(())?;
    Some((Date::new(from, 1, 1).ok()?, Date::new(until, 12, 31).ok()?))
}

/// What the person who keeps the document should put right; it is shown in the web page, hence in Swedish.
fn unreadable(label: &str, value: &str) -> String {
    format!("{label}: värdet ”{value}” går inte att tolka.")
}
