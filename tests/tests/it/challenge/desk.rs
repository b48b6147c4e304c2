//! A schema of the aggregates that a challenge needs, over a database with the real councils, and shorthands for its verbs.

use std::sync::Arc;

use anyhow::Context as _;
use async_graphql::{EmptySubscription, MergedObject, Request, Schema, Variables};
use chrono::NaiveDate;
use entity::{council, programme, theme};
use peer_challenge::{
    auth::{Viewer, ViewerRole},
    challenge::{mutations::ChallengeMutation, queries::ChallengeQuery},
    clock::{Clock, ManualClock},
    council::queries::CouncilQuery,
    graphql::{
        context::Act,
        ids::{Kind, decode, encode},
        loader::loaders,
    },
    ids::{IdGenerator, SeededIds},
    import::reference,
    programme::{mutations::ProgrammeMutation, queries::ProgrammeQuery},
    season::service::{NewSeason, create},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use support::TestDb;
use uuid::Uuid;

#[derive(Default, MergedObject)]
pub(super) struct Query(ChallengeQuery, CouncilQuery, ProgrammeQuery);

#[derive(Default, MergedObject)]
pub(super) struct Mutation(ChallengeMutation, ProgrammeMutation);

/// Everything that a test of challenges works with. The day is Sunday 22 November 2026 until somebody moves the clock.
pub(super) struct Desk<'a> {
    pub(super) db: &'a TestDb,
    pub(super) clock: Arc<ManualClock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    schema: Schema<Query, Mutation, EmptySubscription>,
    pub(super) season: String,
    pub(super) programme: String,
    pub(super) themes: Vec<String>,
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn viewer(role: ViewerRole) -> Viewer {
    Viewer::new(format!("{}@test", role.code().to_lowercase()), role)
}

pub(super) fn national() -> Viewer {
    viewer(ViewerRole::Programme)
}

pub(super) fn council_of(code: &str) -> Viewer {
    viewer(ViewerRole::Council {
        council: code.to_owned(),
    })
}

pub(super) const HARTLEPOOL: &str = "E06000001";
pub(super) const BRISTOL: &str = "E06000023";
pub(super) const NORTH_EAST: &str = "E12000001";

impl<'a> Desk<'a> {
    pub(super) async fn open(db: &'a TestDb) -> anyhow::Result<Self> {
        let clock = Arc::new(ManualClock::on(day("2026-11-22")));
        let ids: Arc<dyn IdGenerator> = Arc::new(SeededIds::new(clock.clone(), 7));
        let tx = db.database().begin().await?;
        reference::load(&tx, &*clock, &*ids).await?;
        let act = Act::new(national(), &*clock, ids.clone());
        let seeded = peer_challenge::programme::seed::load(&tx, &act, day("2020-01-01")).await;
        anyhow::ensure!(seeded.is_ok(), "programmes");
        let new = NewSeason {
            name: "2026/27".to_owned(),
            starts_on: day("2026-04-01"),
            ends_on: day("2027-09-30"),
        };
        let Ok(season) = create(&tx, &act, new).await else {
            anyhow::bail!("season")
        };
        tx.commit().await?;
        let reader = db.database().reader();
        let programme = programme::Entity::find()
            .filter(programme::Column::Code.eq("CSPC"))
            .one(reader)
            .await?;
        let themes = theme::Entity::find()
            .order_by_asc(theme::Column::Code)
            .all(reader)
            .await?;
        let schema = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
            .data(db.database().clone())
            .data(clock.clone() as Arc<dyn Clock>)
            .data(ids.clone())
            .finish();
        Ok(Self {
            db,
            clock,
            ids,
            schema,
            season: encode(Kind::Season, season.id).0,
            programme: encode(Kind::Programme, programme.context("CSPC")?.id).0,
            themes: themes.into_iter().map(|row| encode(Kind::Theme, row.id).0).collect(),
        })
    }

    /// The whole response.
    pub(super) async fn response(&self, viewer: &Viewer, document: &str, variables: Value) -> async_graphql::Response {
        let request = Request::new(document)
            .variables(Variables::from_json(variables))
            .data(viewer.clone())
            .data(loaders(self.db.database().clone(), Some(viewer.clone())));
        self.schema.execute(request).await
    }

    /// The data of a response without top-level errors.
    pub(super) async fn ask(&self, viewer: &Viewer, document: &str, variables: Value) -> anyhow::Result<Value> {
        let response = self.response(viewer, document, variables).await;
        anyhow::ensure!(response.errors.is_empty(), "{:?}", response.errors);
        Ok(response.data.into_json()?)
    }

    /// The payload of a mutation.
    pub(super) async fn tell(&self, viewer: &Viewer, mutation: &str, input: Value) -> anyhow::Result<Value> {
        let mut kind = mutation[..1].to_uppercase();
        kind.push_str(&mutation[1..]);
        let kind = match mutation {
            "submitChallenge" | "startScoping" | "completeScope" | "startTeamBuilding" | "resumeChallenge" => {
                "ChallengeStep".to_owned()
            }
            "withdrawChallenge" | "postponeChallenge" | "cancelChallenge" => "ChallengeSideMove".to_owned(),
            _ => kind,
        };
        let warnings = ["startScoping", "setScope", "resumeChallenge"].contains(&mutation);
        let warnings = if warnings { "warnings { code message }" } else { "" };
        let document = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{
                challenge {{ id reference stage version nextStages startsOn policy {{ number }}
                    sideState {{ reason note resumesTo }} signOff {{ leadMemberName }}
                    slots {{ id position role isLead themes {{ code }} }} windows {{ id startsOn }} }}
                {warnings}
                userErrors {{ code message field allowed }} }} }}"
        );
        Ok(self.ask(viewer, &document, json!({ "input": input })).await?[mutation].take())
    }

    /// The challenge after a mutation that must succeed.
    pub(super) async fn done(&self, viewer: &Viewer, mutation: &str, input: Value) -> anyhow::Result<Value> {
        let mut payload = self.tell(viewer, mutation, input).await?;
        anyhow::ensure!(
            payload["userErrors"] == json!([]),
            "{mutation}: {}",
            payload["userErrors"]
        );
        Ok(payload["challenge"].take())
    }

    /// Codes and paths of the refusals of a mutation that must be refused.
    pub(super) async fn refused(&self, viewer: &Viewer, mutation: &str, input: Value) -> anyhow::Result<Vec<String>> {
        let payload = self.tell(viewer, mutation, input).await?;
        anyhow::ensure!(payload["challenge"].is_null(), "{mutation} was not refused: {payload}");
        let errors = payload["userErrors"].as_array().context("userErrors")?;
        Ok(errors
            .iter()
            .map(|error| {
                let path: Vec<&str> = error["field"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                format!("{} {}", error["code"].as_str().unwrap_or(""), path.join("."))
                    .trim()
                    .to_owned()
            })
            .collect())
    }

    pub(super) async fn council(&self, code: &str) -> anyhow::Result<String> {
        let row = council::Entity::find()
            .filter(council::Column::GssCode.eq(code))
            .one(self.db.database().reader())
            .await?;
        Ok(encode(Kind::Council, row.context("council")?.id).0)
    }

    /// A request of this host with two windows in June and July 2027.
    pub(super) async fn request(&self, host: &str) -> anyhow::Result<Value> {
        Ok(json!({
            "hostId": self.council(host).await?,
            "programmeId": self.programme,
            "seasonId": self.season,
            "strand": "PEER_CHALLENGE",
            "reason": "The front door is under pressure.",
            "themes": [{ "themeId": self.themes[0], "weight": 3 }, { "themeId": self.themes[1] }],
            "windows": [
                { "startsOn": "2027-06-07", "endsOn": "2027-06-10", "preference": 100 },
                { "startsOn": "2027-07-05", "endsOn": "2027-07-07" },
            ],
            "sponsor": { "name": "A. Sponsor", "role": "Director of children's services" },
        }))
    }

    /// A scope for the challenge: five slots, one lead.
    pub(super) fn scope(&self, challenge: &Value) -> Value {
        let slot = |role: &str, is_lead: bool| json!({ "role": role, "isLead": is_lead, "themeIds": [self.themes[0]] });
        json!({
            "challengeId": challenge["id"],
            "expectedVersion": challenge["version"],
            "themes": [{ "themeId": self.themes[0], "weight": 5 }],
            "linesOfEnquiry": [{ "question": "Is help early enough?", "themeId": self.themes[0] }],
            "slots": [
                slot("DIRECTOR_OF_CHILDRENS_SERVICES", true),
                slot("MEMBER_PEER", false),
                slot("CHIEF_EXECUTIVE", false),
                slot("OPERATIONAL_MANAGER", false),
                slot("HEALTH_PARTNER", false),
            ],
            "windows": [{ "startsOn": "2027-06-07", "endsOn": "2027-06-10", "preference": 100 }],
            "deliveryMode": "ON_SITE",
            "organiser": "O. Organiser",
        })
    }

    /// A challenge of this host taken to SCOPED by the real verbs.
    pub(super) async fn scoped(&self, host: &str) -> anyhow::Result<Value> {
        let mut input = self.request(host).await?;
        input["submit"] = json!(true);
        let row = self.done(&national(), "requestChallenge", input).await?;
        let row = self.done(&national(), "triageChallenge", accept(&row)).await?;
        let row = self.done(&national(), "startScoping", step(&row)).await?;
        let row = self.done(&national(), "setScope", self.scope(&row)).await?;
        self.done(&national(), "completeScope", step(&row)).await
    }
}

/// The input of a plain step.
pub(super) fn step(challenge: &Value) -> Value {
    json!({ "challengeId": challenge["id"], "expectedVersion": challenge["version"] })
}

/// The input of a side move.
pub(super) fn because(challenge: &Value, reason: &str) -> Value {
    json!({ "challengeId": challenge["id"], "expectedVersion": challenge["version"], "reason": reason })
}

/// A triage that accepts.
pub(super) fn accept(challenge: &Value) -> Value {
    json!({
        "challengeId": challenge["id"],
        "expectedVersion": challenge["version"],
        "decision": "ACCEPT",
        "fundingAgreed": true,
    })
}

/// A sign-off today.
pub(super) fn endorse(challenge: &Value) -> Value {
    json!({
        "challengeId": challenge["id"],
        "expectedVersion": challenge["version"],
        "leadMemberName": "L. Member",
        "chiefExecutiveName": "C. Executive",
        "signedOn": "2026-11-22",
    })
}

/// The key behind a challenge's id.
pub(super) fn key(challenge: &Value) -> Uuid {
    let id = async_graphql::ID(challenge["id"].as_str().unwrap().to_owned());
    decode(&id).unwrap().1
}
