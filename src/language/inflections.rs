//! Which inflections does Snowball's stemmer leave apart?
//!
//! Found by holding the stems of the sample corpus' words against the paradigms of a word list: definite forms
//! ("sjuksköterskan", "larmet"), doubled consonants ("rummet"), dropped vowels ("nycklar"), neuters and participles
//! ("fullt", "utförd"), strong verbs and vowel changes ("gick", "tänderna"). Every rule works on the stem, so that all
//! forms of a word go through it alike; what it must not do is to make two words one. Lists of both kinds are in
//! `tests/fixtures/language`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Ending of a stem, what takes its place, and how many characters must be left, a vowel among them.
struct Rule(&'static str, &'static str, usize);

/// Tried in order, again and again until none fits.
const RULES: [Rule; 71] = [
    // Definite forms: sjuksköterskan, datorn, larmet, boenden(a), cykeln, handläggarn, kvittot, version(en).
    Rule("orn", "", 3),
    Rule("eln", "el", 2),
    Rule("arn", "", 3),
    Rule("an", "", 3),
    Rule("et", "", 2),
    Rule("ån", "å", 4),
    Rule("in", "i", 4),
    Rule("ön", "ö", 4),
    Rule("én", "é", 2),
    Rule("en", "", 4),
    Rule("ott", "o", 4),
    Rule("ot", "o", 4),
    Rule("on", "o", 3),
    // What Snowball takes from the bare word but not from under an ending that it took before.
    Rule("ens", "", 3),
    Rule("es", "", 3),
    Rule("as", "", 3),
    Rule("at", "", 3),
    Rule("ad", "", 3),
    Rule("or", "", 3),
    Rule("bar", "b", 3),
    Rule("svar", "sv", 3),
    Rule("klar", "kl", 3),
    // Neuters and participles: omedelbart, oklart, osäkert, fullt, beställd, glömt, utförd, hyrt, anmäld, betalt.
    Rule("bart", "bar", 3),
    Rule("klart", "klar", 3),
    Rule("ert", "", 3),
    Rule("llt", "ll", 3),
    Rule("lld", "ll", 3),
    Rule("mt", "m", 3),
    Rule("md", "m", 3),
    Rule("ört", "ör", 2),
    Rule("örd", "ör", 2),
    Rule("yrt", "yr", 2),
    Rule("yrd", "yr", 2),
    Rule("mält", "mäl", 3),
    Rule("mäld", "mäl", 3),
    Rule("skilt", "skild", 3),
    Rule("ilt", "il", 4),
    Rule("rrt", "rr", 3),
    Rule("jukt", "juk", 3),
    Rule("gnt", "gn", 3),
    Rule("alt", "al", 5),
    Rule("ivt", "iv", 4),
    Rule("ävt", "äv", 3),
    Rule("lpt", "lp", 3),
    Rule("övt", "öv", 2),
    Rule("övd", "öv", 2),
    Rule("levt", "lev", 3),
    Rule("levd", "lev", 3),
    Rule("jt", "j", 3),
    Rule("jd", "j", 3),
    Rule("ökt", "ök", 2),
    Rule("ppt", "pp", 3),
    Rule("låst", "lås", 3),
    Rule("löst", "lös", 3),
    Rule("läst", "läs", 3),
    Rule("använt", "använd", 3),
    Rule("frit", "fri", 3),
    Rule("it", "", 3),
    // Vowels that come and go: öppen and öppna, vatten and vattnet, svullen and svullna, vuxen and vuxna.
    Rule("ppn", "pp", 3),
    Rule("ttn", "tt", 3),
    Rule("ckn", "ck", 3),
    Rule("lln", "ll", 3),
    Rule("undn", "und", 3),
    Rule("xn", "x", 2),
    Rule("ivn", "iv", 3),
    Rule("idn", "id", 4),
    Rule("utn", "ut", 3),
    Rule("åtn", "åt", 3),
    // As Snowball does it, after what was taken above.
    Rule("kt", "k", 5),
    Rule("tt", "t", 5),
    Rule("dd", "d", 5),
];

/// Where an e has fallen before r.
const SYNCOPATED: [&str; 9] = ["str", "illr", "tetr", "numr", "ppr", "ingr", "ckr", "äkr", "ldr"];

/// Stems that stay as they are, also at the end of a compound: with a rule they would be another word.
const KEPT: [&str; 42] = [
    "doset",
    "servet",
    "tablet",
    "toalet",
    "etiket",
    "kasset",
    "res",
    "fyrtorn",
    "kyrktorn",
    "itet",
    "försen",
    "ren",
    "demens",
    "häls",
    "rens",
    "skjuts",
    "käns",
    "leds",
    "sens",
    "registrat",
    "rollat",
    "somm",
    "undr",
    "höjd",
    "nöjd",
    "internet",
    "vinn",
    "finn",
    "grann",
    "brunn",
    "lönn",
    "damm",
    "lamm",
    "skuldr",
    "mörd",
    "vörd",
    "börd",
    "vittn",
    "barn",
    "horn",
    "organ",
    "visit",
];

/// Forms that no ending explains, and a form that does: strong verbs, nouns that change their vowel. They stand alone,
/// after a verb's prefix, or (nouns, from four letters) at the end of a compound.
const VERBS: &str = "gav ge|gett ge|givit ge|given ge|givna ge|ger ge|tog ta|tagit ta|tar ta|hänt hända|gick gå|\
    gått gå|går gå|fick få|fått få|får få|stod stå|stått stå|står stå|slog slå|slagit slå|slagen slå|slagna slå|\
    slår slå|såg se|sett se|sedd se|sedda se|ser se|höll hålla|hållit hålla|hållen hålla|föll falla|fallit falla|\
    fallen falla|lät låta|låtit låta|kom komma|kommit komma|skrev skriva|skrivit skriva|skriven skriva|\
    skrivna skriva|bröt bryta|brutit bryta|bruten bryta|brutna bryta|drog dra|dragit dra|drar dra|ber be|bjöd bjuda|\
    bjudit bjuda|bjuden bjuda|fann finna|funnit finna|drack dricka|druckit dricka|dog dö|dött dö|dör dö|nådde nå|\
    nått nå|når nå|skedde ske|skett ske|sker ske|mådde må|mår må|bodde bo|bott bo|bor bo|beror bero|berodde bero|\
    sprack spricka|spruckit spricka|stack sticka|stuckit sticka|sprang springa|sjönk sjunka|sjunkit sjunka|\
    försvann försvinna|försvunnit försvinna|försvunnen försvinna|försvunna försvinna|sov sova|blev bli|blivit bli|\
    lade lägga|lagt lägga|lagd lägga|lagda lägga|sade säga|sagt säga|satte sätta|satta sätta|satt sätta|sålde sälja|\
    sålt sälja|såld sälja|gjorde göra|gjort göra|gjord göra|gjorda göra|ledde leda|lett leda|ledd leda|ledda leda|\
    burit bära|buren bära|skar skära|skurit skära|bet bita|bitit bita|grep gripa|gripit gripa|gripen gripa|\
    valde välja|valt välja|vald välja|valda välja|kände känna|känd känna|känt känna|kända känna|brände bränna|\
    bränt bränna|bränd bränna|begärde begära|begärt begära|begärd begära|begärda begära|lärde lära|lärt lära|\
    lärd lära|förde föra|fött föda|född föda|födda föda|betalt betala|betald betala|betalda betala|ligger ligga|\
    låg ligga|legat ligga|satt sätta|vet veta|visste veta|vetat veta";
const PREFIXES: [&str; 33] = [
    "", "an", "av", "be", "bort", "bi", "er", "fast", "fort", "fram", "från", "för", "före", "genom", "god", "hem",
    "igen", "in", "inne", "med", "mot", "ned", "ner", "om", "på", "till", "under", "upp", "ur", "ut", "vid", "åter",
    "över",
];
const NOUNS: &str = "tänder tand|tänderna tand|händerna hand|bränder brand|bränderna brand|fötter fot|fötterna fot|\
    böcker bok|böckerna bok|nätter natt|nätterna natt|städer stad|städerna stad|söner son|sönerna son|döttrar dotter|\
    döttrarna dotter|bröder broder|bröderna broder|mödrar moder|mödrarna moder|fäder fader|fäderna fader|länder land|\
    länderna land|ränder rand|stränder strand|bönder bonde|rötter rot|rötterna rot|ledamöter ledamot|\
    ledamöterna ledamot|män man|männen man|naglar nagel|naglarna nagel|nageln nagel|ögon öga|ögonen öga|öron öra|\
    öronen öra";
/// Whole words whose stem is not what their ending says.
const WORDS: &str = "ökar ök|ökad ök|öka ök|ökade ök|ökat ök|sen sen|sent sen|sena sen|senare sen|senast sen|\
    senaste sen|ögat öga|öga öga|demens demens|skor sko|skorna sko|skon sko|åka åk|åker åk|åkte åk|åkt åk|åren år|\
    året år|yta yt|ytan yt|ytor yt|ytorna yt|annars annars|intern intern|internt intern|interna intern|extern extern|\
    externt extern|externa extern|egen egen|eget egen|egna egen|liten liten|litet liten|lilla liten|små liten|\
    enkel enkel|enkelt enkel|enkla enkel|enklare enkel|dubbel dubbel|dubbelt dubbel|dubbla dubbel|röd röd|rött röd|\
    röda röd|ny ny|nytt ny|nya ny|fri fri|fritt fri|fria fri|vit vit|vitt vit|vita vit|snar snar|snart snar|\
    snarast snar|svår svår|svårt svår|svåra svår|stor stor|stort stor|stora stor|större stor|störst stor|\
    största stor|hel hel|helt hel|hela hel|full full|fullt full|fulla full|svag svag|svagt svag|svaga svag|\
    själv själv|självt själv|själva själv|annan annan|annat annan|andra andra|tom tom|tomma tom|sambo sambo|\
    sambor sambo|sambon sambo|mun mun|munnen mun|munnar mun|gammal gammal|gamla gammal|gammalt gammal|äldre äldre|\
    äldst äldre|bra bra|bättre bra|bäst bra|bästa bra|dålig dålig|dåliga dålig|dåligt dålig|sämre dålig|sämst dålig|\
    hög hög|högt hög|höga hög|högre hög|högst hög|högsta hög|låg låg|lågt låg|låga låg|lägre låg|lägst låg|lägsta låg";

static STRONG: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| table(VERBS).collect());
static WHOLE: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| table(WORDS).collect());

fn is_vowel(character: char) -> bool {
    matches!(character, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'å' | 'ä' | 'ö' | 'é')
}

/// What a word is turned into before the stemmer sees it.
pub(super) enum Regular {
    /// A form that Snowball and the rules understand.
    Form(String),
    /// The stem itself.
    Stem(String),
}

/// A form that says by its ending what it is, for one that does not; `None` for most words.
pub(super) fn regular(word: &str) -> Option<Regular> {
    if let Some(stem) = WHOLE.get(word) {
        return Some(Regular::Stem((*stem).to_owned()));
    }
    // -enhet is a unit more often than the property of being -en; Snowball takes it off either way.
    if let Some((before, ending)) = word.rsplit_once("enhet")
        && before.chars().count() >= 2
        && matches!(ending, "" | "s" | "en" | "ens" | "er" | "ers" | "erna" | "ernas")
    {
        return Some(Regular::Stem(format!("{before}enhet")));
    }
    let active = word.strip_suffix('s').filter(|active| active.chars().count() > 2);
    if let Some(verb) = [Some(word), active].into_iter().flatten().find_map(strong_verb) {
        return Some(Regular::Form(verb));
    }
    for (form, lemma) in table(NOUNS) {
        if let Some(before) = word.strip_suffix(form)
            && (before.is_empty() || form.chars().count() >= 5 && before.chars().count() >= 3)
        {
            return Some(Regular::Form(format!("{before}{lemma}")));
        }
    }
    // Snowball takes the s of a genitive and leaves the plural's ending.
    let genitive = active.filter(|owner| ["er", "ar", "or", "are"].iter().any(|end| owner.ends_with(end)));
    genitive.filter(|owner| owner.chars().count() > 4).map(|owner| Regular::Form(owner.to_owned()))
}

fn strong_verb(word: &str) -> Option<String> {
    PREFIXES.iter().find_map(|prefix| {
        let lemma = STRONG.get(word.strip_prefix(prefix)?)?;
        Some(format!("{prefix}{lemma}"))
    })
}

fn table(list: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    list.split('|').filter_map(|entry| entry.trim().split_once(' '))
}

/// Brings stems of the same word together.
pub(super) fn unite(stem: &str) -> String {
    let mut stem = stem.to_owned();
    while let Some(shorter) = shortened(&stem) {
        stem = shorter;
    }
    stem
}

fn shortened(stem: &str) -> Option<String> {
    if KEPT.iter().any(|kept| stem.ends_with(kept)) {
        return None;
    }
    for Rule(ending, instead, least) in &RULES {
        if let Some(left) = stem.strip_suffix(ending)
            && left.chars().count() + instead.chars().count() >= *least
            && (left.chars().any(is_vowel) || instead.chars().any(is_vowel))
            // insats, plats: no supines.
            && !(*ending == "at" && (left.ends_with('s') && !left.ends_with("ss") || left.ends_with("pl")))
        {
            return Some(format!("{left}{instead}"));
        }
    }
    let characters: Vec<char> = stem.chars().collect();
    let without = |left: usize| Some(characters[..left].iter().collect::<String>());
    let (&last, before) = characters.split_last()?;
    let &second = before.last()?;
    let count = characters.len();
    match (second, last) {
        // rummet, munnen: never two at the end of a word.
        ('m', 'm') | ('n', 'n') if count > 3 => without(count - 1),
        // arbetsplats-, gräns-: Snowball takes the s from the bare word.
        (c, 's') if count > 3 && matches!(c, 'b'..='d' | 'f'..='h' | 'j'..='p' | 'r' | 't' | 'v' | 'y') => {
            without(count - 1)
        }
        // nyckel, nycklar: the e falls.
        ('e', 'l')
            if count > 3
                && !is_vowel(characters[count - 3])
                && characters[..count - 3].iter().any(|c| is_vowel(*c)) =>
        {
            Some(characters[..count - 2].iter().chain(['l'].iter()).collect())
        }
        // registr-, fönstr-, säkr-: Snowball takes -er from the bare word.
        (_, 'r') if SYNCOPATED.iter().any(|end| stem.ends_with(end)) => without(count - 1),
        _ => None,
    }
}
