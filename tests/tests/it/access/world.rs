//! The prepared world: two challenges in two regions, a team with a history, secrets, and everybody who might look.
//!
//! Hartlepool (North East) has the lead, the member and the manager on its team and let somebody go; Brighton (South East)
//! has another lead. The lead declared a personal tie, the member's interest was waived, the host objected to the manager,
//! and Brighton's objection was upheld. Each reason carries a secret word.

use anyhow::Context as _;
use entity::enums::PeerRole;
use peer_challenge::{
    auth::ViewerRole,
    graphql::ids::{Kind, encode},
};
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{council, hub, peer, programme},
    people::Person,
};
use uuid::Uuid;

use crate::journey::{self, HARTLEPOOL, Journey, PEOPLE, text};

/// Host of the other challenge.
pub(super) const BRIGHTON: &str = "E06000043";
/// Home of the lead.
pub(super) const BATH: &str = "E06000022";
/// A council that has nothing to do with anything.
pub(super) const DERBY: &str = "E06000015";
/// Somebody of the host's region who used to work for the host.
const NORTHERNER: Person = Person::new("North-1", "E06000002", PeerRole::OperationalManager);

/// Secret words.
pub(super) const INTEREST: &str = "zebra-interest";
pub(super) const BLACKOUT: &str = "zebra-blackout";
pub(super) const RELEASE: &str = "zebra-release";
pub(super) const TIE: &str = "zebra-tie";
pub(super) const WAIVED: &str = "zebra-waived";
pub(super) const OBJECTION: &str = "zebra-objection";
pub(super) const RULING: &str = "zebra-ruling";
pub(super) const UPHELD: &str = "zebra-upheld";
pub(super) const FEEDBACK: &str = "zebra-feedback";

/// The world.
pub(super) struct Scene {
    pub(super) app: App,
    pub(super) facts: journey::World,
    /// Hartlepool's challenge and Brighton's.
    pub(super) challenge: String,
    pub(super) other_challenge: String,
    pub(super) slots: Vec<String>,
    pub(super) window: String,
    pub(super) lead: Uuid,
    pub(super) other_lead: Uuid,
    pub(super) member: Uuid,
    pub(super) manager: Uuid,
    pub(super) former: Uuid,
    pub(super) northerner: Uuid,
    /// Places of lead, member, manager, and the one who was let go.
    pub(super) places: Vec<String>,
    pub(super) proposal: String,
    pub(super) plan: String,
    pub(super) objection: String,
    pub(super) blackout: String,
    pub(super) interest: String,
    /// The North East, and the API key of its hub.
    pub(super) region: String,
    pub(super) api_key: String,
    /// What a whole life leaves behind, by type.
    pub(super) left: std::collections::BTreeMap<&'static str, String>,
}

/// Id of a person.
pub(super) fn person(key: Uuid) -> String {
    encode(Kind::Peer, key).0
}

impl Scene {
    /// Everybody who looks at the world; `None` is nobody in particular.
    pub(super) fn viewers(&self) -> Vec<(&'static str, Option<ViewerRole>)> {
        vec![
            ("programme", Some(programme())),
            ("hub", Some(hub("E12000001"))),
            ("keeper", Some(hub("E12000009"))),
            ("far-hub", Some(hub("E12000008"))),
            ("host", Some(council(HARTLEPOOL))),
            ("home", Some(council(BATH))),
            ("far-host", Some(council(BRIGHTON))),
            ("stranger", Some(council(DERBY))),
            ("self", Some(peer(self.lead))),
            ("mate", Some(peer(self.member))),
            ("former", Some(peer(self.former))),
            ("elsewhere", Some(peer(self.other_lead))),
            ("analyst", Some(ViewerRole::Analyst)),
            ("anonymous", None),
        ]
    }

    /// The only mutation `name`, which must succeed.
    pub(super) async fn change(
        app: &App,
        role: ViewerRole,
        name: &str,
        fields: &str,
        input: Value,
    ) -> anyhow::Result<Value> {
        let (first, rest) = name.split_at(1);
        let kind = match name {
            "offerAvailability" => "AvailabilityInput".to_owned(),
            _ => format!("{}{rest}Input", first.to_uppercase()),
        };
        let document = format!(
            "mutation ($input: {kind}!) {{ {name}(input: $input) {{ {fields} userErrors {{ code message field }} }} }}"
        );
        app.done(role, &document, json!({ "input": input })).await
    }

    pub(super) async fn prepare(db: &TestDb) -> anyhow::Result<Self> {
        let app = App::start(db).await?;
        let mut keys = Vec::new();
        for one in PEOPLE.into_iter().chain([NORTHERNER]) {
            keys.push(app.person(one).await?);
        }
        let [lead, other_lead, member, _, manager, former, northerner] = keys[..] else {
            anyhow::bail!("seven people")
        };
        let mut facts = journey::world(&app).await?;
        let hartlepool = facts.host.clone();
        let mut journey = Journey::request(&app, &facts, council(HARTLEPOOL)).await?;
        journey.until_team_building(&app, &facts, HARTLEPOOL).await?;
        facts.host = facts.council(&app, BRIGHTON).await?;
        let mut far = Journey::request(&app, &facts, council(BRIGHTON)).await?;
        far.until_team_building(&app, &facts, BRIGHTON).await?;
        facts.host = hartlepool;

        let tie = json!({ "peerId": person(northerner), "kind": "EMPLOYMENT", "councilId": facts.host,
            "startsOn": "2020-01-01", "endsOn": "2024-03-31" });
        Self::change(&app, programme(), "addAffiliation", "affiliation { id }", tie).await?;
        let ask = json!({ "challengeId": journey.id });
        let proposal = Self::change(&app, programme(), "proposeTeam", "proposal { id }", ask).await?;

        let parts = "query ($id: ID!) { node(id: $id) { ... on PeerChallenge { slots { id } windows { id } } } }";
        let own = app.data(programme(), parts, json!({ "id": journey.id })).await?;
        let theirs = app.data(programme(), parts, json!({ "id": far.id })).await?;
        let ids = |list: &Value| {
            list.as_array()
                .into_iter()
                .flatten()
                .map(|one| text(&one["id"]))
                .collect::<anyhow::Result<Vec<_>>>()
        };
        let slots = ids(&own["node"]["slots"])?;
        let window = text(&own["node"]["windows"][0]["id"])?;
        let nominate = async |slot: &str, peer: Uuid, window: &str| {
            let input = json!({ "slotId": slot, "peerId": person(peer), "windowId": window });
            let payload = Self::change(&app, programme(), "nominatePeer", "assignment { id }", input).await?;
            text(&payload["assignment"]["id"])
        };
        let gone = nominate(&slots[2], former, &window).await?;
        let release = json!({ "assignmentId": gone, "expectedVersion": 1, "reason": RELEASE });
        Self::change(&app, programme(), "releaseNomination", "assignment { id }", release).await?;
        let mut places = Vec::new();
        for (slot, peer) in slots.iter().zip([lead, member, manager]) {
            places.push(nominate(slot, peer, &window).await?);
        }
        places.push(gone);
        let far_slot = text(&theirs["node"]["slots"][0]["id"])?;
        let far_place = nominate(&far_slot, other_lead, &text(&theirs["node"]["windows"][0]["id"])?).await?;

        let mut scene = Self {
            challenge: journey.id,
            other_challenge: far.id,
            slots,
            window,
            lead,
            other_lead,
            member,
            manager,
            former,
            northerner,
            places,
            proposal: text(&proposal["proposal"]["id"])?,
            plan: String::new(),
            objection: String::new(),
            blackout: String::new(),
            interest: String::new(),
            region: String::new(),
            api_key: String::new(),
            left: std::collections::BTreeMap::new(),
            app,
            facts,
        };
        scene.conflicts(&far_place).await?;
        scene.keys().await?;
        scene.body().await?;
        scene.planned().await?;
        scene.lived().await?;
        Ok(scene)
    }

    /// Interests, blackouts, objections, and what was decided about them.
    async fn conflicts(&mut self, far_place: &str) -> anyhow::Result<()> {
        let app = &self.app;
        let closed = json!({ "peerId": person(self.lead), "startsOn": "2027-05-03", "endsOn": "2027-05-05", "reason": BLACKOUT });
        let closed = Self::change(app, peer(self.lead), "addBlackout", "blackoutPeriod { id }", closed).await?;
        let election = json!({ "councilId": self.facts.host, "startsOn": "2027-05-06", "endsOn": "2027-05-06", "reason": "Elections." });
        Self::change(app, programme(), "addBlackout", "blackoutPeriod { id }", election).await?;
        let wish = json!({ "peerId": person(self.lead), "expectedVersion": 1, "capacity": 3 });
        Self::change(app, peer(self.lead), "updatePeer", "peer { id }", wish).await?;

        let interest = async |key: Uuid, kind: &str, note: &str| {
            let input = json!({ "peerId": person(key), "kind": kind, "councilId": self.facts.host, "note": note });
            Self::change(app, peer(key), "declareInterest", "declaredInterest { id }", input).await
        };
        let declared = interest(self.lead, "PERSONAL", INTEREST).await?;
        interest(self.member, "OTHER", TIE).await?;
        let open = "query ($id: ID!) { node(id: $id) { ... on PeerChallenge { decisions { nodes { id version peer { id } } } } } }";
        let open = app.data(programme(), open, json!({ "id": self.challenge })).await?;
        let decisions = open["node"]["decisions"]["nodes"].as_array().context("decisions")?;
        let about = decisions.iter().find(|one| one["peer"]["id"] == person(self.member));
        let about = about.context("a decision about the member")?;
        let waive = json!({ "decisionId": about["id"], "expectedVersion": about["version"], "resolution": "WAIVE",
            "expiresOn": "2027-03-10", "reason": WAIVED });
        Self::change(app, programme(), "decideConflict", "decision { id }", waive).await?;

        let object = async |role: ViewerRole, place: &str| {
            let input = json!({ "assignmentId": place, "reasonCode": "PERSONAL_TIE", "reason": OBJECTION });
            let payload = Self::change(app, role, "objectToPeer", "objection { id }", input).await?;
            text(&payload["objection"]["id"])
        };
        let rule = async |objection: &str, ruling: &str, reason: &str| {
            let input = json!({ "objectionId": objection, "expectedVersion": 1, "ruling": ruling, "reason": reason });
            Self::change(app, programme(), "decideObjection", "objection { id }", input).await
        };
        rule(&object(council(HARTLEPOOL), &self.places[2]).await?, "REJECT", RULING).await?;
        rule(&object(council(BRIGHTON), far_place).await?, "UPHOLD", UPHELD).await?;
        let objection = object(council(HARTLEPOOL), &self.places[2]).await?;
        (self.blackout, self.interest) = (
            text(&closed["blackoutPeriod"]["id"])?,
            text(&declared["declaredInterest"]["id"])?,
        );
        self.objection = objection;
        Ok(())
    }

    /// A plan of the season, and one changed by hand.
    async fn planned(&mut self) -> anyhow::Result<()> {
        let ask = json!({ "programmeId": self.facts.programme, "seasonId": self.facts.season, "rounds": 2 });
        let asked = Self::change(&self.app, programme(), "planSeason", "plan { id }", ask).await?;
        self.app.worker.drain().await?;
        self.plan = text(&asked["plan"]["id"])?;
        let state = "query ($id: ID!) { node(id: $id) { ... on SeasonPlan { state error } } }";
        let state = self.app.data(programme(), state, json!({ "id": self.plan })).await?;
        anyhow::ensure!(state["node"]["state"] == "DONE", "{state:#}");
        let still =
            json!({ "planId": self.plan, "moves": [{ "challengeId": self.challenge, "windowId": self.window }] });
        Self::change(&self.app, programme(), "editSeasonPlan", "plan { id }", still).await?;
        Ok(())
    }

    /// A body that runs the services of the council that has nothing to do with anything.
    async fn body(&self) -> anyhow::Result<()> {
        let derby = self.facts.council(&self.app, DERBY).await?;
        let new = json!({ "name": "Example Trust", "kind": "TRUST", "services": [{ "councilId": derby }] });
        Self::change(&self.app, programme(), "createDeliveryBody", "deliveryBody { id }", new).await?;
        Ok(())
    }

    /// API keys of two hubs.
    async fn keys(&mut self) -> anyhow::Result<()> {
        let regions = self
            .app
            .data(programme(), "{ regions { id gssCode } }", json!({}))
            .await?;
        let regions = regions["regions"].as_array().context("regions")?;
        for code in ["E12000008", "E12000001"] {
            let region = regions
                .iter()
                .find(|region| region["gssCode"] == code)
                .context("a region")?;
            let new = json!({ "name": code, "regionIds": [region["id"]], "scope": "READ", "expiresAt": "2027-11-01T00:00:00Z" });
            let payload = Self::change(&self.app, programme(), "createApiKey", "apiKey { id }", new).await?;
            (self.region, self.api_key) = (text(&region["id"])?, text(&payload["apiKey"]["id"])?);
        }
        Ok(())
    }

    /// The first id of a list on Hartlepool's challenge, as the programme sees it.
    pub(super) async fn first(&self, list: &str, of: Uuid) -> anyhow::Result<String> {
        let document = format!(
            "query ($id: ID!) {{ node(id: $id) {{ ... on PeerChallenge {{ {list} {{ nodes {{ id peer {{ id }} }} }} }} }} }}"
        );
        let data = self
            .app
            .data(programme(), &document, json!({ "id": self.challenge }))
            .await?;
        let found = data["node"][list]["nodes"].as_array().context("a list")?;
        let found = found
            .iter()
            .find(|one| one["peer"]["id"] == person(of))
            .with_context(|| format!("no {list}"))?;
        text(&found["id"])
    }
}
