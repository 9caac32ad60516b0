//! Which labels do municipal documents use of themselves, and what does each speak of?
//!
//! A table of synonyms in plain Swedish; a new template usually needs no more than another word in it. Not here: what
//! the values mean ([`super`]), or where in a document labels stand ([`super::head`]).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::ingest::document::fold_whitespace;

/// What a label speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Title,
    Type,
    Case,
    DecidedBy,
    DecidedOn,
    /// When it was last revised, or written where nothing says that it was revised.
    Revised,
    Version,
    Owner,
    From,
    Until,
    Period,
    Review,
    AppliesTo,
    Replaces,
    Collection,
    Classification,
    /// Belongs to a header table but says nothing that Rutinlots uses.
    Other,
}

/// How much a label is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// It says just this.
    Sure,
    /// It serves where nothing better is said.
    Second,
    /// It serves too, but is so common a word that it makes no table a header table.
    Weak,
}

use Field::{
    AppliesTo, Case, Classification, Collection, DecidedBy, DecidedOn, From, Other, Owner, Period, Replaces, Review,
    Revised, Title, Type, Until, Version,
};
use Rank::{Second, Sure, Weak};

/// Labels parted by `|`. They are compared after [`fold_label`], which also makes one of "fr.o.m." and "från och med",
/// "giltig" and "giltigt", "nr" and "nummer", and takes away "datum" or "den" at the end.
const LABELS: &[(Field, Rank, &str)] = &[
    (
        Title,
        Sure,
        "titel|title|rubrik|dokumentnamn|dokumenttitel|dokumentets namn|dokumentets titel|dokumentrubrik|styrdokumentets namn|namn på dokumentet|namn på styrdokumentet",
    ),
    (Title, Weak, "rutinens namn|rutinnamn|subject"),
    (
        Type,
        Sure,
        "dokumenttyp|typ av styrdokument|typ av dokument|styrdokumenttyp|dokumentslag|handlingstyp|dokumentkategori|dokumentsort|typ av handling|document type|dokumentets typ|kategori av styrdokument",
    ),
    (Type, Weak, "styrdokument|typ|type|kategori|category"),
    (
        Case,
        Sure,
        "diarienummer|dnr|diarie nr|ärendenummer|ärendenr|ärende nr|sfs nummer|sfs nr|dokumentets diarienummer|case number|dnr/beteckning|diariebeteckning",
    ),
    (Case, Second, "beteckning|dokumentnummer|dokumentnr|registreringsnummer|vårt diarienummer|ärendebeteckning"),
    (
        DecidedBy,
        Sure,
        "beslutad av|beslut av|beslut fattat av|beslutande instans|beslutsinstans|beslutande organ|beslutande nämnd|beslutsfattare|beslutande|beslutsorgan|fastställd av|fastställande instans|fastställande organ|fastställande nämnd|fastställare|antagen av|godkänd av|godkännare|utfärdad av|decided by|approved by|beslutad i|fastställd i|beslutad av och|fastställd genom",
    ),
    (DecidedBy, Second, "beslutsnivå|utfärdare|utgivare"),
    (
        DecidedOn,
        Sure,
        "beslutsdatum|datum för beslut|beslutad|beslut fattat|fastställd|fastställelsedatum|datum för fastställande|fastställd/senast uppdaterad|antagen|datum för antagande|godkänd|utfärdad|datum och paragraf för beslut|datum och paragraf för beslutet|beslut och paragraf|datum för beslutet|beslutsdatum och paragraf|fastställandedatum|datum för godkännande|fastställs|decided on|decision date|approved on",
    ),
    (DecidedOn, Weak, "beslut"),
    (
        Revised,
        Sure,
        "senast reviderad|reviderad|senaste revidering|datum för senaste revidering|senast uppdaterad|senaste uppdatering|uppdaterad|senast ändrad|ändrad|reviderades|reviderades senast|revised on|revised|senaste version|senast reviderad av",
    ),
    (Revised, Second, "upprättad|publicerad|publiceringsdatum|dokumentdatum|upprättandedatum|skapad"),
    (Revised, Weak, "datum|date"),
    (Version, Sure, "version|versionsnummer|versionsnr|version nr|utgåva|utgåva nr|dokumentversion|gällande version"),
    (Version, Weak, "revision|rev|revisionsnummer|edition"),
    (
        Owner,
        Sure,
        "dokumentansvarig|dokumentägare|dokumentansvar|dokumentets ägare|dokumentansvarig funktion|dokumentansvarig roll|ansvarig för dokumentet|ansvarig för rutinen|ansvarig för riktlinjen|ansvarig dokumentägare|innehållsansvarig|ansvarig processägare|processägare|sakansvarig|faktaansvarig|ansvarig för innehållet|ansvarig för revidering|ansvarig för styrdokumentet|owner|document owner|rutinansvarig|ansvarig utgivare",
    ),
    (
        Owner,
        Second,
        "ansvarig|ägare|ansvarig funktion|ansvarig tjänsteperson|ansvarig tjänsteman|ansvarig handläggare|ansvarig chef|ansvarig för uppföljning|ansvarig för uppföljning och revidering|uppföljningsansvarig|förvaltas av|förvaltare|ansvarig befattning|ansvarig befattningshavare",
    ),
    (Owner, Weak, "kontaktperson|kontakt|ansvarig enhet|ansvarig avdelning|ansvarig förvaltning|ansvarig nämnd"),
    (
        From,
        Sure,
        "gäller från|giltig från|gällande från|gäller från dag|giltighet från|ikraftträdande|träder i kraft|träder i kraft den|ikraftträdandedatum|ikraft|gäller från beslut|börjar gälla|start för giltighet|valid from|giltighetstid från|tillämpas från|i kraft från",
    ),
    (
        Until,
        Sure,
        "gäller till|giltig till|gällande till|gäller längst till|giltig längst till|giltighet till|upphör|upphör att gälla|giltighetstid till|valid until|valid to|slutar gälla|gäller längst|sista giltighetsdag|utgår",
    ),
    (
        Period,
        Sure,
        "giltighetstid|giltighet|giltighetsperiod|gäller från till|giltig från till|gäller under|planperiod|programperiod",
    ),
    (Period, Weak, "giltig|gäller|period|gällande|avser perioden"),
    (
        Review,
        Sure,
        "revideras|revideras senast|nästa revidering|nästa revision|revideringsdatum|revidering|ses över senast|ses över|nästa översyn|översyn|översyn senast|ska revideras|ska revideras senast|datum för revidering|datum för nästa revidering|tidpunkt för revidering|tid för revidering|aktualitetsprövas|aktualitetsprövas senast|aktualitetsprövning|aktualitetsprövning senast|aktualiseras senast|nästa uppföljning|uppföljning senast|följs upp|följs upp senast|nästa revideringsdatum|revidering senast|senast revidering|revideringsintervall|uppdateras senast|uppdateras|ska uppdateras senast|nästa granskning|granskas senast|review due|next review|ska ses över senast|revidering ska ske senast|revidering sker|bäst före",
    ),
    (Review, Weak, "uppföljning|tid för uppföljning|tidpunkt för uppföljning"),
    (
        AppliesTo,
        Sure,
        "gäller för|dokumentet gäller för|dokumentet gäller|rutinen gäller för|riktlinjen gäller för|riktlinjerna gäller för|målgrupp|målgrupper|berörda verksamheter|tillämpningsområde|gäller verksamhet|gäller verksamheter|gäller följande verksamheter|berörda|applies to|gäller inom|omfattning|giltighetsområde|giltig för|berörd verksamhet|vem gäller rutinen för|gäller för verksamhet|gäller för enhet|gäller för nämnd",
    ),
    (AppliesTo, Second, "avser|omfattar|berör"),
    (AppliesTo, Weak, "verksamhet|verksamheter|enhet|organisation"),
    (
        Replaces,
        Sure,
        "ersätter|ersätter dokument|ersätter tidigare|ersätter version|ersätter tidigare version|ersätter dnr|upphäver|dokumentet ersätter|rutinen ersätter|replaces|ersätter rutin|ersätter styrdokument|ersätter tidigare dokument|detta dokument ersätter",
    ),
    (Collection, Sure, "samling|dokumentsamling|collection"),
    (Collection, Second, "ämnesområde|verksamhetsområde"),
    (
        Classification,
        Sure,
        "klassning|informationsklass|informationsklassning|klassa|klassificering|säkerhetsklass|informationssäkerhetsklass|classification|konfidentialitet|säkerhetsklassning|klassning enligt klassa|informationssäkerhetsklassning",
    ),
    (
        Other,
        Sure,
        "upprättad av|framtagen av|framtaget av|granskad av|författare|skapad av|ansvarigt politiskt organ|förarbeten|pdf url|departement|lagstöd|lagrum|dokument id|dokumentid|tillhörande dokument|relaterade dokument|giltig version|processnamn|reviderad av|uppdaterad av|publicerad av|dokumentstatus|bilagor|antal sidor|sidnummer|diarieplan|förvaltningens namn|koppling till andra styrdokument|diskuterad med|samverkad|samverkad med|informationsägare|gallras|bevaras|huvudprocess",
    ),
    (Other, Weak, "status|förvaltning|handläggare|process|sida|sidor|område|plats|språk|nämnd|kommun|creator|created"),
];

static BY_NAME: LazyLock<HashMap<String, (Field, Rank)>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for &(field, rank, written) in LABELS {
        for label in written.split('|') {
            names.entry(fold_label(label)).or_insert((field, rank));
        }
    }
    names
});

/// Whether `text` is a label that documents use of themselves and hardly anything else does.
pub(in crate::ingest) fn is_label(text: &str) -> bool {
    text.chars().count() <= 60 && look_up(text).is_some_and(|(_, rank)| rank < Weak)
}

/// The field that a label names, and how surely.
pub(super) fn look_up(label: &str) -> Option<(Field, Rank)> {
    if label.chars().count() > 80 {
        return None;
    }
    if let Some(&known) = BY_NAME.get(&fold_label(label)) {
        return Some(known);
    }
    // `Gäller från (datum)`, `Ansvarig nämnd/förvaltning`, `Fastställd av, datum`.
    let bare = label.split('(').next().unwrap_or(label);
    let parts: Vec<&str> = bare.split(['/', ',', '&', '–', '-']).flat_map(|part| part.split(" och ")).collect();
    let known: Vec<(Field, Rank)> = parts.iter().filter_map(|part| BY_NAME.get(&fold_label(part)).copied()).collect();
    let ends = |part: &&str| matches!(fold_label(part).as_str(), "till" | "tom");
    match known.as_slice() {
        [(From, rank), ..] if known.iter().any(|(field, _)| *field == Until) || parts.iter().any(ends) => {
            Some((Period, *rank))
        }
        [first, ..] if bare.len() < label.len() || known.len() * 2 >= parts.len() => Some(*first),
        _ => None,
    }
}

/// `Gäller fr.o.m.:` and `galler_fran` become the same `galler fran`.
pub(super) fn fold_label(label: &str) -> String {
    let mut out = String::with_capacity(label.len());
    for character in fold_whitespace(label).chars().flat_map(char::to_lowercase) {
        match character {
            'å' | 'ä' => out.push('a'),
            'ö' => out.push('o'),
            'é' => out.push('e'),
            '_' | '-' => out.push(' '),
            '*' | ':' | '.' | '?' => {}
            other => out.push(other),
        }
    }
    let mut words: Vec<&str> = Vec::new();
    for word in out.split_whitespace() {
        let word = match word {
            "from" | "fom" => "fran",
            "tom" | "langst" => "till",
            "giltigt" | "giltiga" => "giltig",
            "beslutat" | "beslutats" => "beslutad",
            "faststallt" | "faststallda" | "faststallts" => "faststalld",
            "antaget" | "antogs" => "antagen",
            "godkant" => "godkand",
            "reviderat" => "reviderad",
            "uppdaterat" => "uppdaterad",
            "andrat" => "andrad",
            "upprattat" => "upprattad",
            "publicerat" => "publicerad",
            "utfardat" => "utfardad",
            "nr" => "nummer",
            "skall" => "ska",
            other => other,
        };
        words.push(word);
        let join = |words: &mut Vec<&str>, long: &[&str], short| {
            if words.ends_with(long) {
                words.truncate(words.len() - long.len());
                words.push(short);
            }
        };
        join(&mut words, &["fr", "o", "m"], "fran");
        join(&mut words, &["fran", "och", "med"], "fran");
        join(&mut words, &["t", "o", "m"], "till");
        join(&mut words, &["till", "och", "med"], "till");
        join(&mut words, &["till", "till"], "till");
    }
    while words.len() > 1 && matches!(words.last(), Some(&("datum" | "den" | "dag" | "date"))) {
        words.pop();
    }
    let joined = words.join(" ").replace(" / ", "/");
    joined.strip_suffix("nr").map_or(joined.clone(), |stem| format!("{stem}nummer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_label_in_many_hands() {
        for label in [
            "Gäller från",
            "galler_fran",
            "Gäller fr.o.m.:",
            "GÄLLER FR O M",
            "Gäller från och med",
            "Gäller fr. o. m. datum",
            "Gäller from",
        ] {
            assert_eq!(look_up(label), Some((From, Sure)), "{label}");
        }
        for (label, field) in [
            ("Diarienr", Case),
            ("Dnr.", Case),
            ("Fastställt den", DecidedOn),
            ("Fastställd av", DecidedBy),
            ("Beslutat av/datum", DecidedBy),
            ("Gäller från (datum)", From),
            ("Giltig fr.o.m. – t.o.m.", Period),
            ("Gäller från/till", Period),
            ("Ansvarig för revidering och uppföljning", Owner),
            ("Senast reviderad den", Revised),
            ("Versionsnr", Version),
        ] {
            assert_eq!(look_up(label).map(|(field, _)| field), Some(field), "{label}");
        }
    }

    #[test]
    fn everyday_words_make_no_label() {
        for text in
            ["Datum", "Verksamhet", "Status", "Kontaktperson", "Symtom", "Åtgärd", "Feber - kontakta läkare", ""]
        {
            assert!(!is_label(text), "{text}");
        }
    }
}
