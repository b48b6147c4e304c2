//! The shipped facts: whole, consistent, and equal to the collected ones where those lie beside the checkout.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::Write as _,
    path::{Path, PathBuf},
};

use entity::enums::{Border, Closeness, CouncilKind};

use super::{
    borders,
    facts::{self, BorderFact, Facts},
};

fn facts() -> Facts {
    facts::read().unwrap()
}

#[test]
fn the_shipped_files_are_whole() {
    let facts = facts();
    let current: Vec<_> = facts
        .councils
        .iter()
        .filter(|council| council.ends_on.is_none())
        .collect();
    assert_eq!(
        (facts.regions.len(), current.len(), facts.councils.len()),
        (9, 317, 365)
    );
    assert_eq!(
        (facts.sisters.len(), facts.borders.len(), facts.inspections.len()),
        (1_530, 928, 396)
    );
    assert_eq!(
        current
            .iter()
            .filter(|council| council.provides_childrens_services())
            .count(),
        153
    );
    assert!(facts.themes.len() <= 64, "a set of themes has 64 bits");
    let bytes: usize = facts::digests().len();
    assert_eq!(bytes, 7);
}

#[test]
fn every_abolished_council_leads_to_one_of_today() {
    let facts = facts();
    let by_code: HashMap<&str, _> = facts
        .councils
        .iter()
        .map(|council| (council.gss_code.as_str(), council))
        .collect();
    for council in facts.councils.iter().filter(|council| council.ends_on.is_some()) {
        for code in &council.replaced_by {
            let successor = by_code[code.as_str()];
            assert_eq!(
                successor.starts_on,
                council.ends_on.and_then(|day| day.succ_opt()),
                "{}",
                council.name
            );
            assert_eq!(successor.region, council.region, "{}", council.name);
            let end = if successor.ends_on.is_some() {
                by_code[successor.replaced_by[0].as_str()]
            } else {
                successor
            };
            assert!(end.ends_on.is_none(), "{} leads nowhere", council.name);
        }
    }
    let cumbria = by_code["E10000006"];
    assert_eq!(cumbria.replaced_by, ["E06000063", "E06000064"]);
}

#[test]
fn borders_of_counties_follow_from_their_districts() {
    let facts = facts();
    let all = borders::complete(&facts);
    let find = |a: &str, b: &str| {
        all.iter()
            .find(|border| border.a == a && border.b == b)
            .map(|b| (b.border, b.km))
    };
    let pairs: BTreeSet<(&str, &str)> = all
        .iter()
        .map(|border| (border.a.as_str(), border.b.as_str()))
        .collect();
    assert_eq!(pairs.len(), all.len(), "no pair twice");
    assert!(all.iter().all(|border| border.a < border.b));
    let territory = all.iter().filter(|border| border.border == Border::Territory).count();
    assert_eq!(territory, 164, "every district shares the ground of its county");
    // Cambridge lies in Cambridgeshire; Suffolk touches South and East Cambridgeshire, and so borders both.
    assert_eq!(find("E07000008", "E10000003"), Some((Border::Territory, None)));
    let given = |a: &str, b: &str| {
        facts
            .borders
            .iter()
            .find(|f| f.a == a && f.b == b)
            .and_then(|f| f.km)
            .unwrap_or(0.0)
    };
    let suffolk = ["E07000200", "E07000202", "E07000203", "E07000244", "E07000245"];
    let length: f64 = suffolk.iter().map(|district| given("E07000012", district)).sum();
    let (border, km) = find("E07000012", "E10000029").unwrap();
    assert_eq!(border, Border::Land);
    assert!((km.unwrap() - length).abs() < 0.01, "{km:?} {length}");
    // Cambridge itself is in the middle: no border with Suffolk.
    assert_eq!(find("E07000008", "E10000029"), None);
    // What the files say stands as it is.
    for border in &facts.borders {
        assert_eq!(find(&border.a, &border.b), Some((border.border, border.km)));
    }
}

#[test]
fn likeness_falls_with_rank_and_keeps_the_words_apart() {
    let facts = facts();
    let mut last: BTreeMap<&str, i32> = BTreeMap::new();
    for sister in &facts.sisters {
        let before = last.insert(&sister.council, sister.likeness).unwrap_or(101);
        assert!(sister.likeness < before, "{} {}", sister.council, sister.rank);
        let base = match sister.closeness {
            Closeness::ExtremelyClose => 97,
            Closeness::VeryClose => 90,
            Closeness::Close => 75,
            Closeness::SomewhatClose => 55,
            Closeness::NotClose => 30,
        };
        assert_eq!(sister.likeness, base - (sister.rank - 1));
    }
}

#[test]
fn the_notice_repeats_the_attribution() {
    let notice = include_str!("../../../../NOTICE");
    let lines: Vec<&str> = facts::ATTRIBUTION.lines().collect();
    assert_eq!(lines.len(), 4);
    for line in lines {
        assert!(notice.contains(line), "{line}");
    }
}

/// The folder of collected facts beside the checkout (or beside its parent, for worktrees).
fn collected() -> Option<PathBuf> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let found = top
        .ancestors()
        .skip(1)
        .map(|dir| dir.join("shared/reference"))
        .find(|dir| dir.is_dir());
    if found.is_none() {
        // On the real standard error: the harness captures eprintln!.
        let _ = std::io::stderr().write_all(b"SKIPPED comparison with ../shared/reference: no such folder\n");
    }
    found
}

fn lines(folder: &Path, file: &str) -> Vec<HashMap<String, String>> {
    csv::Reader::from_path(folder.join(file))
        .unwrap()
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

#[test]
fn councils_are_those_collected() {
    let Some(folder) = collected() else { return };
    let facts = facts();
    let shipped: HashMap<&str, _> = facts
        .councils
        .iter()
        .map(|council| (council.gss_code.as_str(), council))
        .collect();
    let regions: HashMap<&str, &str> = facts
        .regions
        .iter()
        .map(|r| (r.gss_code.as_str(), r.name.as_str()))
        .collect();
    let rows = lines(&folder, "councils.csv");
    assert_eq!(rows.len(), 317);
    for row in rows {
        let fact = shipped[row["gss_code"].as_str()];
        let kind: CouncilKind = row["type"].parse().unwrap();
        let (population, year) = if row["population_mid2024"].is_empty() {
            (&row["population_mid2020"], 2020)
        } else {
            (&row["population_mid2024"], 2024)
        };
        assert_eq!(fact.name, row["name"]);
        assert_eq!(fact.official_name, row["official_name"]);
        assert_eq!(text(fact.short_code.clone()), row["short_code"]);
        assert_eq!(text(fact.dfe_la_code.clone()), row["dfe_la_code"]);
        assert_eq!(
            (fact.region.as_str(), regions[fact.region.as_str()]),
            (row["region_gss_code"].as_str(), row["region"].as_str())
        );
        assert_eq!(fact.kind, kind);
        assert_eq!(
            fact.provides_childrens_services().to_string(),
            row["provides_childrens_services"]
        );
        assert_eq!(text(fact.upper_tier.clone()), row["upper_tier_gss_code"]);
        assert_eq!(fact.latitude, row["latitude"].parse().ok());
        assert_eq!(fact.longitude, row["longitude"].parse().ok());
        assert_eq!(
            (fact.population, fact.population_year),
            (population.parse().ok(), Some(year))
        );
        assert_eq!(text(fact.population_0_17), row["population_0_17_mid2024"]);
        assert_eq!(fact.superseded.join(" "), row["superseded_gss_codes"]);
    }
}

#[test]
fn borders_are_those_collected() {
    let Some(folder) = collected() else { return };
    let mut wanted: Vec<BorderFact> = Vec::new();
    for row in ["adjacency.csv", "adjacency_lower_tier.csv"]
        .iter()
        .flat_map(|file| lines(&folder, file))
    {
        let fact = BorderFact {
            a: row["gss_code_a"].clone(),
            b: row["gss_code_b"].clone(),
            border: row["border"].parse().unwrap(),
            km: row["shared_border_km"].parse().ok(),
        };
        if !wanted.contains(&fact) {
            wanted.push(fact);
        }
    }
    wanted.sort_by(|x, y| (&x.a, &x.b).cmp(&(&y.a, &y.b)));
    assert_eq!(facts().borders, wanted);
}

#[test]
fn sisters_are_those_collected() {
    let Some(folder) = collected() else { return };
    let shipped: BTreeSet<(String, i32, String, String)> = facts()
        .sisters
        .into_iter()
        .map(|fact| (fact.council, fact.rank, fact.sister, fact.closeness.to_string()))
        .collect();
    let wanted: BTreeSet<(String, i32, String, String)> = lines(&folder, "statistical_neighbours.csv")
        .into_iter()
        .map(|row| {
            let cell = |name: &str| row[name].clone();
            (
                cell("gss_code"),
                row["rank"].parse().unwrap(),
                cell("neighbour_gss_code"),
                cell("closeness"),
            )
        })
        .collect();
    assert_eq!(shipped, wanted);
}

#[test]
fn inspections_are_those_collected() {
    let Some(folder) = collected() else { return };
    let mut shipped: BTreeSet<Vec<String>> = BTreeSet::new();
    for fact in facts().inspections {
        shipped.insert(vec![
            fact.council,
            fact.framework.to_string(),
            text(fact.inspection_type),
            text(fact.starts_on),
            text(fact.ends_on),
            text(fact.published_on),
            text(fact.overall),
            text(fact.leaders),
            text(fact.help_and_protection),
            text(fact.children_in_care),
            text(fact.care_leavers),
            text(fact.send_outcome),
            fact.source.to_owned(),
        ]);
    }
    let mut wanted: BTreeSet<Vec<String>> = BTreeSet::new();
    for row in lines(&folder, "ofsted.csv") {
        let pick = |names: [&str; 13]| {
            names
                .map(|name| row.get(name).map_or(name, String::as_str).to_owned())
                .to_vec()
        };
        wanted.insert(pick([
            "gss_code",
            "framework",
            "inspection_type",
            "inspection_start_date",
            "inspection_end_date",
            "publication_date",
            "overall_judgement",
            "leaders_judgement",
            "help_and_protection_judgement",
            "children_in_care_judgement",
            "care_leavers_judgement",
            "",
            "source",
        ]));
        if !row["previous_inspection_start_date"].is_empty() {
            wanted.insert(pick([
                "gss_code",
                "framework",
                "",
                "previous_inspection_start_date",
                "",
                "",
                "previous_overall_judgement",
                "",
                "",
                "",
                "",
                "",
                "OFSTED_STATISTICS_2025-03-31",
            ]));
        }
        if !row["send_source"].is_empty() {
            wanted.insert(pick([
                "gss_code",
                "AREA_SEND",
                "",
                "send_inspection_start_date",
                "send_inspection_end_date",
                "send_publication_date",
                "",
                "",
                "",
                "",
                "",
                "send_outcome",
                "send_source",
            ]));
        }
    }
    assert_eq!(shipped, wanted);
}
