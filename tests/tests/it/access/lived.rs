//! What a life leaves behind, in the world of the access tables.

use anyhow::Context as _;
use entity::enums::{
    ActionStatus, DocumentAudience, DocumentClass, DocumentKind, EditStatus, EvaluationKind, FindingKind,
    InvitationState, NoticeKind,
};
use peer_challenge::{
    graphql::ids::{Kind, decode, encode},
    notice::{Notice, Reader, tell},
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use support::app::programme;
use uuid::Uuid;

use super::world::{FEEDBACK, Scene};
use crate::database::world::insert;

impl Scene {
    /// One of everything that a life leaves behind, on Hartlepool's challenge, put there directly: its team is still being built.
    pub(super) async fn lived(&mut self) -> anyhow::Result<()> {
        let act = self.app.act();
        let (at, today) = (act.at, act.today);
        let conn = self.app.database.writer();
        let key = |id: &str| decode(&async_graphql::ID(id.to_owned())).map_or_else(Uuid::nil, |(_, key)| key);
        let challenge_id = key(&self.challenge);
        let line = entity::line_of_enquiry::Entity::find()
            .filter(entity::line_of_enquiry::Column::ChallengeId.eq(challenge_id))
            .one(conn)
            .await?
            .context("a line of enquiry")?;
        // Everybody on the team has said that they come; only those see what belongs to the visit.
        entity::assignment::Entity::update_many()
            .col_expr(
                entity::assignment::Column::Status,
                Expr::value(entity::enums::AssignmentStatus::Accepted.as_str()),
            )
            .filter(entity::assignment::Column::ChallengeId.eq(challenge_id))
            .filter(entity::assignment::Column::Status.eq(entity::enums::AssignmentStatus::Nominated))
            .exec(conn)
            .await?;
        let later = today + chrono::Days::new(100);
        let document = entity::challenge_document::Model {
            id: act.id(),
            challenge_id,
            kind: DocumentKind::PositionStatement,
            title: "Statement".to_owned(),
            url: "https://host.example/statement".to_owned(),
            purpose: "Where we stand".to_owned(),
            audience: DocumentAudience::Team,
            class: DocumentClass::Ordinary,
            expires_on: later,
            added_by: "host".to_owned(),
            added_at: at,
            removed_at: None,
            version: 1,
            created_at: at,
            updated_at: at,
        };
        let session = entity::fieldwork_session::Model {
            id: act.id(),
            challenge_id,
            title: "First day".to_owned(),
            room: Some("Room 1".to_owned()),
            with_whom: Some("Director".to_owned()),
            is_team_call: true,
            starts_at: at,
            ends_at: at + chrono::TimeDelta::hours(1),
            removed_at: None,
            version: 1,
            created_at: at,
            updated_at: at,
        };
        let finding = entity::finding::Model {
            id: act.id(),
            challenge_id,
            line_id: line.id,
            kind: FindingKind::Strength,
            text: "A strong front door".to_owned(),
            recorded_by: "lead".to_owned(),
            recorded_by_peer_id: Some(self.lead),
            recorded_at: at,
            withdrawn_at: None,
            version: 1,
            created_at: at,
            updated_at: at,
        };
        let risk = entity::immediate_risk::Model {
            id: act.id(),
            challenge_id,
            what: "A locked fire door".to_owned(),
            raised_by: "lead".to_owned(),
            raised_at: at,
            told_name: None,
            told_at: None,
            told_by: None,
            version: 1,
            created_at: at,
            updated_at: at,
        };
        let report = entity::report::Model {
            id: act.id(),
            challenge_id,
            feedback_on: today,
            presentation_url: None,
            summary: Some("In short".to_owned()),
            facts_checked_at: None,
            facts_checked_by: None,
            host_agreed_at: None,
            host_agreed_by: None,
            programme_agreed_at: None,
            programme_agreed_by: None,
            published_on: None,
            url: None,
            plan_url: None,
            reviewed_on: None,
            review_note: None,
            version: 1,
            created_at: at,
            updated_at: at,
        };
        let recommendation = entity::recommendation::Model {
            id: act.id(),
            challenge_id,
            position: 1,
            text: "Go on".to_owned(),
            version: 1,
            created_at: at,
            updated_at: at,
        };
        let ground = entity::recommendation_finding::Model {
            recommendation_id: recommendation.id,
            finding_id: finding.id,
        };
        let edit = entity::accuracy_edit::Model {
            id: act.id(),
            challenge_id,
            recommendation_id: Some(recommendation.id),
            original: "Go on".to_owned(),
            proposed: "Go on as before".to_owned(),
            reason: "Clearer".to_owned(),
            status: EditStatus::Open,
            proposed_by: "host".to_owned(),
            proposed_at: at,
            decided_by: None,
            decided_at: None,
            decision_note: None,
            version: 1,
            created_at: at,
            updated_at: at,
        };
        let action = entity::plan_action::Model {
            id: act.id(),
            challenge_id,
            recommendation_id: recommendation.id,
            text: "We go on".to_owned(),
            owner: "Director".to_owned(),
            due_on: later,
            status: ActionStatus::NotStarted,
            version: 1,
            created_at: at,
            updated_at: at,
        };
        let evaluation = |kind, about: Option<Uuid>, by: &str| entity::evaluation::Model {
            id: act.id(),
            challenge_id,
            kind,
            about_peer_id: about,
            by_subject: by.to_owned(),
            by_peer_id: None,
            score: 4,
            comment: Some(FEEDBACK.to_owned()),
            given_at: at,
        };
        let invitation = entity::invitation::Model {
            id: act.id(),
            assignment_id: key(&self.places[0]),
            challenge_id,
            peer_id: self.lead,
            state: InvitationState::Sent,
            answer_by: later,
            sent_by: "programme".to_owned(),
            sent_at: at,
            answered_at: None,
            answered_by: None,
            decline_reason: None,
            note: None,
            version: 1,
            created_at: at,
            updated_at: at,
        };
        for (name, kind, id) in [
            ("document", Kind::ChallengeDocument, document.id),
            ("session", Kind::FieldworkSession, session.id),
            ("finding", Kind::Finding, finding.id),
            ("risk", Kind::ImmediateRisk, risk.id),
            ("recommendation", Kind::Recommendation, recommendation.id),
            ("edit", Kind::AccuracyEdit, edit.id),
            ("action", Kind::PlanAction, action.id),
            ("invitation", Kind::Invitation, invitation.id),
        ] {
            self.left.insert(name, encode(kind, id).0);
        }
        insert(conn, document).await?;
        insert(conn, session).await?;
        insert(conn, finding).await?;
        insert(conn, risk).await?;
        insert(conn, report).await?;
        insert(conn, recommendation).await?;
        insert(conn, ground).await?;
        insert(conn, edit).await?;
        insert(conn, action).await?;
        insert(conn, evaluation(EvaluationKind::HostOnTeam, None, "the host")).await?;
        insert(conn, evaluation(EvaluationKind::OnPeer, Some(self.member), "the host")).await?;
        insert(conn, invitation).await?;
        let readers = [
            Reader::Programme,
            Reader::Host(key(&self.facts.host)),
            Reader::Hub(key(&self.region)),
            Reader::Peer(self.lead),
        ];
        // Of a region: no viewer gets letters there.
        let address = serde_json::json!({ "regionId": self.region, "email": "hub@example.org" });
        Self::change(&self.app, programme(), "setNotificationContact", "email", address).await?;
        let notice = Notice::new(NoticeKind::DueSoon, "access".to_owned(), "Something is due.".to_owned());
        let notice = notice
            .of_challenge(challenge_id)
            .due(today)
            .of_milestone("TRIAGE".to_owned());
        tell(conn, &act, &readers, &notice)
            .await
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        Ok(())
    }
}
