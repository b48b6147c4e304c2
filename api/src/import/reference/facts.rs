//! The facts as they stand in the files under `api/data`, embedded in the binary.
//!
//! Reading checks what the database cannot say well: every code refers to something in the files, ranks run from 1,
//! likeness falls with rank. A fault is an [`ImportError::Damaged`], which the tests exclude for the files of a
//! release. Neighbours: `borders` derives the county borders, `load` writes everything.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::enums::{Border, Closeness, CouncilKind, InspectionFramework, Judgement, SendOutcome};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::import::{csv::fields::parse_choice, error::ImportError};

/// The lines to show wherever the facts are shown.
pub const ATTRIBUTION: &str = include_str!("../../../data/attribution.txt");

/// Every data file with its content, in load order.
const FILES: [(&str, &str); 7] = [
    ("regions.csv", include_str!("../../../data/regions.csv")),
    ("councils.csv", include_str!("../../../data/councils.csv")),
    ("abolished.csv", include_str!("../../../data/abolished.csv")),
    ("borders.csv", include_str!("../../../data/borders.csv")),
    ("sisters.csv", include_str!("../../../data/sisters.csv")),
    ("inspections.csv", include_str!("../../../data/inspections.csv")),
    ("themes.csv", include_str!("../../../data/themes.csv")),
];

/// A region of England.
#[derive(Clone, Debug, Deserialize)]
pub struct RegionFact {
    /// ONS code.
    pub gss_code: String,
    /// Name.
    pub name: String,
}

/// A council, of today or abolished.
#[derive(Clone, Debug)]
pub struct CouncilFact {
    /// ONS code.
    pub gss_code: String,
    /// Short name.
    pub name: String,
    /// Full name of the body.
    pub official_name: String,
    /// mySociety's letter code.
    pub short_code: Option<String>,
    /// The DfE's three digits.
    pub dfe_la_code: Option<String>,
    /// Code of the region.
    pub region: String,
    /// Type.
    pub kind: CouncilKind,
    /// Code of the county, on districts.
    pub upper_tier: Option<String>,
    /// Latitude in degrees north.
    pub latitude: Option<f64>,
    /// Longitude in degrees east.
    pub longitude: Option<f64>,
    /// Population in `population_year`.
    pub population: Option<i32>,
    /// Year of `population`.
    pub population_year: Option<i32>,
    /// Population aged 0–17, mid-2024.
    pub population_0_17: Option<i32>,
    /// First day, where known.
    pub starts_on: Option<NaiveDate>,
    /// Last day, on abolished ones.
    pub ends_on: Option<NaiveDate>,
    /// Earlier codes of the same council.
    pub superseded: Vec<String>,
    /// Codes of the councils that took over.
    pub replaced_by: Vec<String>,
}

impl CouncilFact {
    /// Whether it runs children's services today: every current council but a district does.
    pub fn provides_childrens_services(&self) -> bool {
        self.ends_on.is_none() && self.kind != CouncilKind::NonMetropolitanDistrict
    }
}

/// A pair of neighbours, `a` < `b`.
#[derive(Clone, Debug, PartialEq)]
pub struct BorderFact {
    /// One council's code.
    pub a: String,
    /// The other's.
    pub b: String,
    /// What they share.
    pub border: Border,
    /// Length in kilometres, on land.
    pub km: Option<f64>,
}

/// A statistical neighbour of a council.
#[derive(Clone, Debug)]
pub struct SisterFact {
    /// Whose.
    pub council: String,
    /// Which.
    pub sister: String,
    /// From 1, most alike first.
    pub rank: i32,
    /// The DfE's word.
    pub closeness: Closeness,
    /// 0–100, our scale.
    pub likeness: i32,
}

/// An inspection outcome.
#[derive(Clone, Debug)]
pub struct InspectionFact {
    /// Whose.
    pub council: String,
    /// Under which framework.
    pub framework: InspectionFramework,
    /// STANDARD or SHORT.
    pub inspection_type: Option<String>,
    /// First day.
    pub starts_on: Option<NaiveDate>,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
    /// Day of the report.
    pub published_on: Option<NaiveDate>,
    /// Overall judgement; since April 2026 none is given.
    pub overall: Option<Judgement>,
    /// Of the leaders' impact.
    pub leaders: Option<Judgement>,
    /// Of help and protection.
    pub help_and_protection: Option<Judgement>,
    /// Of children in care.
    pub children_in_care: Option<Judgement>,
    /// Of care leavers.
    pub care_leavers: Option<Judgement>,
    /// Of area SEND inspections.
    pub send_outcome: Option<SendOutcome>,
    /// Where it was read.
    pub source: &'static str,
}

/// A theme.
#[derive(Clone, Debug, Deserialize)]
pub struct ThemeFact {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// Everything the program ships.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The nine regions.
    pub regions: Vec<RegionFact>,
    /// Councils of today and abolished ones.
    pub councils: Vec<CouncilFact>,
    /// Pairs as they stand in the file, nothing derived.
    pub borders: Vec<BorderFact>,
    /// Statistical neighbours.
    pub sisters: Vec<SisterFact>,
    /// Inspection outcomes.
    pub inspections: Vec<InspectionFact>,
    /// Themes.
    pub themes: Vec<ThemeFact>,
}

#[derive(Deserialize)]
struct CouncilLine {
    gss_code: String,
    name: String,
    official_name: String,
    short_code: Option<String>,
    #[serde(default)]
    dfe_la_code: Option<String>,
    region: String,
    kind: String,
    upper_tier: Option<String>,
    #[serde(default)]
    latitude: Option<f64>,
    #[serde(default)]
    longitude: Option<f64>,
    #[serde(default)]
    population: Option<i32>,
    #[serde(default)]
    population_year: Option<i32>,
    #[serde(default)]
    population_0_17: Option<i32>,
    starts_on: Option<NaiveDate>,
    #[serde(default)]
    ends_on: Option<NaiveDate>,
    #[serde(default)]
    superseded: String,
    #[serde(default)]
    replaced_by: String,
}

#[derive(Deserialize)]
struct BorderLine {
    a: String,
    b: String,
    border: String,
    km: Option<f64>,
}

#[derive(Deserialize)]
struct SisterLine {
    gss_code: String,
    sisters: String,
}

#[derive(Deserialize)]
struct InspectionLine {
    gss_code: String,
    framework: String,
    inspection_type: Option<String>,
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    published_on: Option<NaiveDate>,
    overall: String,
    leaders: String,
    help_and_protection: String,
    children_in_care: String,
    care_leavers: String,
    send_outcome: String,
    source: String,
}

/// SHA-256 of each data file as hexadecimal text, with its name.
pub fn digests() -> Vec<(&'static str, String)> {
    FILES
        .iter()
        .map(|(name, text)| (*name, format!("{:x}", Sha256::digest(text.as_bytes()))))
        .collect()
}

/// Reads the embedded files.
///
/// # Errors
/// [`ImportError::Damaged`] when they contradict themselves.
pub fn read() -> Result<Facts, ImportError> {
    let councils = councils()?;
    let known: BTreeSet<&str> = councils.iter().map(|council| council.gss_code.as_str()).collect();
    let facts = Facts {
        regions: lines("regions.csv")?,
        borders: borders(&known)?,
        sisters: sisters(&known)?,
        inspections: inspections(&known)?,
        themes: lines("themes.csv")?,
        councils,
    };
    let regions: BTreeSet<&str> = facts.regions.iter().map(|region| region.gss_code.as_str()).collect();
    match facts
        .councils
        .iter()
        .find(|council| !regions.contains(council.region.as_str()))
    {
        Some(council) => Err(damaged("councils.csv", format!("unknown region {}", council.region))),
        None => Ok(facts),
    }
}

fn damaged(file: &'static str, reason: impl Into<String>) -> ImportError {
    ImportError::Damaged {
        file,
        reason: reason.into(),
    }
}

fn lines<T: DeserializeOwned>(file: &'static str) -> Result<Vec<T>, ImportError> {
    let text = FILES
        .iter()
        .find(|(name, _)| *name == file)
        .map_or("", |(_, text)| *text);
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|failure| damaged(file, failure.to_string()))
}

fn councils() -> Result<Vec<CouncilFact>, ImportError> {
    let mut councils = Vec::new();
    for file in ["councils.csv", "abolished.csv"] {
        for line in lines::<CouncilLine>(file)? {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            councils.push(CouncilFact {
                kind: parse_choice(&line.kind).map_err(|reason| damaged(file, reason))?,
                superseded: words(&line.superseded),
                replaced_by: words(&line.replaced_by),
                gss_code: line.gss_code,
                name: line.name,
                official_name: line.official_name,
                short_code: line.short_code,
                dfe_la_code: line.dfe_la_code,
                region: line.region,
                upper_tier: line.upper_tier,
                latitude: line.latitude,
                longitude: line.longitude,
                population: line.population,
                population_year: line.population_year,
                population_0_17: line.population_0_17,
                starts_on: line.starts_on,
                ends_on: line.ends_on,
            });
        }
    }
    let codes: BTreeSet<&str> = councils.iter().map(|council| council.gss_code.as_str()).collect();
    if codes.len() != councils.len() {
        return Err(damaged("abolished.csv", "a GSS code occurs twice"));
    }
    for council in &councils {
        let referred = council.upper_tier.iter().chain(&council.replaced_by);
        if let Some(code) = referred.into_iter().find(|code| !codes.contains(code.as_str())) {
            return Err(damaged(
                "abolished.csv",
                format!("{} refers to the unknown council {code}", council.gss_code),
            ));
        }
        if council.ends_on.is_some() == council.replaced_by.is_empty() {
            return Err(damaged(
                "abolished.csv",
                format!("{} ends without successor", council.gss_code),
            ));
        }
    }
    Ok(councils)
}

fn borders(known: &BTreeSet<&str>) -> Result<Vec<BorderFact>, ImportError> {
    let file = "borders.csv";
    let mut borders = Vec::new();
    for BorderLine { a, b, border, km } in lines(file)? {
        if a >= b || !known.contains(a.as_str()) || !known.contains(b.as_str()) {
            return Err(damaged(
                file,
                format!("{a} and {b} are no pair of known councils in order"),
            ));
        }
        let border = match border.as_str() {
            "L" => Border::Land,
            "W" => Border::Water,
            other => return Err(damaged(file, format!("unknown border {other}"))),
        };
        borders.push(BorderFact { a, b, border, km });
    }
    Ok(borders)
}

fn sisters(known: &BTreeSet<&str>) -> Result<Vec<SisterFact>, ImportError> {
    let file = "sisters.csv";
    let mut sisters = Vec::new();
    for SisterLine {
        gss_code,
        sisters: list,
    } in lines(file)?
    {
        let mut last = 101;
        for (rank, item) in (1..).zip(list.split_whitespace()) {
            let wrong = || damaged(file, format!("{gss_code}: {item}"));
            let [sister, closeness, likeness] = item.split('/').collect::<Vec<_>>().try_into().map_err(|_| wrong())?;
            let likeness: i32 = likeness.parse().map_err(|_| wrong())?;
            let closeness = match closeness {
                "E" => Closeness::ExtremelyClose,
                "V" => Closeness::VeryClose,
                "C" => Closeness::Close,
                "S" => Closeness::SomewhatClose,
                "N" => Closeness::NotClose,
                _ => return Err(wrong()),
            };
            if !(0..last).contains(&likeness) || !known.contains(sister) || !known.contains(gss_code.as_str()) {
                return Err(wrong());
            }
            last = likeness;
            let sister = sister.to_owned();
            sisters.push(SisterFact {
                council: gss_code.clone(),
                sister,
                rank,
                closeness,
                likeness,
            });
        }
    }
    Ok(sisters)
}

fn inspections(known: &BTreeSet<&str>) -> Result<Vec<InspectionFact>, ImportError> {
    let file = "inspections.csv";
    let sources = BTreeMap::from([
        ("OFSTED", "OFSTED_STATISTICS_2025-03-31"),
        ("D2I", "D2I_SCRAPE_2026-06-29"),
    ]);
    let judgement = |letter: &str| match letter {
        "" => Ok(None),
        "O" => Ok(Some(Judgement::Outstanding)),
        "G" => Ok(Some(Judgement::Good)),
        "R" => Ok(Some(Judgement::RequiresImprovement)),
        "I" => Ok(Some(Judgement::Inadequate)),
        other => Err(damaged(file, format!("unknown judgement {other}"))),
    };
    let mut inspections = Vec::new();
    for line in lines::<InspectionLine>(file)? {
        let wrong = |what: &str| damaged(file, format!("{}: unknown {what}", line.gss_code));
        if !known.contains(line.gss_code.as_str()) {
            return Err(wrong("council"));
        }
        inspections.push(InspectionFact {
            framework: parse_choice(&line.framework).map_err(|_| wrong("framework"))?,
            overall: judgement(&line.overall)?,
            leaders: judgement(&line.leaders)?,
            help_and_protection: judgement(&line.help_and_protection)?,
            children_in_care: judgement(&line.children_in_care)?,
            care_leavers: judgement(&line.care_leavers)?,
            send_outcome: match line.send_outcome.as_str() {
                "" => None,
                "P" => Some(SendOutcome::Positive),
                "I" => Some(SendOutcome::Inconsistent),
                "S" => Some(SendOutcome::SystemicFailings),
                _ => return Err(wrong("SEND outcome")),
            },
            source: sources
                .get(line.source.as_str())
                .copied()
                .ok_or_else(|| wrong("source"))?,
            council: line.gss_code,
            inspection_type: line.inspection_type,
            starts_on: line.starts_on,
            ends_on: line.ends_on,
            published_on: line.published_on,
        });
    }
    Ok(inspections)
}
