//! Facts about councils that come by spreadsheet.
#![allow(clippy::wildcard_imports, reason = "the helpers and names of the module above")]

use super::*;

on_both!(
    async fn control_leadership_and_bodies_come_by_spreadsheet(db: &TestDb) {
        load_reference(db, 1).await?;
        let bodies = "name,kind,council,starts_on\nExample Trust,TRUST,Kingston upon Thames,2014-04-01\nExample Trust,TRUST,Richmond upon Thames,\n";
        let peers = "reference,name,roles\nP-1,Example Person,ASSISTANT_DIRECTOR\n";
        let ties = "reference,peer,kind,council,body\nA-1,P-1,EMPLOYMENT,,example trust\n";
        let control = "council,control,changed_on\nHartlepool,Labour,08/05/2026\n";
        let changes = "council,post,changed_on\nHartlepool,chief executive,2026-05-08\n";
        let files = [
            ("delivery-bodies.csv", bodies.as_bytes()),
            ("peers.csv", peers.as_bytes()),
            ("affiliations.csv", ties.as_bytes()),
            ("political-control.csv", control.as_bytes()),
            ("leadership-changes.csv", changes.as_bytes()),
        ];
        let dir = folder(&files);
        let outcome = import(db, dir.path(), true).await??;
        assert_eq!(outcome.touched_hosts.len(), 3);
        assert_eq!(delivery_body_council::Entity::find().count(db.conn()).await?, 2);
        let trust = delivery_body::Entity::find().one(db.conn()).await?.unwrap();
        let tie = affiliation::Entity::find().one(db.conn()).await?.unwrap();
        assert_eq!(tie.delivery_body_id, Some(trust.id));
        let before = everything(db.conn()).await?;
        let again = import(db, dir.path(), true).await??;
        assert!(again.files.iter().all(|file| !file.counts.changed()), "{again:?}");
        assert!(again.touched_hosts.is_empty() && again.touched_peers.is_empty());
        assert_eq!(everything(db.conn()).await?, before);
        // The list of councils is whole: one that is no longer named is no longer served, and the tied person is touched.
        let fewer = bodies.lines().take(2).collect::<Vec<_>>().join("\n");
        let dir = folder(&[("delivery-bodies.csv", fewer.as_bytes())]);
        let outcome = import(db, dir.path(), true).await??;
        assert_eq!(
            (
                counts(&outcome, "delivery-bodies.csv").updated,
                outcome.touched_hosts.len()
            ),
            (1, 2)
        );
        assert_eq!(outcome.touched_peers.into_keys().collect::<Vec<_>>(), [tie.peer_id]);
        assert_eq!(delivery_body_council::Entity::find().count(db.conn()).await?, 1);
        Ok(())
    }
);

on_both!(
    async fn facts_about_councils_that_cannot_be_are_told_with_their_place(db: &TestDb) {
        load_reference(db, 1).await?;
        import(db, examples(), true).await??;
        let control = "council,control,changed_on\nE06000001,GREEN,2020-01-01\nLeeds,GREEN,2026-11-23\nleeds,Greens,2026-01-01\nCumbria,LABOUR,2024-01-01\n";
        let changes = "council,post,changed_on\nLeeds,LEAD_MEMBER,2026-11-23\nLeeds,LEAD_MEMBER,2026-11-23\n";
        let bodies = "name,kind,council,starts_on,ends_on,body_starts_on\nT,TRUST,,2020-01-01,,\nU,TRUST,Leeds,2020-01-01,2019-01-01,\nV,TRUST,Leeds,,,\nv,COMPANY,Leeds,,,\nW,TRUST,Leeds,2019-01-01,,2020-01-01\n";
        let expected_first = [
            ("delivery-bodies.csv:2:3 council", "expected a value"),
            ("delivery-bodies.csv:3:5 ends_on", "not before starts_on"),
            ("delivery-bodies.csv:5:1 name", "as in line 4"),
            ("delivery-bodies.csv:5:2 kind", "expected TRUST"),
            ("delivery-bodies.csv:5:3 council", "line 4 already"),
            ("delivery-bodies.csv:6:4 starts_on", "first day of the body"),
            ("leadership-changes.csv:2:3 changed_on", "lies in the future"),
            ("leadership-changes.csv:3:3 changed_on", "line 2 already"),
            ("political-control.csv:2:3 changed_on", "an earlier change is not kept"),
            ("political-control.csv:3:3 changed_on", "lies in the future"),
            ("political-control.csv:4:1 council", "line 3 already"),
            ("political-control.csv:4:2 control", "did you mean GREEN?"),
            ("political-control.csv:5:3 changed_on", "abolished on 2023-03-31"),
        ];
        council::Entity::update_many()
            .col_expr(council::Column::PoliticalControl, "LABOUR".into())
            .col_expr(
                council::Column::ControlChangedOn,
                sea_orm::sea_query::Expr::value(day("2026-05-08")),
            )
            .filter(council::Column::GssCode.eq("E06000001"))
            .exec(db.conn())
            .await?;
        let dir = folder(&[
            ("political-control.csv", control.as_bytes()),
            ("leadership-changes.csv", changes.as_bytes()),
            ("delivery-bodies.csv", bodies.as_bytes()),
        ]);
        let faults = faults(db, dir.path()).await?;
        for (start, part) in expected_first {
            assert!(
                faults
                    .iter()
                    .any(|fault| fault.starts_with(start) && fault.contains(part)),
                "{start} … {part}\n{faults:#?}"
            );
        }
        assert_eq!(faults.len(), expected_first.len(), "{faults:#?}");
        Ok(())
    }
);
