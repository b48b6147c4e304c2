//! Borders of counties, derived from those of their districts.
//!
//! The data names pairs of children's services authorities and pairs of lower- and single-tier councils. What is
//! missing between them follows from the map: a county and its own district share TERRITORY; a county borders
//! another county's district where one of its own districts does, on LAND if any of those borders is on land (with
//! the summed length), else across WATER. Neighbours: `facts` gives the pairs, `load` writes the result.

use std::collections::BTreeMap;

use entity::enums::Border;

use super::facts::{BorderFact, Facts};

/// The given and the derived pairs, each once with `a` < `b`, sorted.
pub fn complete(facts: &Facts) -> Vec<BorderFact> {
    let county: BTreeMap<&str, &str> = facts
        .councils
        .iter()
        .filter(|council| council.ends_on.is_none())
        .filter_map(|council| Some((council.gss_code.as_str(), council.upper_tier.as_deref()?)))
        .collect();
    let mut all: BTreeMap<(&str, &str), (Border, Option<f64>)> = BTreeMap::new();
    for border in &facts.borders {
        all.insert((&border.a, &border.b), (border.border, border.km));
    }
    let mut derived: BTreeMap<(&str, &str), (Border, Option<f64>)> = BTreeMap::new();
    for border in &facts.borders {
        for (inner, outer) in [(&border.a, &border.b), (&border.b, &border.a)] {
            let Some(upper) = county.get(inner.as_str()).copied() else {
                continue;
            };
            let pair = ordered(upper, outer);
            if upper == outer || county.get(outer.as_str()) == Some(&upper) || all.contains_key(&pair) {
                continue;
            }
            let entry = derived.entry(pair).or_insert((Border::Water, None));
            if border.border == Border::Land {
                entry.0 = Border::Land;
                entry.1 = Some(entry.1.unwrap_or(0.0) + border.km.unwrap_or(0.0));
            }
        }
    }
    for (district, county) in county {
        derived.insert(ordered(district, county), (Border::Territory, None));
    }
    all.extend(derived);
    all.into_iter()
        .map(|((a, b), (border, km))| BorderFact {
            a: a.to_owned(),
            b: b.to_owned(),
            border,
            // Sums of hundredths of a kilometre, without the noise of binary fractions.
            km: km.map(|km| (km * 100.0).round() / 100.0),
        })
        .collect()
}

fn ordered<'a>(a: &'a str, b: &'a str) -> (&'a str, &'a str) {
    if a < b { (a, b) } else { (b, a) }
}
