//! Invitations by link and notifications by e-mail, against a real mail server on a socket.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use entity::{
    enums::{MailState, Stage},
    notification,
};
use peer_challenge::{
    auth::ViewerRole,
    chores,
    graphql::ids::{Kind, encode},
    ids::IdGenerator,
    jobs::{Worker, WorkerOptions},
    links::{Links, Purpose},
    notice::mail::{Mailer, SendMail},
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::json;
use support::{
    App, TestDb,
    app::{peer, programme},
    on_both,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use super::{Life, after::stand};

/// A mail server that keeps what it gets.
struct Postbox {
    port: u16,
    messages: Arc<Mutex<Vec<(String, String)>>>,
}

impl Postbox {
    async fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let messages: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let kept = Arc::clone(&messages);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept)));
            }
        });
        Ok(Self { port, messages })
    }

    fn taken(&self) -> Vec<(String, String)> {
        self.messages.lock().unwrap().clone()
    }
}

/// As RFC 5321 asks, without extensions.
async fn serve(stream: TcpStream, kept: Arc<Mutex<Vec<(String, String)>>>) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 postbox\r\n").await?;
    let (mut to, mut body, mut data) = (String::new(), String::new(), false);
    while let Some(line) = lines.next_line().await? {
        if data {
            if line == "." {
                kept.lock()
                    .unwrap()
                    .push((std::mem::take(&mut to), std::mem::take(&mut body)));
                data = false;
                writing.write_all(b"250 kept\r\n").await?;
            } else {
                body.push_str(&line);
                body.push('\n');
            }
            continue;
        }
        let word = line.split(' ').next().unwrap_or_default().to_uppercase();
        let answer: &[u8] = match word.as_str() {
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                b"250 ok\r\n"
            }
            "DATA" => {
                data = true;
                b"354 go on\r\n"
            }
            "QUIT" => {
                writing.write_all(b"221 bye\r\n").await?;
                break;
            }
            _ => b"250 ok\r\n",
        };
        writing.write_all(answer).await?;
    }
    Ok(())
}

fn worker(app: &App, mailer: Mailer) -> Worker {
    let links = Some(Links::new(
        "https://challenge.example.org",
        "a secret of more than thirty-two bytes",
    ));
    let registry = chores::registry(chores::Retention::default(), Some(SendMail { mailer, links }));
    let ids: Arc<dyn IdGenerator> = app.ids.clone();
    Worker::new(
        &app.database,
        app.clock.clone(),
        ids,
        registry,
        WorkerOptions::default(),
    )
}

async fn waiting(app: &App) -> anyhow::Result<u64> {
    Ok(notification::Entity::find()
        .filter(notification::Column::MailState.is_in([MailState::Waiting, MailState::Sending]))
        .count(app.database.reader())
        .await?)
}

on_both! {
    async fn notifications_go_out_by_mail_once_batched_and_not_to_those_who_want_none(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let postbox = Postbox::open().await?;
        let mailer = |port: u16| Mailer::new(&format!("smtp://127.0.0.1:{port}"), "Peer challenge <noreply@example.org>", None).unwrap();
        let contact = json!({ "email": "programme@example.org" });
        life.done(programme(), "setNotificationContact", "SetNotificationContactInput", "email", contact).await?;
        let wrong = life.ask(programme(), "setNotificationContact", "SetNotificationContactInput", "email", json!({ "email": "a\nb@x" })).await?;
        assert_eq!(wrong["userErrors"][0]["code"], "INVALID");
        life.invite().await?;
        assert!(waiting(&life.app).await? >= 4);

        // A server that is away: nothing is lost, and the job is tried again.
        let away = worker(&life.app, mailer(1));
        away.drain().await?;
        // The host has no address; the three people have, and the programme, which was told of the request and its endorsement.
        assert_eq!(waiting(&life.app).await?, 5, "still waiting");
        life.app.clock.advance(TimeDelta::minutes(10));
        let there = worker(&life.app, mailer(postbox.port));
        there.drain().await?;
        let taken = postbox.taken();
        let to = |address: &str| taken.iter().filter(|(to, _)| to == address).count();
        assert_eq!(to("lead-1@example.org"), 1, "{taken:#?}");
        let (_, letter) = taken.iter().find(|(to, _)| to == "lead-1@example.org").unwrap();
        assert!(letter.contains("Content-Type: multipart/alternative") && letter.contains("text/html"), "{letter}");
        assert!(letter.contains("you are invited to the team"), "{letter}");
        let whole = letter.replace("=\r\n", "").replace("=\n", "");
        assert!(whole.contains("challenge.example.org/invitation/"), "{letter}");
        let kept = notification::Entity::find().all(life.app.database.reader()).await?;
        assert!(kept.iter().all(|one| !one.text.contains("/invitation/")), "links are kept nowhere");
        assert_eq!(waiting(&life.app).await?, 0);
        life.app.clock.advance(TimeDelta::minutes(10));
        there.drain().await?;
        assert_eq!(postbox.taken().len(), taken.len(), "each once");

        // Several notifications of one address are one message; without reminders, only what cannot be done without.
        life.done(programme(), "setReminderMail", "SetReminderMailInput", "wanted", json!({ "wanted": false })).await?;
        life.on("2027-02-10");
        there.drain().await?;
        life.app.clock.advance(TimeDelta::minutes(10));
        there.drain().await?;
        let later: Vec<_> = postbox.taken().split_off(taken.len());
        let programme_letters: Vec<_> = later.iter().filter(|(to, _)| to == "programme@example.org").collect();
        assert!(programme_letters.iter().all(|(_, letter)| !letter.contains("was due")), "{programme_letters:#?}");
        assert!(!programme_letters.is_empty(), "invitations that ran out are told: {later:#?}");
        let seen = life.app.data(programme(), "{ notifications(first: 100) { nodes { kind } } }", json!({})).await?;
        assert!(seen.to_string().contains("OVERDUE"), "in the API all of them stay: {seen:#}");
        life.app.stop().await
    }
}

on_both! {
    async fn a_risk_goes_to_the_director_and_everything_else_to_the_general_address(db: &TestDb) {
        let life = Life::begin(db).await?;
        let postbox = Postbox::open().await?;
        let mailer = Mailer::new(&format!("smtp://127.0.0.1:{}", postbox.port), "noreply@example.org", None)?;
        let worker = worker(&life.app, mailer);
        for (duty, email) in [("GENERAL", "office@hartlepool.example"), ("CHILDRENS_SERVICES", "dcs@hartlepool.example")] {
            let address = json!({ "councilId": life.world.host, "duty": duty, "email": email });
            life.done(programme(), "setNotificationContact", "SetNotificationContactInput", "email", address).await?;
        }
        // Taken as read: the team is at the host.
        stand(&life, Stage::OnSite, None).await?;
        let risk = async |life: &Life| {
            let risk = json!({ "challengeId": life.journey.id, "what": "A child waits without a visit." });
            life.done(programme(), "raiseImmediateRisk", "RaiseImmediateRiskInput", "risk { id }", risk).await
        };
        let to = |letters: &[(String, String)], words: &str| -> Vec<String> {
            let whole = |letter: &String| letter.replace("=\r\n", "").replace("=\n", "");
            let of = letters.iter().filter(|(_, letter)| whole(letter).contains(words));
            of.map(|(to, _)| to.clone()).collect()
        };
        risk(&life).await?;
        worker.drain().await?;
        let taken = postbox.taken();
        assert_eq!(to(&taken, "an immediate risk to children was seen"), ["dcs@hartlepool.example"]);
        assert_eq!(to(&taken, "is accepted"), ["office@hartlepool.example"]);
        // Without a director's address the general one serves.
        let none = json!({ "councilId": life.world.host, "duty": "CHILDRENS_SERVICES", "expectedVersion": 1 });
        life.done(programme(), "setNotificationContact", "SetNotificationContactInput", "email", none).await?;
        risk(&life).await?;
        life.app.clock.advance(TimeDelta::minutes(10));
        worker.drain().await?;
        let later = postbox.taken().split_off(taken.len());
        assert_eq!(to(&later, "an immediate risk to children was seen"), ["office@hartlepool.example"]);
        // And without any the programme hears that nobody was reached.
        let none = json!({ "councilId": life.world.host, "expectedVersion": 1 });
        life.done(programme(), "setNotificationContact", "SetNotificationContactInput", "email", none).await?;
        risk(&life).await?;
        life.app.clock.advance(TimeDelta::minutes(10));
        worker.drain().await?;
        life.app.clock.advance(TimeDelta::hours(2));
        worker.drain().await?;
        let unreached = life.heard(programme()).await?;
        assert_eq!(unreached.iter().filter(|text| text.contains("did not reach the host")).count(), 1, "{unreached:?}");
        life.app.stop().await
    }
}

on_both! {
    async fn the_link_in_a_reminder_does_without_them_and_for_nobody_else(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let postbox = Postbox::open().await?;
        let contact = json!({ "email": "programme@example.org" });
        life.done(programme(), "setNotificationContact", "SetNotificationContactInput", "email", contact).await?;
        let mailer = Mailer::new(&format!("smtp://127.0.0.1:{}", postbox.port), "noreply@example.org", None)?;
        let worker = worker(&life.app, mailer);
        life.invite().await?;
        let invitation = link_of(&life, "Lead-1").await?;
        worker.drain().await?;
        let invited = postbox.taken();
        assert!(!invited.is_empty());
        for (to, letter) in &invited {
            assert!(!letter.contains("List-Unsubscribe"), "nobody can do without what they must answer: {to} {letter}");
        }
        let reminders = async |life: &Life, day: &str, seen: usize| -> anyhow::Result<Vec<String>> {
            life.on(day);
            worker.drain().await?;
            life.app.clock.advance(TimeDelta::minutes(10));
            worker.drain().await?;
            let new = postbox.taken().split_off(seen);
            let own = new.into_iter().filter(|(to, _)| to == "programme@example.org");
            Ok(own.map(|(_, letter)| letter.replace("=\n", "")).filter(|letter| letter.contains("due")).collect())
        };
        let letters = reminders(&life, "2027-02-10", invited.len()).await?;
        let letter = letters.first().expect("something is overdue");
        assert!(letter.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{letter}");
        let (_, rest) = letter.split_once("To do without reminders by e-mail: https://challenge.example.org/reminders/").unwrap();
        let token = rest.lines().next().unwrap().trim().to_owned();

        let (status, page) = at(&life, "reminders", &token, None).await?;
        assert!(status == 200 && page.contains("Stop them"), "{page}");
        let (status, page) = at(&life, "reminders", &token, Some(b"reminders=perhaps")).await?;
        assert!(status == 422 && page.contains("Stop them"), "{page}");
        for other in [format!("{token}x"), "x".to_owned(), invitation] {
            assert_eq!(at(&life, "reminders", &other, Some(b"reminders=no")).await?.0, 404, "{other}");
        }
        assert_eq!(at(&life, "invitation", &token, None).await?.0, 404, "a link is for one purpose");
        let (status, page) = at(&life, "reminders", &token, Some(b"List-Unsubscribe=One-Click")).await?;
        assert!(status == 200 && page.contains("Send them again"), "{page}");
        let query = "{ auditEvents(first: 1) { nodes { action actor } } }";
        let seen = life.app.data(programme(), query, json!({})).await?;
        assert_eq!(seen["auditEvents"]["nodes"][0], json!({ "action": "REMINDER_MAIL_SET", "actor": "signed-link" }), "{seen}");

        let before = postbox.taken().len();
        assert_eq!(reminders(&life, "2027-02-25", before).await?, Vec::<String>::new());
        let told = life.app.data(programme(), "{ notifications(first: 100) { nodes { createdAt milestone } } }", json!({})).await?;
        assert!(told.to_string().contains("2027-02-25T"), "in the API there are more: {told:#}");
        assert_eq!(at(&life, "reminders", &token, Some(b"reminders=yes")).await?.0, 200);
        let before = postbox.taken().len();
        assert_ne!(reminders(&life, "2027-03-20", before).await?, Vec::<String>::new());
        life.app.stop().await
    }
}

/// The last part of the link to somebody's open invitation.
async fn link_of(life: &Life, who: &str) -> anyhow::Result<String> {
    let seen = life
        .see(programme(), "invitations { state link peer { name } }")
        .await?;
    let all = seen["invitations"].as_array().unwrap();
    let one = all
        .iter()
        .find(|one| one["peer"]["name"] == who && !one["link"].is_null())
        .unwrap();
    let link = one["link"].as_str().unwrap();
    Ok(link
        .strip_prefix("https://challenge.example.org/invitation/")
        .unwrap()
        .to_owned())
}

/// Status and page behind a link, opened or answered over a socket.
async fn at(life: &Life, path: &str, token: &str, form: Option<&[u8]>) -> anyhow::Result<(u16, String)> {
    let url = format!("{}/{path}/{token}", life.app.url);
    let client = reqwest::Client::new();
    let request = match form {
        None => client.get(url),
        Some(form) => client
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_vec()),
    };
    let answer = request.send().await?;
    let policy = answer
        .headers()
        .get("content-security-policy")
        .map(|value| value.to_str().map(str::to_owned));
    let status = answer.status().as_u16();
    if status != 415 {
        anyhow::ensure!(
            policy
                .transpose()?
                .is_some_and(|policy| policy.contains("default-src 'none'")),
            "no policy"
        );
    }
    Ok((status, answer.text().await?))
}

on_both! {
    async fn a_link_answers_once_and_says_why_it_does_not(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        life.invite().await?;
        let (first, second) = (link_of(&life, "Lead-1").await?, link_of(&life, "Member-1").await?);
        let third = link_of(&life, "Manager-2").await?;
        let lead = life.keys[0];

        let (status, page) = at(&life, "invitation", &first, None).await?;
        assert_eq!(status, 200);
        assert!(page.contains("Hartlepool") && page.contains("2027-03-01") && !page.contains("<script"), "{page}");
        // Opening changes nothing; an answer without a declaration comes back with the reason.
        let (status, page) = at(&life, "invitation", &first, Some(b"answer=yes")).await?;
        assert_eq!(status, 422);
        assert!(page.contains("declaration of interests is complete"), "{page}");
        let form = b"answer=yes&complete=yes&interest=My+brother+works+there%3Cb%3E";
        let (status, page) = at(&life, "invitation", &first, Some(form)).await?;
        assert_eq!(status, 200, "{page}");
        let (status, page) = at(&life, "invitation", &first, Some(b"answer=no&reason=OTHER&note=x")).await?;
        assert_eq!(status, 410);
        assert!(page.contains("This link was used"), "{page}");
        let query = "query ($id: ID!) { node(id: $id) { ... on Peer { declaredOn declaredInterests { note } } } }";
        let seen = life.app.data(peer(lead), query, json!({ "id": encode(Kind::Peer, lead) })).await?;
        assert_eq!(seen["node"]["declaredInterests"][0]["note"], "My brother works there<b>");
        assert_eq!(seen["node"]["declaredOn"], support::app::TODAY);

        let (status, page) = at(&life, "invitation", &second, Some(b"answer=no&reason=NEVER_THIS_HOST")).await?;
        assert_eq!(status, 200, "{page}");
        assert_eq!(life.team().await?[1], "Member-2 INVITED", "the next is asked");
        for nonsense in [&b"answer=perhaps"[..], b"answer=no&reason=WHY", b"\xff"] {
            assert_eq!(at(&life, "invitation", &third, Some(nonsense)).await?.0, 422);
        }
        let theirs = Links::new("https://x", "another secret of thirty-two bytes!!").link(Purpose::Invitation, uuid::Uuid::from_u128(7))?;
        for forged in [theirs.rsplit('/').next().unwrap(), "x", &format!("{third}x")] {
            let (status, page) = at(&life, "invitation", forged, None).await?;
            assert_eq!(status, 404, "{forged}");
            assert!(page.contains("not a link of this service"));
        }
        life.on("2027-01-15");
        let (status, page) = at(&life, "invitation", &third, None).await?;
        assert_eq!(status, 410);
        assert!(page.contains("This link has expired"), "{page}");
        // Nobody but the programme is shown links.
        let own = life.see(peer(lead), "invitations { link state }").await?;
        assert_eq!(own["invitations"], json!([{ "link": null, "state": "ACCEPTED" }]));
        let hidden = life.see(ViewerRole::Analyst, "invitations { id }").await?;
        assert_eq!(hidden["invitations"], json!([]));
        life.app.stop().await
    }
}
