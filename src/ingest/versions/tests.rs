use proptest::prelude::*;

use super::*;
use crate::ingest::document::{BlockKind, Validity};

/// A document in a line: id | title | case | replaces | applies to | from | text number | changed words. A path for an id
/// is the place of the document too.
fn candidate(line: &str) -> Candidate {
    let parts: Vec<&str> = line.split('|').map(str::trim).collect();
    let part = |at: usize| parts.get(at).copied().filter(|part| !part.is_empty());
    let text =
        text(part(6).map_or(0, |number| number.parse().unwrap()), part(7).map_or(0, |number| number.parse().unwrap()));
    let metadata = Metadata {
        case_number: part(2).map(str::to_owned),
        replaces: part(3).map(str::to_owned),
        applies_to: part(4).map(str::to_owned),
        validity: Validity { from: part(5).map(|day| day.parse().unwrap()), ..Validity::default() },
        ..Metadata::default()
    };
    let blocks = [Block::new(BlockKind::Paragraph, &text, None)];
    Candidate::new(DocumentId::new(parts[0]), parts[1], parts[0], &metadata, &blocks)
}

/// Three hundred words on subject `number`, of which `changed` evenly spread ones are replaced.
fn text(number: usize, changed: usize) -> String {
    let step = 300usize.checked_div(changed).unwrap_or(usize::MAX);
    (0..300)
        .map(
            |word| {
                if word % step == step - 1 { format!("ny{changed}x{word} ") } else { format!("ord{number}x{word} ") }
            },
        )
        .collect()
}

/// Every superseded document and the newest one that has begun to count instead of it.
fn superseded_on(families: &[Family], today: Date) -> BTreeMap<DocumentId, DocumentId> {
    let mut out = BTreeMap::new();
    for replacement in families.iter().flat_map(Family::replacements) {
        if replacement.from.is_none_or(|from| from <= today) {
            out.entry(replacement.old.clone()).or_insert_with(|| replacement.new.clone());
        }
    }
    out
}

/// `old>new` for every superseded document on a day, sorted.
fn picture(lines: &[&str], today: &str) -> String {
    let candidates: Vec<Candidate> = lines.iter().map(|line| candidate(line)).collect();
    let mut out: Vec<String> = superseded_on(&families(&candidates), today.parse().unwrap())
        .into_iter()
        .map(|(old, new)| format!("{old}>{new}"))
        .collect();
    out.sort();
    out.join(" ")
}

/// What is told, documents, and who is superseded by whom on the first of March 2026.
const CASES: &[(&str, &[&str], &str)] = &[
    (
        "the same title under new dates",
        &[
            "a | Rutin för nyckelhantering 2021 | SN 2021/1 | | Hemtjänst | 2021-01-01 | 1 |",
            "b | Rutin för nyckelhantering | SN 2023/7 | | Hemtjänst | 2023-01-01 | 1 | 20",
            "c | Rutin för nyckelhantering, version 3 | SN 2025/9 | | Hemtjänst, LSS | 2025-01-01 | 1 | 40",
        ],
        "a>c b>c",
    ),
    (
        "a case number that is replaced, under a new title and a new text",
        &[
            "a | Rutin för avvikelser | SN 2019/0044 | | Alla | 2019-01-01 | 1 |",
            "b | Riktlinje för kvalitetsarbete | SN 2025/0100 | SN 2019/44 | Socialförvaltningen | 2025-01-01 | 2 |",
        ],
        "a>b",
    ),
    (
        "a title that is replaced",
        &[
            "a | Rutin för städ | | | | 2020-01-01 | 1 |",
            "b | Rutin för städning i hemmet | | Rutin för städ från 2020 | | 2025-01-01 | 2 |",
        ],
        "a>b",
    ),
    (
        "the same text for another unit",
        &[
            "norr | Rutin för nattarbete | SN 2024/1 | | Hemtjänst norr | 2024-01-01 | 1 |",
            "soder | Rutin för nattarbete | SN 2025/1 | | Hemtjänst söder | 2025-01-01 | 1 | 5",
        ],
        "",
    ),
    (
        "a third that names no unit does not join them",
        &[
            "alla | Rutin för nattarbete | | | | 2023-01-01 | 1 | 3",
            "norr | Rutin för nattarbete | | | Hemtjänst norr | 2024-01-01 | 1 |",
            "soder | Rutin för nattarbete | | | Hemtjänst söder | 2025-01-01 | 1 | 5",
        ],
        "",
    ),
    (
        "a unit's own routine beside the general one, under one title",
        &[
            "alla | Rutin för nattarbete | | | Fyrtornet, Strandgården, Almgården | 2023-01-01 | 1 |",
            "fyr | Rutin för nattarbete | | | Fyrtornet | 2024-01-01 | 1 | 5",
            "tva | Rutin för nattarbete | | | Strandgården, Almgården | 2025-01-01 | 1 | 9",
        ],
        "",
    ),
    (
        "a unit's own routine, older than the general one",
        &[
            "fyr | Rutin för nattarbete | | | Fyrtornet | 2023-01-01 | 1 | 5",
            "alla | Rutin för nattarbete | | | Fyrtornet, Strandgården, Almgården | 2024-01-01 | 1 |",
        ],
        "",
    ),
    (
        "a local routine that is nearly the general one word for word",
        &[
            "alla | Rutin för nattarbete | | | Särskilt boende | 2023-01-01 | 1 |",
            "fyr | Lokal rutin för nattarbete | | | Särskilt boende | 2024-01-01 | 1 | 2",
            "till | Tillfällig rutin för nattarbete sommaren 2025 | | | Särskilt boende | 2025-06-01 | 1 | 3",
        ],
        "",
    ),
    (
        "a longer title for the same units",
        &[
            "a | Rutin för nycklar | | | Hemtjänst | 2023-01-01 | 1 |",
            "b | Rutin för nycklar och larm | | | Hemtjänst | 2024-01-01 | 1 | 5",
        ],
        "a>b",
    ),
    (
        "the same case number, of which one does not say whom it is for",
        &[
            "a | Rutin för nycklar | SN 2023/0012 | | | 2023-01-01 | 1 |",
            "b | Rutin för nycklar | SN 2023/12 | | Hemtjänst | 2024-01-01 | 1 | 5",
        ],
        "a>b",
    ),
    (
        "one unit has gone and one has come",
        &[
            "a | Rutin för nycklar | | | Norra, Södra, Natten, Östra, Jouren | 2023-01-01 | 1 |",
            "b | Rutin för nycklar | | | Norra, Södra, Natten, Östra, Västra | 2024-01-01 | 1 | 5",
        ],
        "a>b",
    ),
    (
        "each unit has its folder and says nothing else",
        &[
            "norr/natt | Rutin för nattarbete | | | | 2023-01-01 | 1 |",
            "soder/natt | Rutin för nattarbete | | | | 2024-01-01 | 1 | 5",
        ],
        "",
    ),
    (
        "old versions lie in folders of their own",
        &[
            "norr/arkiv 2019/natt | Rutin för nattarbete | | | | 2019-01-01 | 1 |",
            "norr/2023/natt | Rutin för nattarbete | | | | 2023-01-01 | 1 | 3",
            "norr/natt | Rutin för nattarbete | | | | 2024-01-01 | 1 | 5",
        ],
        "norr/2023/natt>norr/natt norr/arkiv 2019/natt>norr/natt",
    ),
    (
        "one without a day may be the newest",
        &["a | Rutin för post | | | | 2024-01-01 | 1 |", "b | Rutin för post | | | | | 1 | 5"],
        "",
    ),
    (
        "one routine has become two",
        &[
            "a | Rutin för läkemedel och delegering | SN 2019/0044 | | | 2019-01-01 | 1 |",
            "b | Rutin för läkemedel | SN 2024/0001 | SN 2019/0044 | | 2024-01-01 | 2 |",
            "c | Rutin för delegering | SN 2025/0001 | SN 2019/0044 | | 2025-01-01 | 3 |",
        ],
        "a>c",
    ),
    (
        "two routines are about to become one",
        &[
            "a | Rutin för läkemedel | SN 2019/0044 | | | 2019-01-01 | 1 |",
            "b | Rutin för delegering | SN 2020/0044 | | | 2020-01-01 | 2 |",
            "c | Riktlinje | SN 2026/0001 | SN 2019/0044 och SN 2020/0044 | | 2026-09-01 | 3 |",
        ],
        "",
    ),
    (
        "units that stand in the title",
        &[
            "norr | Rutin för nattarbete Norr | | | | 2024-01-01 | 1 |",
            "soder | Rutin för nattarbete Söder | | | | 2025-01-01 | 1 | 3",
        ],
        "",
    ),
    (
        "not yet in force",
        &["a | Rutin för bad | | | Alla | 2024-01-01 | 1 |", "b | Rutin för bad | | | Alla | 2026-09-01 | 1 | 10"],
        "",
    ),
    (
        "a draft",
        &[
            "a | Rutin för bad | | | Alla | 2024-01-01 | 1 |",
            "b | Rutin för bad (utkast) | | | Alla | 2025-09-01 | 1 | 10",
        ],
        "",
    ),
    (
        "one decision with two documents",
        &[
            "a | Riktlinje för avgifter | KF 2025/1 | | | 2025-01-01 | 1 |",
            "b | Tillämpning av taxa | KF 2025/1 | | | 2025-02-01 | 2 |",
        ],
        "",
    ),
    (
        "titles of one word over different texts",
        &["a | Checklista | | | | 2024-01-01 | 1 |", "b | Checklista | | | | 2025-01-01 | 2 |"],
        "",
    ),
    (
        "copies without anything that tells which is newer",
        &["a | Rutin för post | | | | | 1 |", "b | Rutin för post | | | | | 1 |"],
        "",
    ),
    (
        "what replaces is newer whatever the dates say",
        &[
            "a | Rutin för larm | SN 2024/5 | | Alla | 2024-12-01 | 1 |",
            "b | Rutin för larm | SN 2024/9 | SN 2024/5 | Alla | 2024-01-01 | 1 | 10",
        ],
        "a>b",
    ),
];

#[test]
fn versions_and_what_are_none() {
    for (name, lines, expected) in CASES {
        assert_eq!(picture(lines, "2026-03-01"), *expected, "{name}");
    }
}

#[test]
fn the_new_version_takes_over_on_its_first_day() {
    let lines =
        ["a | Rutin för bad | | | Alla | 2024-01-01 | 1 |", "b | Rutin för bad | | | Alla | 2026-09-01 | 1 | 10"];
    assert_eq!(picture(&lines, "2026-08-31"), "");
    assert_eq!(picture(&lines, "2026-09-01"), "a>b");
}

/// A small world in which everything happens: shared titles, cases, replacements in rings, units and drafts.
fn world() -> impl Strategy<Value = Vec<Candidate>> {
    let one = (0..3usize, 0..5usize, 0..6usize, 0..4usize, 0..4usize, 0..3usize, 0..3usize);
    proptest::collection::vec(one, 1..12).prop_map(|documents| {
        documents
            .into_iter()
            .enumerate()
            .map(|(index, (title, case, replaces, unit, year, subject, change))| {
                let title = ["Rutin för nycklar", "Rutin för nycklar (utkast)", "Riktlinje för larm 2024"][title];
                let case = if case == 0 { String::new() } else { format!("SN 2020/{case}") };
                let replaces = if replaces < 2 { String::new() } else { format!("SN 2020/{}", replaces - 1) };
                let unit = ["", "Norr", "Söder", "Norr, Söder"][unit];
                let from = if year == 0 { String::new() } else { format!("202{}-01-01", year + 3) };
                candidate(&format!(
                    "d{index:02} | {title} | {case} | {replaces} | {unit} | {from} | {subject} | {}",
                    change * 10
                ))
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whoever_is_superseded_points_to_one_that_is_not(candidates in world()) {
        let today = Date::constant(2026, 1, 1);
        let families = families(&candidates);
        let superseded = superseded_on(&families, today);
        for (old, new) in &superseded {
            prop_assert_ne!(old, new);
            prop_assert!(!superseded.contains_key(new), "{} is superseded by {}, which is superseded too", old, new);
        }
        let mut seen = std::collections::HashSet::new();
        for family in &families {
            prop_assert!(family.members.len() > 1);
            prop_assert!(family.members.iter().all(|member| seen.insert(member.id.clone())));
            for (place, member) in family.members.iter().enumerate() {
                prop_assert!(member.replaces.iter().all(|older| *older < place), "{} replaces a newer one", member.id);
            }
        }
    }

    #[test]
    fn the_order_of_input_does_not_matter(
        (candidates, shuffled) in world().prop_flat_map(|world| (Just(world.clone()), Just(world).prop_shuffle())),
    ) {
        prop_assert_eq!(families(&candidates), families(&shuffled));
    }
}
