//! Keys of machines against a store in memory and a clock that the test moves.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

#[derive(Default)]
struct Store {
    key: Mutex<Option<(String, StoredKey)>>,
    lookups: AtomicUsize,
    uses: Mutex<Vec<DateTime<Utc>>>,
    gone: AtomicBool,
}

#[async_trait::async_trait]
impl KeyStore for Store {
    async fn find(&self, prefix: &str) -> anyhow::Result<Option<StoredKey>> {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        anyhow::ensure!(!self.gone.load(Ordering::Relaxed), "out of reach");
        let key = self.key.lock().unwrap();
        Ok(key
            .as_ref()
            .filter(|(known, _)| known == prefix)
            .map(|(_, key)| key.clone()))
    }

    fn used(&self, _: Uuid, at: DateTime<Utc>) {
        self.uses.lock().unwrap().push(at);
    }
}

fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(seconds)
}

fn with_key() -> (Arc<Store>, MachineKeys, NewKey) {
    let new = NewKey::random();
    let stored = StoredKey {
        id: Uuid::from_u128(1),
        digest: new.digest,
        regions: vec!["E12000001".to_owned()],
        access: Access::Read,
        expires_at: noon() + TimeDelta::days(1),
        revoked: false,
        last_used_at: None,
    };
    let store = Arc::new(Store::default());
    *store.key.lock().unwrap() = Some((new.prefix.clone(), stored));
    (store.clone(), MachineKeys::new(store, TimeDelta::seconds(10)), new)
}

fn why(result: Result<Session, AuthError>) -> Refused {
    match result {
        Err(AuthError::Machine(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_key_acts_as_a_hub_under_its_own_name() {
    let (_, keys, new) = with_key();
    let session = keys.session(&new.text, noon()).await.unwrap();
    assert_eq!(session.viewer.subject, format!("key:{}", new.prefix));
    assert_eq!(session.viewer.access, Access::Read);
    let regions = vec!["E12000001".to_owned()];
    assert_eq!(session.viewer.role, ViewerRole::Hub { regions });
    assert_eq!(session.until, Some(noon() + TimeDelta::days(1)));
}

#[tokio::test]
async fn a_wrong_secret_is_an_unknown_key() {
    let (_, keys, new) = with_key();
    let other = NewKey::random();
    let swapped = format!("{MARK}{}_{}", new.prefix, &other.text[MARK.len() + PREFIX_LENGTH + 1..]);
    assert_eq!(why(keys.session(&swapped, noon()).await), Refused::Unknown);
    assert_eq!(why(keys.session(&other.text, noon()).await), Refused::Unknown);
    // One letter of the secret.
    let mut tampered = new.text.clone();
    let last = if tampered.ends_with('A') { 'E' } else { 'A' };
    tampered.pop();
    tampered.push(last);
    assert_ne!(tampered, new.text);
    assert!(matches!(
        why(keys.session(&tampered, noon()).await),
        Refused::Unknown | Refused::Malformed
    ));
}

#[tokio::test]
async fn what_does_not_read_like_a_key_is_never_looked_up() {
    let (store, keys, new) = with_key();
    let text = new.text;
    for bad in [
        "pck_".to_owned(),
        format!("{text}A"),
        text[..text.len() - 1].to_owned(),
        text.replacen('_', "-", 1),
        format!("pck_{}_{}", "É".repeat(6), "A".repeat(43)),
        format!("pck_ABCDEFGHIJKL_{}", "A".repeat(43)),
    ] {
        let refused = if bad.starts_with(MARK) {
            why(keys.session(&bad, noon()).await)
        } else {
            why(keys.session(&format!("pck_{bad}"), noon()).await)
        };
        assert_eq!(refused, Refused::Malformed, "{bad}");
    }
    assert_eq!(store.lookups.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_revocation_counts_when_the_lookup_is_old() {
    let (store, keys, new) = with_key();
    assert!(keys.session(&new.text, noon()).await.is_ok());
    if let Some((_, key)) = &mut *store.key.lock().unwrap() {
        key.revoked = true;
    }
    assert!(keys.session(&new.text, after(9)).await.is_ok());
    assert_eq!(why(keys.session(&new.text, after(10)).await), Refused::Revoked);
    assert_eq!(store.lookups.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_expired_key_is_refused_at_once() {
    let (_, keys, new) = with_key();
    let end = TimeDelta::days(1).num_seconds();
    assert!(keys.session(&new.text, after(end - 1)).await.is_ok());
    assert_eq!(why(keys.session(&new.text, after(end)).await), Refused::Expired);
}

#[tokio::test]
async fn the_last_use_is_noted_now_and_then() {
    let (store, keys, new) = with_key();
    for seconds in [0, 1, 60, 299, 300, 301] {
        keys.session(&new.text, after(seconds)).await.unwrap();
    }
    assert_eq!(*store.uses.lock().unwrap(), [after(0), after(300)]);
}

#[tokio::test]
async fn a_store_out_of_reach_is_not_the_clients_fault() {
    let (store, keys, new) = with_key();
    store.gone.store(true, Ordering::Relaxed);
    let error = keys.session(&new.text, noon()).await.unwrap_err();
    assert!(error.is_outage(), "{error}");
    store.gone.store(false, Ordering::Relaxed);
    assert!(keys.session(&new.text, noon()).await.is_ok());
}

#[tokio::test]
async fn made_up_prefixes_do_not_fill_the_memory() {
    let (_, keys, new) = with_key();
    for _ in 0..CAPACITY + 10 {
        assert_eq!(
            why(keys.session(&NewKey::random().text, noon()).await),
            Refused::Unknown
        );
    }
    assert!(keys.lock().len() <= CAPACITY);
    assert!(keys.session(&new.text, noon()).await.is_ok());
}
