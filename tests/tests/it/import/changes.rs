//! Importing again: what changes, what stays, and every fault with its place.
#![allow(clippy::wildcard_imports, reason = "the helpers and names of the module above")]

use super::*;

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
        assert_eq!(outcome.touched_peers.into_keys().collect::<Vec<_>>(), [first.id]);
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

        // Both came to their stages once, and the draft comes to another when a file says that it was submitted.
        let sent = text
            .replace("DRAFT", "SUBMITTED")
            .replace("Organiser,,,", "Organiser,,,2026-11-05");
        let dir_sent = folder(&[(
            "requests.csv",
            sent.replace("= 60", "= 70").replace("NEGLECT=2|", "").as_bytes(),
        )]);
        import(db, dir_sent.path(), true).await??;
        let mut came: Vec<(Option<enums::Stage>, enums::Stage, String)> = stage_change::Entity::find()
            .all(db.conn())
            .await?
            .into_iter()
            .map(|change| (change.from_stage, change.stage, change.on_day.to_string()))
            .collect();
        came.sort_by_key(|(before, stage, _)| (before.is_some(), *stage));
        assert_eq!(
            came.iter().map(|one| (one.0, one.1)).collect::<Vec<_>>(),
            [
                (None, enums::Stage::Draft),
                (None, enums::Stage::Submitted),
                (Some(enums::Stage::Draft), enums::Stage::Submitted),
            ]
        );
        assert_eq!((came[1].2.as_str(), came[2].2.as_str()), ("2026-11-02", "2026-11-05"));

        challenge::Entity::update_many()
            .col_expr(challenge::Column::Stage, "TRIAGED".into())
            .filter(challenge::Column::Id.eq(row.id))
            .exec(db.conn())
            .await?;
        // The same file is still fine; one that says something else is not.
        let outcome = import(db, dir_sent.path(), true).await??;
        assert_eq!(counts(&outcome, "requests.csv").unchanged, 2);
        let original = folder(&[("requests.csv", sent.as_bytes())]);
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
