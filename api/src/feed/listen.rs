//! Hears PostgreSQL's notifications of changes, on a connection of its own.
//!
//! It only wakes the relay, which reads the table itself: a lost notification costs at most the relay's next look. A lost
//! connection is made again with growing pauses, and the relay is woken as soon as it stands, to catch up.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    SqlxError,
    sqlx::{
        Executor as _,
        postgres::{PgConnectOptions, PgListener, PgPoolOptions},
    },
};
use tokio::{sync::Notify, time::timeout};

use crate::{backoff::Backoff, db::Database};

/// What the trigger on the audit record notifies.
const CHANNEL: &str = "peer_challenge_feed";
/// Between attempts to connect.
const RECONNECT: Backoff = Backoff {
    first: Duration::from_millis(100),
    most: Duration::from_secs(5),
};
/// After so long a silence the connection is tried: a dead peer sends no end.
const SILENCE: Duration = Duration::from_secs(30);
/// How long connecting and trying may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Notifies `told` of changes until the task is aborted.
pub(super) async fn run(database: Database, told: Arc<Notify>) {
    let options = database.writer().get_postgres_connection_pool().connect_options();
    let mut failures = 0;
    loop {
        let ended = match connect(&options).await {
            Ok(mut listener) => {
                if failures > 0 {
                    tracing::info!("notifications of changes arrive again");
                }
                failures = 0;
                told.notify_one();
                hear(&mut listener, &told).await
            }
            Err(error) => error.to_string(),
        };
        failures += 1;
        if failures == 1 {
            tracing::warn!(
                error = ended,
                "notifications of changes do not arrive; changes are looked for instead"
            );
        }
        tokio::time::sleep(RECONNECT.delay(failures, rand::random())).await;
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgListener, SqlxError> {
    // A new pool each time: a connection to a dead peer would occupy the place of its successor for minutes.
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Notifies until the connection is lost; gives the reason.
async fn hear(listener: &mut PgListener, told: &Notify) -> String {
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(_))) => told.notify_one(),
            Ok(Ok(None)) => return "the connection was closed".to_owned(),
            Ok(Err(error)) => return error.to_string(),
            Err(_) => match timeout(PATIENCE, listener.execute("SELECT 1")).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return error.to_string(),
                Err(_) => return "the connection does not answer".to_owned(),
            },
        }
    }
}
