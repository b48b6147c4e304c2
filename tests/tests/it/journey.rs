//! The whole life of a request up to TEAM_CONFIRMED, played over HTTP by three roles, on both engines; and what a late
//! fact does to a confirmed team.

use anyhow::Context as _;
use entity::enums::PeerRole;
use peer_challenge::{
    auth::ViewerRole,
    import::{folder, store::bulk::Silent},
    team::late::{self, Touched},
};
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{council, peer, programme},
    on_both,
    people::Person,
};
use uuid::Uuid;

pub(crate) const HARTLEPOOL: &str = "E06000001";

/// A team's worth of people from as many regions, and one reserve for each place.
pub(crate) const PEOPLE: [Person; 6] = [
    Person {
        reference: "Lead-1",
        home: "E06000022",
        role: PeerRole::DirectorOfChildrensServices,
        themes: &["LEADERSHIP"],
        served: true,
    },
    Person {
        reference: "Lead-2",
        home: "E09000002",
        role: PeerRole::DirectorOfChildrensServices,
        themes: &[],
        served: true,
    },
    Person::new("Member-1", "E06000008", PeerRole::MemberPeer),
    Person::new("Member-2", "E06000031", PeerRole::MemberPeer),
    Person::new("Manager-1", "E06000016", PeerRole::OperationalManager),
    Person::new("Manager-2", "E06000021", PeerRole::OperationalManager),
];

/// A challenge on its way, as the roles see it.
pub(crate) struct Journey {
    /// Its public id.
    pub(crate) id: String,
    /// Its version.
    pub(crate) version: i64,
}

pub(crate) fn text(value: &Value) -> anyhow::Result<String> {
    Ok(value.as_str().with_context(|| format!("no text: {value}"))?.to_owned())
}

/// The id of the first of `nodes` whose `key` is `wanted`.
pub(crate) fn id_where(nodes: &Value, key: &str, wanted: &str) -> anyhow::Result<String> {
    let found = nodes.as_array().into_iter().flatten().find(|node| node[key] == wanted);
    text(&found.with_context(|| format!("no {wanted} in {nodes}"))?["id"])
}

/// What requests refer to.
pub(crate) struct World {
    pub(crate) host: String,
    pub(crate) programme: String,
    pub(crate) season: String,
    pub(crate) theme: String,
}

pub(crate) async fn world(app: &App) -> anyhow::Result<World> {
    let create = "mutation ($input: CreateSeasonInput!) { createSeason(input: $input) { season { id } userErrors { code message } } }";
    let input = json!({ "name": "2026/27", "startsOn": "2026-04-01", "endsOn": "2027-03-31" });
    let season = app.done(programme(), create, json!({ "input": input })).await?;
    let facts = app
        .data(
            council(HARTLEPOOL),
            r#"{ councilByGssCode(gssCode: "E06000001") { id } programmes { id code } themes { id code } }"#,
            json!({}),
        )
        .await?;
    Ok(World {
        host: text(&facts["councilByGssCode"]["id"])?,
        programme: id_where(&facts["programmes"], "code", "CSPC")?,
        season: text(&season["season"]["id"])?,
        theme: id_where(&facts["themes"], "code", "LEADERSHIP")?,
    })
}

impl World {
    /// The public id of a council.
    pub(crate) async fn council(&self, app: &App, gss_code: &str) -> anyhow::Result<String> {
        let query = "query ($code: String!) { councilByGssCode(gssCode: $code) { id } }";
        let seen = app.data(programme(), query, json!({ "code": gss_code })).await?;
        text(&seen["councilByGssCode"]["id"])
    }
}

impl Journey {
    /// The host asks and submits.
    pub(crate) async fn request(app: &App, world: &World, role: ViewerRole) -> anyhow::Result<Self> {
        let query = "mutation ($input: RequestChallengeInput!) {
            requestChallenge(input: $input) { challenge { id stage version } userErrors { code message field } } }";
        let input = json!({
            "hostId": world.host, "programmeId": world.programme, "seasonId": world.season,
            "strand": "PEER_CHALLENGE", "reason": "We want to know whether our front door works.",
            "themes": [{ "themeId": world.theme, "weight": 40 }],
            "windows": [
                { "startsOn": "2027-03-01", "endsOn": "2027-03-04", "preference": 80 },
                { "startsOn": "2027-03-15", "endsOn": "2027-03-18", "preference": 60 },
            ],
            "submit": true,
        });
        let payload = app.done(role, query, json!({ "input": input })).await?;
        let challenge = &payload["challenge"];
        assert_eq!(challenge["stage"], "SUBMITTED");
        Ok(Self {
            id: text(&challenge["id"])?,
            version: challenge["version"].as_i64().context("a version")?,
        })
    }

    /// One mutation on the challenge; afterwards it must be in `stage`.
    pub(crate) async fn step(
        &mut self,
        app: &App,
        role: ViewerRole,
        mutation: &str,
        input_type: &str,
        mut input: Value,
        stage: &str,
    ) -> anyhow::Result<()> {
        let query = format!(
            "mutation ($input: {input_type}!) {{ {mutation}(input: $input) {{
                challenge {{ stage version }} userErrors {{ code message field allowed }} }} }}"
        );
        input["challengeId"] = json!(self.id);
        input["expectedVersion"] = json!(self.version);
        let payload = app.done(role, &query, json!({ "input": input })).await?;
        assert_eq!(payload["challenge"]["stage"], stage, "{mutation}");
        self.version = payload["challenge"]["version"].as_i64().context("a version")?;
        Ok(())
    }

    /// From SUBMITTED to SCOPED, by the programme.
    pub(crate) async fn until_scoped(&mut self, app: &App, world: &World) -> anyhow::Result<()> {
        let accept = json!({ "decision": "ACCEPT", "fundingAgreed": true });
        self.step(
            app,
            programme(),
            "triageChallenge",
            "TriageChallengeInput",
            accept,
            "TRIAGED",
        )
        .await?;
        self.step(
            app,
            programme(),
            "startScoping",
            "ChallengeStepInput",
            json!({}),
            "SCOPING",
        )
        .await?;
        let scope = json!({
            "themes": [{ "themeId": world.theme, "weight": 40 }],
            "linesOfEnquiry": [{ "question": "Is the front door safe and swift?", "themeId": world.theme }],
            "slots": [
                { "role": "DIRECTOR_OF_CHILDRENS_SERVICES", "isLead": true },
                { "role": "MEMBER_PEER" },
                { "role": "OPERATIONAL_MANAGER" },
            ],
            "windows": [
                { "startsOn": "2027-03-01", "endsOn": "2027-03-04", "preference": 80 },
                { "startsOn": "2027-03-15", "endsOn": "2027-03-18", "preference": 60 },
            ],
            "deliveryMode": "ON_SITE",
            "organiser": "Olivia Organiser",
            "adviser": "Ade Adviser",
            "manager": "Morgan Manager",
        });
        self.step(app, programme(), "setScope", "SetScopeInput", scope, "SCOPING")
            .await?;
        self.step(
            app,
            programme(),
            "completeScope",
            "ChallengeStepInput",
            json!({}),
            "SCOPED",
        )
        .await
    }

    /// From SUBMITTED to TEAM_BUILDING, by the programme and the host.
    pub(crate) async fn until_team_building(&mut self, app: &App, world: &World, host: &str) -> anyhow::Result<()> {
        self.until_scoped(app, world).await?;
        let sign = json!({
            "leadMemberName": "Cllr Lee Member", "chiefExecutiveName": "Chris Executive", "signedOn": support::app::TODAY,
        });
        self.step(app, council(host), "signOffScope", "SignOffScopeInput", sign, "SCOPED")
            .await?;
        self.step(
            app,
            programme(),
            "startTeamBuilding",
            "ChallengeStepInput",
            json!({}),
            "TEAM_BUILDING",
        )
        .await
    }

    /// Proposes a team and applies the proposal; returns its answer.
    pub(crate) async fn propose_and_apply(&mut self, app: &App) -> anyhow::Result<Value> {
        let propose = "mutation ($input: ProposeTeamInput!) { proposeTeam(input: $input) {
            proposal { id proven value { filled points } bound { filled points } places { holder { peer { id name } } reserves { peer { name } } } }
            userErrors { code message } } }";
        let payload = app
            .done(programme(), propose, json!({ "input": { "challengeId": self.id } }))
            .await?;
        let proposal = payload["proposal"].clone();
        let apply = "mutation ($input: ApplyTeamProposalInput!) { applyTeamProposal(input: $input) {
            challenge { version } userErrors { code message } } }";
        let applied = app
            .done(
                programme(),
                apply,
                json!({ "input": { "proposalId": proposal["id"], "expectedVersion": self.version } }),
            )
            .await?;
        self.version = applied["challenge"]["version"].as_i64().context("a version")?;
        Ok(proposal)
    }

    /// Invites whoever is only nominated, and lets everybody who is asked say yes.
    pub(crate) async fn agree(&mut self, app: &App) -> anyhow::Result<()> {
        let seen = "query ($id: ID!) { node(id: $id) { ... on PeerChallenge { version assignments(live: true) { nodes { status } }
            invitations { id version state } } } }";
        let look = async || app.data(programme(), seen, json!({ "id": self.id })).await;
        let before = look().await?;
        if before.to_string().contains("NOMINATED") {
            let invite =
                "mutation ($input: InviteTeamInput!) { inviteTeam(input: $input) { userErrors { code message } } }";
            let input = json!({ "challengeId": self.id, "expectedVersion": before["node"]["version"] });
            app.done(programme(), invite, json!({ "input": input })).await?;
        }
        let found = look().await?;
        let answer = "mutation ($input: AnswerInvitationInput!) { answerInvitation(input: $input) { userErrors { code message } } }";
        let invitations = found["node"]["invitations"].as_array().context("invitations")?;
        for one in invitations.iter().filter(|one| one["state"] == "SENT") {
            let input = json!({ "invitationId": one["id"], "expectedVersion": one["version"], "accept": true,
                "declarationIsComplete": true });
            app.done(programme(), answer, json!({ "input": input })).await?;
        }
        self.version = look().await?["node"]["version"].as_i64().context("a version")?;
        Ok(())
    }

    /// Confirms the team, once everybody has said yes.
    pub(crate) async fn confirm(&mut self, app: &App) -> anyhow::Result<()> {
        self.agree(app).await?;
        self.step(
            app,
            programme(),
            "confirmTeam",
            "ConfirmTeamInput",
            json!({}),
            "TEAM_CONFIRMED",
        )
        .await
    }
}

pub(crate) async fn people(app: &App) -> anyhow::Result<Vec<Uuid>> {
    let mut keys = Vec::new();
    for person in PEOPLE {
        keys.push(app.person(person).await?);
    }
    Ok(keys)
}

on_both!(
    async fn three_roles_play_a_request_through_to_a_confirmed_team(db: &TestDb) {
        let app = App::start(db).await?;
        let keys = people(&app).await?;
        let world = world(&app).await?;
        let mut journey = Journey::request(&app, &world, council(HARTLEPOOL)).await?;
        journey.until_team_building(&app, &world, HARTLEPOOL).await?;
        let proposal = journey.propose_and_apply(&app).await?;
        assert_eq!(proposal["proven"], true);
        assert_eq!(proposal["value"], proposal["bound"]);
        let held = proposal["places"].as_array().context("places")?;
        assert_eq!(held.len(), 3);
        assert_eq!(
            held[0]["holder"]["peer"]["name"], "Lead-1",
            "only Lead-1 knows the theme"
        );
        journey.confirm(&app).await?;

        // The host sees its team and the schedule, the peer sees their place, and both see nothing more.
        let seen = app
            .data(
                council(HARTLEPOOL),
                r#"{ schedule(from: "2027-02-01", to: "2027-04-30") { nodes { startsOn isConfirmed
                 challenge { host { name } assignments(live: true) { nodes { peer { name email } } } } } } }"#,
                json!({}),
            )
            .await?;
        let entry = &seen["schedule"]["nodes"][0];
        assert_eq!(
            (&entry["startsOn"], &entry["isConfirmed"]),
            (&json!("2027-03-01"), &json!(true))
        );
        assert_eq!(
            entry["challenge"]["assignments"]["nodes"].as_array().map(Vec::len),
            Some(3)
        );
        assert_eq!(
            entry["challenge"]["assignments"]["nodes"][0]["peer"]["email"],
            Value::Null
        );
        let theirs = app
            .data(peer(keys[0]), "{ challenges { nodes { id stage } } }", json!({}))
            .await?;
        assert_eq!(
            theirs["challenges"]["nodes"],
            json!([{ "id": journey.id, "stage": "TEAM_CONFIRMED" }])
        );
        let others = app
            .data(council("E06000002"), "{ challenges { totalCount } }", json!({}))
            .await?;
        assert_eq!(others["challenges"]["totalCount"], 0);

        // Every step left its event.
        let events = app
            .data(
                programme(),
                "query ($id: ID!) { auditEvents(filter: { challengeId: $id }, first: 100) { nodes { action actor } } }",
                json!({ "id": journey.id }),
            )
            .await?;
        let actions: Vec<_> = events["auditEvents"]["nodes"]
            .as_array()
            .context("events")?
            .iter()
            .map(|event| event["action"].clone())
            .collect();
        assert!(actions.len() >= 10, "{actions:?}");
        app.stop().await
    }
);

on_both!(
    async fn an_illegal_move_is_refused_with_the_moves_that_are_legal(db: &TestDb) {
        let app = App::start(db).await?;
        let world = world(&app).await?;
        let journey = Journey::request(&app, &world, council(HARTLEPOOL)).await?;
        let query = "mutation ($input: ChallengeStepInput!) { startTeamBuilding(input: $input) {
        challenge { stage } userErrors { code message allowed } } }";
        let answer = app
            .data(
                programme(),
                query,
                json!({ "input": { "challengeId": journey.id, "expectedVersion": journey.version } }),
            )
            .await?;
        let error = &answer["startTeamBuilding"]["userErrors"][0];
        assert_eq!(error["code"], "ILLEGAL_STAGE");
        assert_eq!(error["allowed"], json!(["TRIAGED", "DECLINED", "WITHDRAWN"]));
        assert_eq!(answer["startTeamBuilding"]["challenge"], Value::Null);
        app.stop().await
    }
);

on_both!(
    async fn a_late_interest_opens_a_decision_and_removes_nobody(db: &TestDb) {
        let app = App::start(db).await?;
        let keys = people(&app).await?;
        let world = world(&app).await?;
        let mut journey = Journey::request(&app, &world, council(HARTLEPOOL)).await?;
        journey.until_team_building(&app, &world, HARTLEPOOL).await?;
        journey.propose_and_apply(&app).await?;

        let own = app.data(peer(keys[0]), "{ viewer { peer { id } } }", json!({})).await?;
        let declare = "mutation ($input: DeclareInterestInput!) { declareInterest(input: $input) {
        userErrors { code message field } } }";
        let input = json!({
            "peerId": own["viewer"]["peer"]["id"], "kind": "PERSONAL", "councilId": world.host, "note": "My brother leads it.",
        });
        app.done(peer(keys[0]), declare, json!({ "input": input })).await?;

        let query = "query ($id: ID!) { node(id: $id) { ... on PeerChallenge {
        assignments(live: true) { nodes { status peer { name } } }
        decisions { nodes { status findings { rule severity } } } } } }";
        let seen = app.data(programme(), query, json!({ "id": journey.id })).await?;
        assert_eq!(
            seen["node"]["assignments"]["nodes"].as_array().map(Vec::len),
            Some(3),
            "nobody is removed silently"
        );
        assert_eq!(seen["node"]["decisions"]["nodes"][0]["status"], "OPEN");
        assert_eq!(seen["node"]["decisions"]["nodes"][0]["findings"][0]["rule"], "PERSONAL");

        // The team cannot be confirmed over an open decision, and the host learns nothing of the reason.
        let confirm = "mutation ($input: ConfirmTeamInput!) { confirmTeam(input: $input) { userErrors { code } } }";
        let input = json!({ "challengeId": journey.id, "expectedVersion": journey.version });
        let codes = app.refused(programme(), confirm, json!({ "input": input })).await?;
        assert!(codes.contains(&"DECISION_OPEN".to_owned()), "{codes:?}");
        let host = app
            .data(council(HARTLEPOOL), query, json!({ "id": journey.id }))
            .await?;
        assert!(!host.to_string().contains("PERSONAL"), "{host}");
        app.stop().await
    }
);

on_both!(
    async fn an_interest_that_comes_by_spreadsheet_opens_a_decision_too(db: &TestDb) {
        let app = App::start(db).await?;
        people(&app).await?;
        let world = world(&app).await?;
        let mut journey = Journey::request(&app, &world, council(HARTLEPOOL)).await?;
        journey.until_team_building(&app, &world, HARTLEPOOL).await?;
        journey.propose_and_apply(&app).await?;

        let folder = tempfile::tempdir()?;
        let row = "reference,peer,kind,council,note,starts_on,ends_on\nI-1,Lead-1,PERSONAL,E06000001,Family,,\n";
        std::fs::write(folder.path().join("interests.csv"), row)?;
        for still_open in [1, 0] {
            let tx = app.database.begin().await?;
            let imported = folder::run(&tx, folder.path(), &*app.clock, &*app.ids, &Silent).await?;
            let open = late::recheck_touched(&tx, &app.act(), &Touched::from(&imported)).await;
            tx.commit().await?;
            assert_eq!(
                open.map_err(|error| anyhow::anyhow!("{error:?}"))?,
                still_open,
                "the same file again touches nobody"
            );
        }
        let query =
            "query ($id: ID!) { node(id: $id) { ... on PeerChallenge { decisions { nodes { status cause } } } } }";
        let seen = app.data(programme(), query, json!({ "id": journey.id })).await?;
        assert_eq!(
            seen["node"]["decisions"]["nodes"],
            json!([{ "status": "OPEN", "cause": "DECLARED_INTEREST" }])
        );
        app.stop().await
    }
);
