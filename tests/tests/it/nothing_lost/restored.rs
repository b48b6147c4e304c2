//! A database that is behind takes the place of the one that was told of, as after a restore or a failover that lost
//! transactions: the running service notices, and subscribers hear that they must read again.

use std::time::Duration;

use anyhow::ensure;
use serde_json::json;
use support::{
    App, TestDb,
    app::{council, programme},
    cluster::{PrivateServer, say_skipped},
};

use super::outage::until;
use crate::{
    journey::{HARTLEPOOL, Journey, world},
    news::following,
};

const CHANGES: &str = "subscription { challengeChanged { action challenge { version } } }";

async fn ready(app: &App) -> anyhow::Result<bool> {
    Ok(reqwest::get(format!("{}/readyz", app.url)).await?.status().is_success())
}

#[tokio::test]
async fn subscribers_hear_of_a_database_that_went_back_and_of_all_that_follows() -> anyhow::Result<()> {
    let Some(mut server) = PrivateServer::start().await? else {
        say_skipped("nothing_lost::restored");
        return Ok(());
    };
    let db = TestDb::at(peer_challenge::db::DatabaseOptions::new(server.url())).await?;
    let app = App::start(&db).await?;
    let facts = world(&app).await?;
    server.stop("INT")?;
    server.set_aside()?;
    server.resume().await?;
    until("ready again", Duration::from_secs(10), async || ready(&app).await).await?;

    let mut wire = following(&app, programme(), CHANGES, json!({})).await?;
    // What the copy does not have; nothing else is told before it.
    Journey::request(&app, &facts, council(HARTLEPOOL)).await?;
    let first = wire.result("1").await;
    ensure!(
        first["data"]["challengeChanged"]["action"] == "CHALLENGE_DRAFTED",
        "{first}"
    );
    server.stop("INT")?;
    server.put_back()?;
    server.resume().await?;
    let lost = loop {
        let message = wire.next().await;
        let error = &message["payload"]["errors"][0];
        if !error.is_null() {
            break error["extensions"]["code"].clone();
        }
    };
    ensure!(lost == "EVENTS_LOST", "{lost}");
    until("ready again", Duration::from_secs(10), async || ready(&app).await).await?;
    app.listeners(0).await?;
    let mut wire = following(&app, programme(), CHANGES, json!({})).await?;
    let told = app
        .data(programme(), "{ challenges { totalCount } }", json!({}))
        .await?;
    ensure!(told["challenges"]["totalCount"] == 0, "{told}");
    Journey::request(&app, &facts, council(HARTLEPOOL)).await?;
    let first = wire.result("1").await;
    ensure!(
        first["data"]["challengeChanged"]["action"] == "CHALLENGE_DRAFTED",
        "{first}"
    );
    app.stop().await
}
