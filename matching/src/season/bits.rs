//! A set of positions.

/// A set of positions below a fixed number.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// An empty set of positions below `len`.
    pub fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)])
    }

    /// Puts a position in.
    pub fn insert(&mut self, position: u32) {
        self.0[position as usize / 64] |= 1 << (position % 64);
    }

    /// Takes a position out.
    pub fn remove(&mut self, position: u32) {
        self.0[position as usize / 64] &= !(1 << (position % 64));
    }

    /// Whether a position is in.
    #[inline]
    pub fn has(&self, position: u32) -> bool {
        self.0[position as usize / 64] >> (position % 64) & 1 == 1
    }
}
