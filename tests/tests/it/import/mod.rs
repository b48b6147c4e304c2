//! The reference facts and the import of spreadsheets, on both engines.

mod changes;
mod councils;
mod rules;
mod told;

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use chrono::NaiveDate;
use entity::{
    affiliation, audit_event, availability_window, challenge, challenge_theme, challenge_window, council, council_code,
    council_neighbour, council_succession, declared_interest, delivery_body, delivery_body_council, enums,
    inspection_outcome, leadership_change, past_engagement, peer, peer_role, peer_theme, programme, reference_load,
    season, sister_council, stage_change, theme,
};
use peer_challenge::{
    auth::{Viewer, ViewerRole},
    clock::ManualClock,
    graphql::context::Act,
    ids::{IdGenerator, SeededIds},
    import::{
        ImportError,
        csv::decode::Encoding,
        folder::{self, Outcome},
        reference,
        store::bulk::{Counts, Silent},
    },
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use support::{TestDb, on_both};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The day of the tests, and their keys.
struct Tools {
    clock: Arc<ManualClock>,
    ids: Arc<dyn IdGenerator>,
}

fn tools(seed: u64) -> Tools {
    let clock = Arc::new(ManualClock::on(day("2026-11-22")));
    Tools {
        ids: Arc::new(SeededIds::new(clock.clone(), seed)),
        clock,
    }
}

async fn load_reference(db: &TestDb, seed: u64) -> anyhow::Result<reference::Summary> {
    let Tools { clock, ids } = tools(seed);
    let tx = db.database().begin().await?;
    let summary = reference::load(&tx, &*clock, &*ids).await?;
    let viewer = Viewer::new("test".to_owned(), ViewerRole::Programme);
    let act = Act::new(viewer, &*clock, ids);
    let seeded = peer_challenge::programme::seed::load(&tx, &act, day("2020-01-01")).await;
    anyhow::ensure!(seeded.is_ok(), "programmes");
    tx.commit().await?;
    Ok(summary)
}

async fn import(db: &TestDb, folder: &Path, commit: bool) -> anyhow::Result<Result<Outcome, ImportError>> {
    // Other keys every time: an unwanted rewrite would show.
    static SEED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(100);
    let Tools { clock, ids } = tools(SEED.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let tx = db.database().begin().await?;
    let outcome = folder::run(&tx, folder, &*clock, &*ids, &Silent).await;
    if commit && outcome.is_ok() {
        tx.commit().await?;
    } else {
        tx.rollback().await?;
    }
    Ok(outcome)
}

/// The faults of an import that must fail.
async fn faults(db: &TestDb, folder: &Path) -> anyhow::Result<Vec<String>> {
    match import(db, folder, true).await? {
        Err(ImportError::Faults { errors, .. }) => Ok(errors.iter().map(ToString::to_string).collect()),
        other => anyhow::bail!("expected faults, got {other:?}"),
    }
}

fn examples() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/import"))
}

/// A folder with the given files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

macro_rules! dump {
    ($db:expr, $($table:ident),+ $(,)?) => {{
        let mut rows: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        $(
            let mut list: Vec<String> =
                $table::Entity::find().all($db).await?.iter().map(|row| format!("{row:?}")).collect();
            list.sort();
            rows.insert(stringify!($table), list);
        )+
        rows
    }};
}

/// Every row of every table that imports write, as text; the audit record aside.
async fn everything(db: &impl ConnectionTrait) -> anyhow::Result<BTreeMap<&'static str, Vec<String>>> {
    Ok(dump!(
        db,
        affiliation,
        availability_window,
        challenge,
        challenge_theme,
        challenge_window,
        council,
        council_code,
        council_neighbour,
        council_succession,
        declared_interest,
        delivery_body,
        delivery_body_council,
        inspection_outcome,
        leadership_change,
        past_engagement,
        peer,
        peer_role,
        peer_theme,
        programme,
        reference_load,
        season,
        sister_council,
        theme,
    ))
}

fn counts(outcome: &Outcome, file: &str) -> Counts {
    outcome.files.iter().find(|found| found.file == file).unwrap().counts
}

on_both!(
    async fn the_facts_load_once(db: &TestDb) {
        let first = load_reference(db, 1).await?;
        assert!(first.changed());
        let before = everything(db.conn()).await?;
        let audit = audit_event::Entity::find().count(db.conn()).await?;
        let second = load_reference(db, 2).await?;
        assert!(!second.changed(), "{second:?}");
        assert_eq!(everything(db.conn()).await?, before);
        assert_eq!(audit_event::Entity::find().count(db.conn()).await?, audit);
        assert_eq!(before["council"].len(), 365);
        assert_eq!(before["sister_council"].len(), 1_530);
        assert_eq!(before["inspection_outcome"].len(), 396);
        assert_eq!(before["council_neighbour"].len() % 2, 0);
        Ok(())
    }
);

on_both!(
    async fn a_second_load_repairs_facts_and_leaves_local_ones(db: &TestDb) {
        load_reference(db, 1).await?;
        let find = async || -> anyhow::Result<council::Model> {
            let found = council::Entity::find()
                .filter(council::Column::GssCode.eq("E06000001"))
                .one(db.conn())
                .await?;
            Ok(found.unwrap())
        };
        let before = find().await?;
        council::Entity::update_many()
            .col_expr(council::Column::Name, "Hartlepol".into())
            .col_expr(council::Column::PoliticalControl, "LABOUR".into())
            .filter(council::Column::Id.eq(before.id))
            .exec(db.conn())
            .await?;
        // Two sisters that changed places: ranks are unique, so they cannot be put right one by one.
        let sisters = sister_council::Entity::find()
            .filter(sister_council::Column::CouncilId.eq(before.id))
            .order_by_asc(sister_council::Column::Rank)
            .all(db.conn())
            .await?;
        for (sister, rank) in [(0, 99), (1, 1), (0, 2)] {
            sister_council::Entity::update_many()
                .col_expr(sister_council::Column::Rank, rank.into())
                .filter(sister_council::Column::CouncilId.eq(before.id))
                .filter(sister_council::Column::SisterId.eq(sisters[sister].sister_id))
                .exec(db.conn())
                .await?;
        }
        let summary = load_reference(db, 2).await?;
        let updated: Vec<_> = summary.tables.iter().filter(|(_, counts)| counts.changed()).collect();
        assert_eq!(
            updated
                .iter()
                .map(|(name, counts)| (*name, counts.updated))
                .collect::<Vec<_>>(),
            [("councils", 1), ("sister councils", 2)]
        );
        let after = find().await?;
        assert_eq!(
            (after.name.as_str(), after.id, after.version),
            ("Hartlepool", before.id, before.version + 1)
        );
        assert_eq!(after.political_control, Some(enums::PoliticalControl::Labour));
        Ok(())
    }
);

on_both!(
    async fn the_example_folder_imports_and_imports_again(db: &TestDb) {
        load_reference(db, 1).await?;
        let outcome = import(db, examples(), true).await??;
        let created: Vec<(&str, usize)> = outcome
            .files
            .iter()
            .map(|file| (file.file, file.counts.created))
            .collect();
        assert_eq!(
            created,
            [
                ("seasons.csv", 2),
                ("political-control.csv", 0),
                ("leadership-changes.csv", 2),
                ("delivery-bodies.csv", 1),
                ("peers.csv", 5),
                ("affiliations.csv", 7),
                ("interests.csv", 2),
                ("availability.csv", 5),
                ("engagements.csv", 3),
                ("requests.csv", 2),
            ]
        );
        assert_eq!(outcome.touched_peers.len(), 5);
        let before = everything(db.conn()).await?;
        let again = import(db, examples(), true).await??;
        for file in &again.files {
            assert!(!file.counts.changed(), "{file:?}");
            assert!(file.counts.unchanged > 0, "{file:?}");
        }
        assert!(again.touched_peers.is_empty());
        assert_eq!(everything(db.conn()).await?, before);
        let events = audit_event::Entity::find()
            .filter(audit_event::Column::Action.eq("FOLDER_IMPORTED"))
            .all(db.conn())
            .await?;
        assert_eq!(events.len(), 2);
        let text = events[0].details.to_string();
        assert!(text.contains("sha256") && !text.contains("close relative"), "{text}");
        // A superseded code means the council of today; a former county is itself.
        let gateshead = council::Entity::find()
            .filter(council::Column::GssCode.eq("E08000037"))
            .one(db.conn())
            .await?
            .unwrap();
        let cumbria = council::Entity::find()
            .filter(council::Column::GssCode.eq("E10000006"))
            .one(db.conn())
            .await?
            .unwrap();
        for (reference, id) in [("NE-A-005", gateshead.id), ("NE-A-002", cumbria.id)] {
            let row = affiliation::Entity::find()
                .filter(affiliation::Column::Reference.eq(reference))
                .one(db.conn())
                .await?;
            assert_eq!(row.unwrap().council_id, Some(id), "{reference}");
        }
        Ok(())
    }
);

on_both!(
    async fn a_dry_run_and_a_faulty_folder_write_nothing(db: &TestDb) {
        load_reference(db, 1).await?;
        let before = everything(db.conn()).await?;
        let outcome = import(db, examples(), false).await??;
        assert_eq!(counts(&outcome, "peers.csv").created, 5);
        assert_eq!(everything(db.conn()).await?, before);

        // One wrong cell in the last file: nothing of the others is kept.
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for entry in fs::read_dir(examples())? {
            let entry = entry?;
            files.push((entry.file_name().into_string().unwrap(), fs::read(entry.path())?));
        }
        let requests = files.iter_mut().find(|(name, _)| name == "requests.csv").unwrap();
        requests.1 = String::from_utf8(requests.1.clone())?
            .replace("CSPC,", "CSPQ,")
            .into_bytes();
        let borrowed: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        let dir = folder(&borrowed);
        let faults = faults(db, dir.path()).await?;
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(
            faults[0].starts_with("requests.csv:2:3 programme  \"CSPQ\"  expected one of "),
            "{faults:?}"
        );
        assert!(faults[0].contains("did you mean"), "{faults:?}");
        assert_eq!(everything(db.conn()).await?, before);
        Ok(())
    }
);

on_both!(
    async fn windows_1252_with_semicolons_is_read(db: &TestDb) {
        load_reference(db, 1).await?;
        let dir = folder(&[(
        "peers.csv",
        b"name;reference;roles;email\r\nZo\xeb O\x92Example;X-1;case auditor|Operational-Manager;zoe@example.org\r\n;;;\r\n",
    )]);
        let outcome = import(db, dir.path(), true).await??;
        assert_eq!(outcome.files[0].encoding, Encoding::Windows1252);
        let row = peer::Entity::find().one(db.conn()).await?.unwrap();
        assert_eq!(
            (row.name.as_str(), row.search_name.as_str()),
            ("Zoë O’Example", "zoë o’example")
        );
        assert_eq!(peer_role::Entity::find().count(db.conn()).await?, 2);
        assert!(
            outcome
                .warnings
                .iter()
                .any(|warning| warning.to_string().contains("has no column party"))
        );
        Ok(())
    }
);
