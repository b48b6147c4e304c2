//! Who may see what, field by field: walked over the whole schema for every viewer of the prepared world, and compared with
//! docs/ACCESS.md.
//!
//! Root fields, every type with an id and every field of it come from the schema, so that a new one without a row fails, and so
//! does any change of what somebody sees. `UPDATE_ACCESS=1` writes the file anew; review the difference. Beside the table this
//! holds that a link never tells more about a thing than `node` tells the same viewer.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

use peer_challenge::graphql::ids::decode;
use serde_json::{Map, Value, json};
use support::{TestDb, on_both};

use super::{
    hidden::{Openness, TYPES, argument, codes, reachable, rows},
    schema_map::SchemaMap,
    world::Scene,
};

/// What a viewer gets of a field, beside what the programme gets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Cell {
    /// The same, wherever they see the thing.
    All,
    /// Less, or only of some things.
    Part,
    /// Nothing of the things that they see.
    Nothing,
    /// They see no such thing.
    Hidden,
    /// A refusal.
    Forbidden,
    /// There is nothing to be seen in the prepared world.
    Untold,
}

impl Cell {
    const fn sign(self) -> &'static str {
        match self {
            Self::All => "●",
            Self::Part => "◐",
            Self::Nothing => "○",
            Self::Hidden => "·",
            Self::Forbidden => "✕",
            Self::Untold => "?",
        }
    }
}

/// Answers of one viewer: by type, by id, the fields.
type Answers = BTreeMap<String, BTreeMap<String, Map<String, Value>>>;

fn is_thing(value: &Value) -> Option<&str> {
    let id = value.get("id")?.as_str()?;
    decode(&async_graphql::ID(id.to_owned())).map(|_| id)
}

/// The value with every thing that it links to reduced to its id.
fn shallow(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(shallow).collect(),
        Value::Object(_) if is_thing(value).is_some() => json!({ "id": value["id"] }),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, field)| (name.clone(), shallow(field)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

/// Whether there is nothing in it.
fn is_bare(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields
            .get("nodes")
            .map_or_else(|| fields.values().all(is_bare), is_bare),
        Value::Number(number) => number.as_i64() == Some(0),
        _ => false,
    }
}

/// Everything that a viewer gets of every row there is.
async fn answers(
    scene: &Scene,
    map: &SchemaMap,
    existing: &BTreeMap<String, Vec<String>>,
    role: &peer_challenge::auth::ViewerRole,
) -> anyhow::Result<Answers> {
    let mut all = Answers::new();
    for (kind, openness) in TYPES {
        let known = existing.get(kind).map_or(&[][..], Vec::as_slice);
        let wanted = &known[..known
            .len()
            .min(if openness == Openness::Public { 2 } else { usize::MAX })];
        let bodies = rows(scene, map, Some(role.clone()), kind, wanted).await?;
        let nodes = bodies.as_array().into_iter().flatten();
        let nodes = nodes.flat_map(|body| body["data"]["nodes"].as_array().cloned().unwrap_or_default());
        let found = wanted.iter().zip(nodes).filter_map(|(id, node)| match node {
            Value::Object(fields) => Some((id.clone(), fields)),
            _ => None,
        });
        all.insert(kind.to_owned(), found.collect());
    }
    Ok(all)
}

/// What the viewer gets of a field, over all things of which the programme gets something.
fn field_cell(
    full: &BTreeMap<String, Map<String, Value>>,
    seen: &BTreeMap<String, Map<String, Value>>,
    field: &str,
) -> Cell {
    let told = full.iter().filter_map(|(id, fields)| {
        let value = shallow(fields.get(field)?);
        (!is_bare(&value)).then_some((id, value))
    });
    let (mut things, mut visible, mut same, mut bare) = (0, 0, 0, 0);
    for (id, value) in told {
        things += 1;
        let Some(fields) = seen.get(id) else { continue };
        visible += 1;
        let theirs = shallow(fields.get(field).unwrap_or(&Value::Null));
        same += u32::from(theirs == value);
        bare += u32::from(is_bare(&theirs));
    }
    match (things, visible) {
        (0, _) => Cell::Untold,
        (_, 0) => Cell::Hidden,
        _ if same == visible => Cell::All,
        _ if bare == visible => Cell::Nothing,
        _ => Cell::Part,
    }
}

/// Which rows of a type the viewer sees at all.
fn row_cell(full: &BTreeMap<String, Map<String, Value>>, seen: &BTreeMap<String, Map<String, Value>>) -> Cell {
    match seen.len() {
        _ if full.is_empty() => Cell::Untold,
        0 => Cell::Hidden,
        count if count == full.len() => Cell::All,
        _ => Cell::Part,
    }
}

/// Everything that a value links to.
fn links<'a>(value: &'a Value, found: &mut Vec<&'a Map<String, Value>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| links(item, found)),
        Value::Object(fields) => {
            if is_thing(value).is_some() {
                found.push(fields);
            } else {
                fields.values().for_each(|field| links(field, found));
            }
        }
        _ => {}
    }
}

/// Things that a link shows although `node` does not give them, as `Type.field → Type`; and where a link tells something else
/// about a thing than `node` does.
fn through_links(all: &Answers) -> (BTreeSet<String>, Vec<String>) {
    let (mut beyond, mut other) = (BTreeSet::new(), Vec::new());
    for (kind, things) in all {
        for (name, value) in things.values().flatten() {
            let mut found = Vec::new();
            links(value, &mut found);
            for linked in found {
                let id = linked["id"].as_str().unwrap_or_default();
                let Some((below, _)) = decode(&async_graphql::ID(id.to_owned())) else {
                    continue;
                };
                let public = TYPES
                    .iter()
                    .any(|(name, openness)| *name == below.name() && *openness == Openness::Public);
                // Only what was asked for in full can be compared (evidence names a thing by id and kind and shows nothing of it),
                // and the map of England is open to all.
                let only_named = linked.keys().all(|field| matches!(field.as_str(), "id" | "kind"));
                if public || only_named {
                    continue;
                }
                match all[below.name()].get(id) {
                    None => {
                        beyond.insert(format!("{kind}.{name} → {}", below.name()));
                    }
                    Some(direct) => {
                        let differs = |(field, value): &(&String, &Value)| {
                            direct.get(*field).map(shallow) != Some(shallow(value))
                        };
                        if let Some((field, value)) = linked.iter().find(differs) {
                            other.push(format!("{kind}.{name}: {}.{field} is {value}", below.name()));
                        }
                    }
                }
            }
        }
    }
    (beyond, other)
}

/// What a root field gives, beside what it gives the programme.
async fn root_cell(
    scene: &Scene,
    query: &str,
    full: &Value,
    role: &peer_challenge::auth::ViewerRole,
) -> anyhow::Result<Cell> {
    let body = scene.app.post(Some(role.clone()), query, json!({})).await?.body;
    let theirs = shallow(&body["data"]);
    Ok(if codes(&body).contains(&"FORBIDDEN") {
        Cell::Forbidden
    } else if is_bare(full) {
        Cell::Untold
    } else if theirs == *full {
        Cell::All
    } else if is_bare(&theirs) {
        Cell::Nothing
    } else {
        Cell::Part
    })
}

const HEAD: &str = "# Who sees what, field by field

Made by a test (`tests/tests/it/access/walk.rs`) that asks everything as everybody in a prepared world, on both engines; it fails when a
field is missing here or an answer changes. `UPDATE_ACCESS=1` writes it anew. The rules behind it are in [AUTH.md](AUTH.md).

The world: Hartlepool (North East) and Brighton (South East) have a challenge each, with teams, interests, waivers, objections. The
viewers: the **programme**; the **hub** of the host's region, the **keeper** (hub of the lead peer's home), a **far-hub**; the **host**, the
lead's **home** council, the **far-host**, a **stranger** council; the lead peer (**self**), a team **mate**, somebody who was let go
(**former**), a peer on the other team (**elsewhere**); an **analyst**. Without a token every field answers `UNAUTHENTICATED`.

● all that the programme gets · ◐ part of it, or only of some things · ○ nothing of the things that they see · `·` they see no such thing ·
✕ refused · ? there is nothing to be seen in this world (a value that is null or zero, or not set)

The first row of a type says which things `node` gives at all.
";

fn table(text: &mut String, title: &str, viewers: &[&str], lines: &[(String, Vec<Cell>)]) {
    let _ = writeln!(text, "\n## {title}\n\n| | {} |", viewers.join(" | "));
    let _ = writeln!(text, "|{}", " --- |".repeat(viewers.len() + 1));
    for (name, cells) in lines {
        let signs: Vec<&str> = cells.iter().map(|cell| cell.sign()).collect();
        let _ = writeln!(text, "| {name} | {} |", signs.join(" | "));
    }
}

on_both!(
    async fn everybody_sees_what_docs_access_says_field_by_field(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        let map = SchemaMap::read();
        let existing = reachable(&scene, &map).await?;
        let viewers: Vec<_> = scene
            .viewers()
            .into_iter()
            .filter_map(|(name, role)| Some((name, role?)))
            .collect();
        let names: Vec<&str> = viewers.iter().map(|(name, _)| *name).collect();
        let mut all = Vec::new();
        for (_, role) in &viewers {
            all.push(answers(&scene, &map, &existing, role).await?);
        }
        let full = &all[0];
        let mut text = HEAD.to_owned();

        let mut lines = Vec::new();
        for field in map.field_names("Query") {
            let query = map.root(&field, Some(0), &|name| argument(&scene, &scene.challenge, name));
            let known = scene
                .app
                .post(Some(viewers[0].1.clone()), &query, json!({}))
                .await?
                .body;
            let known = shallow(&known["data"]);
            let mut cells = Vec::new();
            for (_, role) in &viewers {
                cells.push(root_cell(&scene, &query, &known, role).await?);
            }
            lines.push((format!("`{field}`"), cells));
        }
        table(&mut text, "Root fields", &names, &lines);

        for (kind, _) in TYPES {
            let row = |cell: &dyn Fn(&Answers) -> Cell| all.iter().map(cell).collect::<Vec<_>>();
            let mut lines = vec![(
                "*the thing itself*".to_owned(),
                row(&|one| row_cell(&full[kind], &one[kind])),
            )];
            for field in map.field_names(kind) {
                lines.push((
                    format!("`{field}`"),
                    row(&|one| field_cell(&full[kind], &one[kind], &field)),
                ));
            }
            table(&mut text, kind, &names, &lines);
        }

        let _ = writeln!(text, "\n## Links that show what `node` does not give\n");
        let mut wrong = Vec::new();
        for (name, one) in names.iter().zip(&all) {
            let (beyond, other) = through_links(one);
            wrong.extend(other.into_iter().map(|what| format!("{name}: {what}")));
            let beyond: Vec<String> = beyond.into_iter().map(|link| format!("`{link}`")).collect();
            let said = if beyond.is_empty() {
                "none".to_owned()
            } else {
                beyond.join(", ")
            };
            let _ = writeln!(text, "- {name}: {said}");
        }
        assert!(wrong.is_empty(), "a link tells something else than `node`: {wrong:#?}");

        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ACCESS.md");
        if std::env::var_os("UPDATE_ACCESS").is_some() {
            std::fs::write(&path, &text)?;
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        let differing: Vec<_> = text
            .lines()
            .filter(|line| !written.lines().any(|known| known == *line))
            .collect();
        assert!(
            written == text,
            "docs/ACCESS.md says something else; run with UPDATE_ACCESS=1 and review: {differing:#?}"
        );
        scene.app.stop().await
    }
);
