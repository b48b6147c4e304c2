//! What a client of the crowd wants next, by what it can see in the database.

use anyhow::Context as _;
use entity::{
    assignment, challenge, conflict_decision, declared_interest,
    enums::{AssignmentStatus, DecisionStatus, InvitationState, Stage},
    invitation,
};
use peer_challenge::{
    db::Database,
    graphql::ids::{Kind, encode},
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{doors::Who, draw::Draw, plant::Field};

/// A mutation to send.
pub(super) struct Wish {
    pub(super) who: Who,
    pub(super) mutation: &'static str,
    pub(super) input: Value,
}

/// What everybody sees.
pub(super) struct View<'a> {
    pub(super) database: &'a Database,
    pub(super) field: &'a Field,
}

fn id(kind: Kind, key: Uuid) -> String {
    encode(kind, key).0
}

fn wish(mutation: &'static str, input: Value) -> Wish {
    Wish {
        who: Who::Programme,
        mutation,
        input,
    }
}

impl Wish {
    /// The document that asks for it.
    pub(super) fn query(&self) -> String {
        let mutation = self.mutation;
        let input = match mutation {
            "cancelChallenge" | "postponeChallenge" => "ChallengeSideMove".to_owned(),
            "resumeChallenge" => "ChallengeStep".to_owned(),
            _ => format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]),
        };
        let shows = match mutation {
            "nominatePeer" | "releaseNomination" | "replaceNomination" => "assignment",
            "declareInterest" | "withdrawInterest" => "declaredInterest",
            "decideConflict" => "decision",
            "answerInvitation" => "invitation",
            "proposeTeam" => "proposal",
            _ => "challenge",
        };
        format!(
            "mutation ($input: {input}Input!) {{ it: {mutation}(input: $input) {{ thing: {shows} {{ id }} userErrors {{ code }} }} }}"
        )
    }
}

impl View<'_> {
    /// Somebody's live place.
    async fn live(&self, draw: &mut Draw) -> anyhow::Result<Option<assignment::Model>> {
        let live = assignment::Entity::find()
            .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
            .all(self.database.reader())
            .await?;
        Ok(draw.maybe(&live).cloned())
    }

    pub(super) async fn challenge(&self, key: Uuid) -> anyhow::Result<challenge::Model> {
        let row = challenge::Entity::find_by_id(key).one(self.database.reader()).await?;
        row.context("a challenge")
    }

    /// What a client wants next, by what it can see now; that may be out of date when the request arrives.
    pub(super) async fn choose(&self, draw: &mut Draw) -> anyhow::Result<Option<Wish>> {
        let place = draw.one(&self.field.places);
        let (slot, role) = *draw.one(&place.slots);
        let person = *draw.one(&self.field.fitting(role));
        let window = *draw.one(&place.windows);
        let on_challenge = async || {
            let version = self.challenge(place.id).await?.version;
            anyhow::Ok(json!({ "challengeId": id(Kind::PeerChallenge, place.id), "expectedVersion": version }))
        };
        let chosen = match draw.below(100) {
            0..30 => wish(
                "nominatePeer",
                json!({
                    "slotId": id(Kind::TeamSlot, slot), "peerId": id(Kind::Peer, person),
                    "windowId": id(Kind::ChallengeWindow, self.challenge(place.id).await?.window_id.unwrap_or(window)),
                }),
            ),
            30..42 => {
                let Some(live) = self.live(draw).await? else {
                    return Ok(None);
                };
                let input = json!({
                    "assignmentId": id(Kind::Assignment, live.id), "expectedVersion": live.version, "reason": "Others too.",
                });
                wish("releaseNomination", input)
            }
            42..52 => {
                let Some(live) = self.live(draw).await? else {
                    return Ok(None);
                };
                let slots = self.field.places.iter().flat_map(|place| &place.slots);
                let role = slots.clone().find(|slot| slot.0 == live.slot_id).context("a slot")?.1;
                let input = json!({
                    "assignmentId": id(Kind::Assignment, live.id), "expectedVersion": live.version, "reason": "Better.",
                    "withPeerId": id(Kind::Peer, *draw.one(&self.field.fitting(role))),
                });
                wish("replaceNomination", input)
            }
            52..58 => {
                let mut input = on_challenge().await?;
                input["windowId"] = json!(id(Kind::ChallengeWindow, window));
                wish("chooseWindow", input)
            }
            58..63 => wish("confirmTeam", on_challenge().await?),
            63..67 => wish("inviteTeam", on_challenge().await?),
            67..75 => {
                let open = invitation::Entity::find()
                    .filter(invitation::Column::State.eq(InvitationState::Sent))
                    .all(self.database.reader())
                    .await?;
                let Some(row) = draw.maybe(&open) else { return Ok(None) };
                let mut input = json!({ "invitationId": id(Kind::Invitation, row.id), "expectedVersion": row.version });
                if draw.below(5) > 0 {
                    input["accept"] = json!(true);
                    input["declarationIsComplete"] = json!(true);
                } else {
                    input["accept"] = json!(false);
                    input["declineReason"] = json!("OTHER");
                    input["note"] = json!("Not this year.");
                }
                wish("answerInvitation", input)
            }
            75 => {
                let mut input = on_challenge().await?;
                // One only, or nobody would have anything left to do.
                input["challengeId"] = json!(id(Kind::PeerChallenge, self.field.places[0].id));
                input["expectedVersion"] = json!(self.challenge(self.field.places[0].id).await?.version);
                input["reason"] = json!("TEAM_NOT_VIABLE");
                wish("cancelChallenge", input)
            }
            76..80 => {
                let mut input = on_challenge().await?;
                input["reason"] = json!("ELECTION_PERIOD");
                wish("postponeChallenge", input)
            }
            80..84 => {
                let postponed = challenge::Entity::find()
                    .filter(challenge::Column::Stage.eq(Stage::Postponed))
                    .all(self.database.reader())
                    .await?;
                let Some(row) = draw.maybe(&postponed) else {
                    return Ok(None);
                };
                let input = json!({ "challengeId": id(Kind::PeerChallenge, row.id), "expectedVersion": row.version });
                wish("resumeChallenge", input)
            }
            // Anew each time, with other lots; it is applied by `applyTeamProposal`.
            84..88 => {
                let seed = draw.below(1_000);
                let input = json!({ "challengeId": id(Kind::PeerChallenge, place.id), "seed": seed });
                wish("proposeTeam", input)
            }
            88..92 => Wish {
                who: Who::Peer(person),
                mutation: "declareInterest",
                input: json!({
                    "peerId": id(Kind::Peer, person), "kind": draw.one(&["OTHER", "FINANCIAL", "PERSONAL"]),
                    "councilId": id(Kind::Council, place.host), "note": "To be said.",
                }),
            },
            92..96 => {
                let standing = declared_interest::Entity::find()
                    .filter(declared_interest::Column::WithdrawnAt.is_null())
                    .all(self.database.reader())
                    .await?;
                let Some(row) = draw.maybe(&standing) else {
                    return Ok(None);
                };
                Wish {
                    who: Who::Peer(row.peer_id),
                    mutation: "withdrawInterest",
                    input: json!({ "interestId": id(Kind::DeclaredInterest, row.id), "expectedVersion": row.version }),
                }
            }
            _ => {
                let open = conflict_decision::Entity::find()
                    .filter(conflict_decision::Column::Status.eq(DecisionStatus::Open))
                    .all(self.database.reader())
                    .await?;
                let Some(row) = draw.maybe(&open) else { return Ok(None) };
                let input = json!({
                    "decisionId": id(Kind::ConflictDecision, row.id), "expectedVersion": row.version,
                    "resolution": "STOP", "reason": "Not this time.",
                });
                wish("decideConflict", input)
            }
        };
        Ok(Some(chosen))
    }
}
