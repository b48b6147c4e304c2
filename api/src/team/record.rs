//! The input of a proposal in the decision record: everything that the engine was given, so that anybody with the record
//! can make the team again and compare.
//!
//! It is one JSON text (`matching::team::Input`), kept compressed and once for each different input; its SHA-256 is the
//! proposal's `inputHash`. People are in it by id, never by name, but with their ties and interests: the national
//! programme alone reads it ([`repo::visible_proposals`]).

use std::io::{Read, Write};

use async_graphql::SimpleObject;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use entity::{peer, team_input, team_proposal};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use matching::team::{FORMAT, Input, Options};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Set,
    sea_query::OnConflict,
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{repo, world::Facts};
use crate::{
    auth::Viewer,
    db::{Queue, Tx},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, Result, UserError, UserErrorCode},
    },
};

/// Most bytes of a packed input, many times what a national pool takes. A pool beyond that cannot be put on record, so no team is proposed.
const MOST_PACKED: usize = 64 << 20;

/// An input ready to be kept.
#[derive(Clone)]
pub struct Packed {
    /// SHA-256 of the text, hexadecimal.
    pub hash: String,
    bytes: Vec<u8>,
    length: i64,
}

/// Digests and compresses what is written.
struct Packer {
    digest: Sha256,
    length: i64,
    packed: GzEncoder<Vec<u8>>,
}

impl Write for Packer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.packed.write_all(bytes)?;
        self.digest.update(bytes);
        self.length += i64::try_from(bytes.len()).map_err(std::io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.packed.flush()
    }
}

/// The input of a search, packed. Compresses megabytes: not for the request's own thread.
///
/// # Errors
/// Internal, when it cannot be written.
pub fn pack(facts: &Facts, options: &Options) -> Result<Packed> {
    pack_value(&Input::of(&facts.world, &facts.policy, &facts.challenge, options))
}

/// The same for any input.
///
/// # Errors
/// Internal, when it cannot be written.
pub fn pack_value(input: &impl Serialize) -> Result<Packed> {
    let mut packer = std::io::BufWriter::new(Packer {
        digest: Sha256::new(),
        length: 0,
        packed: GzEncoder::new(Vec::new(), Compression::fast()),
    });
    serde_json::to_writer(&mut packer, input).map_err(ApiError::internal)?;
    let packer = packer.into_inner().map_err(ApiError::internal)?;
    let hash = packer.digest.finalize();
    Ok(Packed {
        hash: format!("{hash:x}"),
        bytes: packer.packed.finish().map_err(ApiError::internal)?,
        length: packer.length,
    })
}

/// Keeps an input, unless it is there already.
///
/// # Errors
/// Refused when it is too large, and when somebody was erased since the work on it began: it may say what was to be forgotten;
/// the database's.
pub async fn keep(tx: &Tx, act: &Act, input: Packed) -> Outcome<()> {
    // Nobody is erased meanwhile.
    tx.enter(Queue::Teams).await?;
    let erased = peer::Entity::find()
        .filter(peer::Column::ErasedAt.gte(act.at))
        .count(tx)
        .await?;
    if erased > 0 {
        let message = "Somebody was erased while this was worked out: ask again.";
        return Err(UserError::new(UserErrorCode::Conflict, message).into());
    }
    if input.bytes.len() > MOST_PACKED {
        let message = format!(
            "The facts about the pool take {} bytes; at most {MOST_PACKED} can be put on record.",
            input.bytes.len()
        );
        return Err(UserError::at(UserErrorCode::Invalid, "challengeId", message).into());
    }
    let row = team_input::ActiveModel {
        hash: Set(input.hash),
        packed: Set(input.bytes),
        length: Set(input.length),
        created_at: Set(act.at),
    };
    team_input::Entity::insert(row)
        .on_conflict(OnConflict::column(team_input::Column::Hash).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Removes every input that holds one of these people, with their ties and interests: the proposals stay, but can no longer be
/// made again. Reads all inputs, because they are kept packed; erasing somebody is rare.
///
/// # Errors
/// The database's, and an input that cannot be unpacked.
pub async fn forget(people: &[Uuid], transaction: &impl ConnectionTrait) -> Result<()> {
    let hashes: Vec<String> = team_input::Entity::find()
        .select_only()
        .column(team_input::Column::Hash)
        .into_tuple()
        .all(transaction)
        .await?;
    for hash in hashes {
        let Some(row) = team_input::Entity::find_by_id(hash.as_str()).one(transaction).await? else {
            continue;
        };
        let people = people.to_vec();
        let named = tokio::task::spawn_blocking(move || names_any(&row.packed, &people));
        if named.await.map_err(ApiError::internal)?.map_err(ApiError::internal)? {
            team_input::Entity::delete_by_id(hash).exec(transaction).await?;
        }
    }
    Ok(())
}

/// Whether the input with this digest is still on record. Nobody is erased meanwhile.
///
/// # Errors
/// The database's.
pub async fn is_kept(tx: &Tx, hash: &str) -> Result<bool> {
    tx.enter(Queue::Teams).await?;
    let found = team_input::Entity::find()
        .filter(team_input::Column::Hash.eq(hash))
        .count(tx)
        .await?;
    Ok(found > 0)
}

/// What became of an input.
pub enum Unpacked<T> {
    /// It was read back.
    Whole(T),
    /// It is on record, in a form that another version of this service wrote.
    OtherForm,
    /// It is not on record (any more).
    Forgotten,
}

/// The input with this digest, read back.
///
/// # Errors
/// The database's; internal when what is kept is damaged.
pub async fn unpacked<T: DeserializeOwned + Send + 'static>(
    connection: &impl ConnectionTrait,
    hash: &str,
) -> Result<Unpacked<T>> {
    let Some(row) = team_input::Entity::find_by_id(hash).one(connection).await? else {
        return Ok(Unpacked::Forgotten);
    };
    let read = tokio::task::spawn_blocking(move || {
        // Reading from a text is several times faster than from a stream.
        let mut text = Vec::with_capacity(usize::try_from(row.length).unwrap_or_default());
        GzDecoder::new(row.packed.as_slice()).read_to_end(&mut text)?;
        match serde_json::from_slice(&text) {
            Ok(whole) => Ok(Unpacked::Whole(whole)),
            Err(fault) if fault.is_data() => {
                tracing::warn!(hash = row.hash, %fault, "an input has the form of another version");
                Ok(Unpacked::OtherForm)
            }
            Err(fault) => Err(std::io::Error::from(fault)),
        }
    });
    read.await.map_err(ApiError::internal)?.map_err(ApiError::internal)
}

/// An input as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// SHA-256 of the text, hexadecimal.
    pub hash: String,
    /// Bytes of the text.
    pub length: i64,
    /// The text, compressed with gzip, in base64.
    pub gzip: String,
}

/// The inputs with these digests.
///
/// # Errors
/// The database's.
pub async fn packed(connection: &impl ConnectionTrait, hashes: &[&str]) -> Result<Vec<Kept>> {
    let rows = team_input::Entity::find()
        .filter(team_input::Column::Hash.is_in(hashes.iter().copied()))
        .all(connection)
        .await?;
    let kept = |row: team_input::Model| Kept {
        hash: row.hash,
        length: row.length,
        gzip: STANDARD.encode(row.packed),
    };
    Ok(rows.into_iter().map(kept).collect())
}

fn names_any(packed: &[u8], people: &[Uuid]) -> std::io::Result<bool> {
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text)?;
    Ok(people.iter().any(|peer| text.contains(&peer.to_string())))
}

/// Everything that the engine was given for a proposed team. The text is JSON; its councils, people and engagements refer
/// to each other by position, and people are named by id only.
#[derive(SimpleObject)]
pub struct TeamProposalInput {
    /// Name and version of the format.
    format: String,
    /// SHA-256 of the text, hexadecimal: the proposal's `inputHash`.
    hash: String,
    /// Bytes of the text.
    length: i64,
    /// The text, compressed with gzip, in base64.
    gzip: String,
}

/// The input of a proposal that `viewer` may see; `None` without one on record.
///
/// # Errors
/// The database's.
pub async fn read(
    connection: &impl ConnectionTrait,
    viewer: &Viewer,
    proposal: Uuid,
) -> Result<Option<TeamProposalInput>> {
    let hash = team_proposal::Entity::find_by_id(proposal)
        .filter(repo::visible_proposals(viewer))
        .select_only()
        .column(team_proposal::Column::InputHash)
        .into_query();
    let row = team_input::Entity::find()
        .filter(team_input::Column::Hash.in_subquery(hash))
        .one(connection)
        .await?;
    Ok(row.map(|row| TeamProposalInput {
        format: FORMAT.to_owned(),
        hash: row.hash,
        length: row.length,
        gzip: STANDARD.encode(row.packed),
    }))
}
