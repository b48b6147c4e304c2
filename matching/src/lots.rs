//! Lots: who comes first among people worth the same.
//!
//! matching.md, section 6: ties are broken at random with a recorded seed, so that nobody is never asked because of where
//! they stand in a list. Only exact ties are (the stated epsilon is 0 points): a lot never costs a point. A person's lot
//! depends on the seed and their position alone, so that somebody more in the pool changes nobody else's order by pairs.

use crate::PeerIx;

/// Orders people as the seed would have it.
pub(crate) fn lot(seed: u64, peer: PeerIx) -> (u64, PeerIx) {
    (mixed(mixed(seed).wrapping_add(u64::from(peer.0))), peer)
}

/// The finishing function of splitmix64: every bit of the result depends on every bit of the number.
pub(crate) const fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
