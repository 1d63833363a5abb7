//! Reads little-endian numbers and texts from bytes that may be damaged.

use crate::classifier::{FormatError, whole};

/// What is left to read.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl Bytes<'_> {
    /// A count; one beyond the bytes at hand is refused before anything is allocated for it.
    pub(super) fn count(&mut self) -> Result<usize, FormatError> {
        let n = u32::from_le_bytes(self.array()?) as usize;
        if n <= self.0.len() { Ok(n) } else { Err(FormatError::Damaged) }
    }

    /// A text behind its length.
    pub(super) fn text(&mut self) -> Result<String, FormatError> {
        String::from_utf8(self.part()?.to_vec()).map_err(|_| FormatError::Damaged)
    }

    /// Bytes behind their length.
    pub(super) fn part(&mut self) -> Result<&[u8], FormatError> {
        let size = self.count()?;
        let (part, rest) = self.0.split_at(size);
        self.0 = rest;
        Ok(part)
    }

    /// A finite number in half precision.
    pub(super) fn half(&mut self) -> Result<f32, FormatError> {
        let number = whole(u16::from_le_bytes(self.array()?));
        if number.is_finite() { Ok(number) } else { Err(FormatError::Damaged) }
    }

    /// Two finite numbers in half precision.
    pub(super) fn pair(&mut self) -> Result<[f32; 2], FormatError> {
        Ok([self.half()?, self.half()?])
    }

    /// `n` times the same.
    pub(super) fn many<T>(
        &mut self,
        n: usize,
        read: impl Fn(&mut Self) -> Result<T, FormatError>,
    ) -> Result<Vec<T>, FormatError> {
        (0..n).map(|_| read(self)).collect()
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(FormatError::Damaged)?;
        self.0 = rest;
        Ok(*first)
    }
}

/// Appends bytes behind their length.
pub(super) fn put_part(out: &mut Vec<u8>, part: &[u8]) {
    out.extend((part.len() as u32).to_le_bytes());
    out.extend(part);
}
