//! Reads Prometheus' text format, strictly: whatever a scraper would stumble over fails the test.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context as _, ensure};

/// One line of figures.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

/// Everything that a scrape answered.
#[derive(Debug)]
pub(crate) struct Exposition {
    /// Type of each family.
    pub(crate) types: HashMap<String, String>,
    pub(crate) samples: Vec<Sample>,
}

impl Exposition {
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut types = HashMap::new();
        let mut samples: Vec<Sample> = Vec::new();
        let mut seen = HashSet::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').context("TYPE has a name and a kind")?;
                let before = types.insert(name.to_owned(), kind.to_owned());
                ensure!(before.is_none(), "{name} has two TYPE lines");
            } else if !line.starts_with('#') {
                let sample = sample(line).with_context(|| line.to_owned())?;
                ensure!(
                    seen.insert((sample.name.clone(), sample.labels.clone())),
                    "twice: {line}"
                );
                samples.push(sample);
            }
        }
        let parsed = Self { types, samples };
        for sample in &parsed.samples {
            ensure!(
                parsed.types.contains_key(parsed.family(&sample.name)),
                "{} has no TYPE",
                sample.name
            );
        }
        Ok(parsed)
    }

    /// The family of a sample: histograms have three names for one.
    pub(crate) fn family<'a>(&self, name: &'a str) -> &'a str {
        ["_bucket", "_sum", "_count"]
            .iter()
            .filter_map(|suffix| name.strip_suffix(suffix))
            .find(|family| self.types.get(*family).is_some_and(|kind| kind == "histogram"))
            .unwrap_or(name)
    }

    /// Sum of the samples of `name` that have all of `labels`.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let matches = |sample: &&Sample| {
            sample.name == name
                && labels
                    .iter()
                    .all(|(key, value)| sample.labels.get(*key).is_some_and(|found| found == value))
        };
        self.samples.iter().filter(matches).map(|sample| sample.value).sum()
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn sample(line: &str) -> anyhow::Result<Sample> {
    let (head, value) = line.rsplit_once(' ').context("a value follows a space")?;
    let value = value.parse::<f64>()?;
    let (name, mut rest) = match head.split_once('{') {
        Some((name, rest)) => (name, rest.strip_suffix('}').context("labels end with }")?),
        None => (head, ""),
    };
    ensure!(is_name(name), "bad name");
    let mut labels = BTreeMap::new();
    while !rest.is_empty() {
        let (key, quoted) = rest.split_once("=\"").context("a label is key=\"value\"")?;
        ensure!(is_name(key), "bad label {key}");
        let end = quoted.find('"').context("the value ends with a quote")?;
        let value = &quoted[..end];
        ensure!(!value.contains('\\'), "no label of ours needs escapes: {value}");
        ensure!(
            labels.insert(key.to_owned(), value.to_owned()).is_none(),
            "label {key} twice"
        );
        rest = quoted[end + 1..].trim_start_matches(',');
    }
    Ok(Sample {
        name: name.to_owned(),
        labels,
        value,
    })
}
