//! The reference facts and the import of spreadsheets, on both engines.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use chrono::NaiveDate;
use entity::{
    affiliation, audit_event, availability_window, challenge, challenge_theme, challenge_window, council, council_code,
    council_neighbour, council_succession, declared_interest, enums, inspection_outcome, past_engagement, peer,
    peer_role, peer_theme, programme, reference_load, season, sister_council, theme,
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
    let viewer = Viewer {
        subject: "test".to_owned(),
        role: ViewerRole::Programme,
    };
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
        inspection_outcome,
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

on_both!(
    async fn changed_rows_change_and_the_rest_stays(db: &TestDb) {
        load_reference(db, 1).await?;
        import(db, examples(), true).await??;
        let one = async |reference: &str| -> anyhow::Result<peer::Model> {
            Ok(peer::Entity::find()
                .filter(peer::Column::Reference.eq(reference))
                .one(db.conn())
                .await?
                .unwrap())
        };
        let (first, second) = (one("NE-0001").await?, one("NE-0002").await?);
        let text = fs::read_to_string(examples().join("peers.csv"))?;
        // A theme less for the first, nothing else: still a change of the person.
        let peers = text.replace("LEADERSHIP|CHILD_PROTECTION", "LEADERSHIP");
        let availability = "peer,starts_on,ends_on\nNE-0001,2027-01-11,2027-01-22\nNE-0001,2027-02-23,2027-03-12\n";
        let dir = folder(&[
            ("peers.csv", peers.as_bytes()),
            ("availability.csv", availability.as_bytes()),
        ]);
        let outcome = import(db, dir.path(), true).await??;
        assert_eq!(
            counts(&outcome, "peers.csv"),
            Counts {
                updated: 1,
                unchanged: 4,
                ..Counts::default()
            }
        );
        // The file is the whole list for the one peer that it names.
        assert_eq!(
            counts(&outcome, "availability.csv"),
            Counts {
                created: 1,
                unchanged: 1,
                removed: 1,
                updated: 0
            }
        );
        assert_eq!(outcome.touched_peers.into_iter().collect::<Vec<_>>(), [first.id]);
        let (first_after, second_after) = (one("NE-0001").await?, one("NE-0002").await?);
        assert_eq!((first_after.version, first_after.id), (first.version + 1, first.id));
        assert_eq!(second_after, second);
        let themes = peer_theme::Entity::find()
            .filter(peer_theme::Column::PeerId.eq(first.id))
            .count(db.conn())
            .await?;
        assert_eq!(themes, 1);
        assert_eq!(availability_window::Entity::find().count(db.conn()).await?, 5);
        Ok(())
    }
);

on_both!(
    async fn requests_follow_their_stage(db: &TestDb) {
        load_reference(db, 1).await?;
        import(db, examples(), true).await??;
        let text = fs::read_to_string(examples().join("requests.csv"))?;
        let changed = text.replace("= 60", "= 70").replace("NEGLECT=2|", "");
        let dir = folder(&[("requests.csv", changed.as_bytes())]);
        let outcome = import(db, dir.path(), true).await??;
        assert_eq!(
            counts(&outcome, "requests.csv"),
            Counts {
                updated: 1,
                unchanged: 1,
                ..Counts::default()
            }
        );
        let row = challenge::Entity::find()
            .filter(challenge::Column::Reference.eq("NE-R-001"))
            .one(db.conn())
            .await?
            .unwrap();
        assert_eq!((row.version, row.stage), (2, enums::Stage::Submitted));
        assert_eq!(
            challenge_theme::Entity::find()
                .filter(challenge_theme::Column::ChallengeId.eq(row.id))
                .count(db.conn())
                .await?,
            2
        );

        challenge::Entity::update_many()
            .col_expr(challenge::Column::Stage, "TRIAGED".into())
            .filter(challenge::Column::Id.eq(row.id))
            .exec(db.conn())
            .await?;
        // The same file is still fine; one that says something else is not.
        let outcome = import(db, dir.path(), true).await??;
        assert_eq!(counts(&outcome, "requests.csv").unchanged, 2);
        let original = folder(&[("requests.csv", text.as_bytes())]);
        let faults = faults(db, original.path()).await?;
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(
            faults[0].starts_with("requests.csv:2:1 reference  \"NE-R-001\"") && faults[0].contains("TRIAGED"),
            "{faults:?}"
        );

        let second = text
            .lines()
            .take(2)
            .collect::<Vec<_>>()
            .join("\n")
            .replace("NE-R-001", "NE-R-009");
        let dir = folder(&[("requests.csv", second.as_bytes())]);
        let faults = self::faults(db, dir.path()).await?;
        assert!(
            faults[0].starts_with("requests.csv:2:2 host  \"Middlesbrough\"") && faults[0].contains("NE-R-001"),
            "{faults:?}"
        );
        Ok(())
    }
);

on_both!(
    async fn a_reference_stays_with_its_person(db: &TestDb) {
        load_reference(db, 1).await?;
        import(db, examples(), true).await??;
        let dir = folder(&[(
        "affiliations.csv",
        b"reference,peer,kind,council,primary\nNE-A-001,NE-0002,EMPLOYMENT,Leeds,no\nNEW,NE-0002,EMPLOYMENT,Leeds,yes\n",
    )]);
        let faults = faults(db, dir.path()).await?;
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(
            faults[0].starts_with("affiliations.csv:2:1 reference  \"NE-A-001\""),
            "{faults:?}"
        );
        assert!(
            faults[1].starts_with("affiliations.csv:3:5 primary  \"yes\"") && faults[1].contains("NE-A-003"),
            "{faults:?}"
        );
        Ok(())
    }
);

on_both!(
    async fn every_fault_is_told_with_its_place(db: &TestDb) {
        load_reference(db, 1).await?;
        let peers = "reference,name,roles,themes,email,party,status,trained_on,retired_on,capacity\n\
        P-1,One,MEMBER_PEER,,one@example.org,Labuor,ACTIVE,2026-11-23,,0\n\
        P-1,,CASE_AUDITOR,SENDD,one@@example.org,GREEN,RETIRED,31/02/2026,,x\n\
        P-3,Three,CASE_AUDITOR||MEMBER_PEER,,ONE@example.org,,ACTIVE,,2026-01-01,\n\
        P-4,Four,CASE_AUDITOR\n";
        let affiliations = "reference,peer,kind,council,body,primary,starts_on,ends_on\n\
        A-1,P-1,EMPLOYMENT,Barnsly,,yes,2020-01-01,2019-01-01\n\
        A-2,P-9,WORK,,,perhaps,,\n\
        A-3,P-3,EMPLOYMENT,Leeds,,yes,2020-01-01,\n\
        A-4,P-3,EMPLOYMENT,Bolton,Some Trust,yes,2021-01-01,\n\
        A-5,P-3,EMPLOYMENT,Bolton,,yes,2021-01-01,\n";
        let availability =
            "peer,starts_on,ends_on\nP-1,2027-01-01,2027-01-31\nP-1,2027-01-31,2027-02-02\nP-1,2027-01-01,2027-01-31\n";
        let engagements = "reference,peer,home_council,host_council,starts_on,ends_on\nE-1,P-1,Leeds,E08000035,2026-12-01,2026-12-02\n";
        let requests = "reference,host,programme,season,strand,reason,windows,requested_by,stage,submitted_on\n\
        R-1,Cumbria,CSPC,2026/27,PEER_CHALLENGE,Why,2027-04-01 to 2027-03-01,Me,TRIAGED,\n";
        let interests = "reference,peer,kind,council\nI-1,P-1,PERSONAL,Leeds\n";
        let dir = folder(&[
            ("peers.csv", peers.as_bytes()),
            ("affiliations.csv", affiliations.as_bytes()),
            ("availability.csv", availability.as_bytes()),
            ("engagements.csv", engagements.as_bytes()),
            ("requests.csv", requests.as_bytes()),
            ("interests.csv", interests.as_bytes()),
            ("peer.csv", b"x"),
            ("seasons.csv", b"\xff\xfen\0a\0"),
        ]);
        let faults = faults(db, dir.path()).await?;
        let expected = [
            (
                "affiliations.csv:2:4 council  \"Barnsly\"",
                "did you mean Barnsley (E08000038)?",
            ),
            (
                "affiliations.csv:2:8 ends_on  \"2019-01-01\"",
                "not before starts_on, 2020-01-01",
            ),
            ("affiliations.csv:3:2 peer  \"P-9\"", "expected the reference of a peer"),
            (
                "affiliations.csv:3:3 kind  \"WORK\"",
                "expected one of EMPLOYMENT, ELECTED_OFFICE",
            ),
            (
                "affiliations.csv:3:4 council  \"\"",
                "expected a council, or a delivery body",
            ),
            ("affiliations.csv:3:6 primary  \"perhaps\"", "expected yes or no"),
            ("affiliations.csv:5:5 body  \"Some Trust\"", "none is known yet"),
            (
                "affiliations.csv:5:5 body  \"Some Trust\"",
                "expected no body beside a council",
            ),
            ("affiliations.csv:6:7 starts_on", "line 4 says 2020-01-01 to"),
            ("availability.csv:3:2 starts_on", "line 2 says 2027-01-01 to 2027-01-31"),
            ("availability.csv:4:2 starts_on", "line 2 says 2027-01-01 to 2027-01-31"),
            (
                "engagements.csv:2:4 host_council  \"E08000035\"",
                "another council than home_council",
            ),
            (
                "engagements.csv:2:6 ends_on  \"2026-12-02\"",
                "not after today, 2026-11-22",
            ),
            ("interests.csv:1  ", "lacks the column note"),
            ("peers.csv:2:6 party  \"Labuor\"", "did you mean LABOUR?"),
            ("peers.csv:2:8 trained_on  \"2026-11-23\"", "not after today"),
            ("peers.csv:2:10 capacity  \"0\"", "expected a whole number from 1"),
            ("peers.csv:3:1 reference  \"P-1\"", "it stands in line 2 already"),
            ("peers.csv:3:2 name  \"\"", "expected a value"),
            ("peers.csv:3:4 themes  \"SENDD\"", "did you mean SEND?"),
            (
                "peers.csv:3:5 email  \"one@@example.org\"",
                "expected an e-mail address",
            ),
            ("peers.csv:3:6 party  \"GREEN\"", "expected no party"),
            ("peers.csv:3:8 trained_on  \"31/02/2026\"", "expected a date as"),
            ("peers.csv:3:9 retired_on  \"\"", "since the status is RETIRED"),
            ("peers.csv:3:10 capacity  \"x\"", "expected a whole number"),
            ("peers.csv:4:3 roles", "expected a value between every two '|'"),
            (
                "peers.csv:4:9 retired_on  \"2026-01-01\"",
                "since the status is not RETIRED",
            ),
            ("peers.csv:5  ", "has 3 cells; expected 10"),
            ("requests.csv:2:2 host  \"Cumbria\"", "abolished on 2023-03-31"),
            ("requests.csv:2:4 season  \"2026/27\"", "none is known yet"),
            ("requests.csv:2:7 windows", "end after they start"),
            ("requests.csv:2:9 stage  \"TRIAGED\"", "expected DRAFT or SUBMITTED"),
            ("seasons.csv  ", "UTF-16"),
        ];
        for (fault, (start, part)) in faults.iter().zip(expected) {
            assert!(
                fault.starts_with(start) && fault.contains(part),
                "{fault}\n expected {start} … {part}"
            );
        }
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
        assert_eq!(peer::Entity::find().count(db.conn()).await?, 0);
        Ok(())
    }
);

on_both!(
    async fn a_folder_without_files_or_a_database_without_councils_is_refused(db: &TestDb) {
        let empty = folder(&[("notes.txt", b"x")]);
        assert!(matches!(
            import(db, empty.path(), true).await?,
            Err(ImportError::Nothing { .. })
        ));
        let missing = empty.path().join("missing");
        assert!(matches!(
            import(db, &missing, true).await?,
            Err(ImportError::Unreadable { .. })
        ));
        assert!(matches!(
            import(db, examples(), true).await?,
            Err(ImportError::NoCouncils)
        ));
        Ok(())
    }
);
