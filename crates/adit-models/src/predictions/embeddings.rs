//! Vectors of comments: looked up by the hash of the text they were computed from, computed when missing.

use std::collections::HashMap;
use std::sync::Arc;

use adit_corpus::StoredComment;
use adit_kernel::{Error, Result};
use adit_ml::Encoder;
use adit_store::Env;

use super::store;
use crate::engine::Engine;

/// The vectors of stored comments by one encoder, in their order. Missing or outdated ones are computed and kept.
pub(crate) async fn of_comments(env: &Env, encoder: &Arc<dyn Encoder>, comments: &[StoredComment]) -> Result<Vec<Vec<f32>>> {
    let seqs: Vec<i64> = comments.iter().map(|comment| comment.seq).collect();
    let mut tx = env.read().await?;
    let mut kept = store::vectors(&mut tx, encoder.digest(), &seqs).await?;
    drop(tx);
    let is_current = |kept: &HashMap<i64, (String, Vec<u8>)>, comment: &StoredComment| {
        kept.get(&comment.seq).is_some_and(|(hash, _)| *hash == comment.text_hash)
    };
    let missing: Vec<&StoredComment> = comments.iter().filter(|comment| !is_current(&kept, comment)).collect();
    if !missing.is_empty() {
        let texts = missing.iter().map(|comment| comment.model_text()).collect();
        let vectors = env.service::<Engine>()?.encode(encoder, texts).await?;
        let mut rows = Vec::with_capacity(missing.len());
        for (comment, vector) in missing.iter().zip(&vectors) {
            rows.push((comment.seq, comment.text_hash.clone(), to_half(vector)));
        }
        keep(env, encoder.digest(), &rows).await?;
        kept.extend(rows.into_iter().map(|(seq, hash, bytes)| (seq, (hash, bytes))));
    }
    let vector = |comment: &StoredComment| {
        let (_, bytes) = kept.get(&comment.seq).ok_or_else(|| Error::internal("a vector that was just computed is missing"))?;
        Ok(from_half(bytes))
    };
    comments.iter().map(vector).collect()
}

/// Keeps vectors; a comment deleted meanwhile is no reason to fail.
async fn keep(env: &Env, encoder: &str, rows: &[(i64, String, Vec<u8>)]) -> Result<()> {
    let mut tx = env.begin().await?;
    store::keep_vectors(&mut tx, encoder, rows).await?;
    tx.commit().await
}

/// A vector as it reads back after being stored.
pub(crate) fn rounded(vector: &[f32]) -> Vec<f32> {
    vector.iter().map(|x| half_to_f32(f32_to_half(*x))).collect()
}

pub(crate) fn to_half(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|x| f32_to_half(*x).to_le_bytes()).collect()
}

/// The vector that was stored as these bytes.
pub(crate) fn from_half(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<2>().0.iter().map(|pair| half_to_f32(u16::from_le_bytes(*pair))).collect()
}

/// IEEE 754 binary16, rounding to nearest even. Vectors are normalised, so infinities do not occur;
/// values too small for a normal number become zero.
fn f32_to_half(x: f32) -> u16 {
    let bits = x.to_bits();
    let sign = ((bits >> 16) & 0x8000) as u16;
    let exponent = ((bits >> 23) & 0xff) as i32 - 127 + 15;
    if exponent <= 0 {
        return sign;
    }
    if exponent >= 31 {
        return sign | 0x7bff;
    }
    let mantissa = bits & 0x007f_ffff;
    let truncated = ((exponent as u32) << 10) | (mantissa >> 13);
    let rest = mantissa & 0x1fff;
    let rounds_up = rest > 0x1000 || (rest == 0x1000 && truncated & 1 == 1);
    sign | (truncated + u32::from(rounds_up)) as u16
}

fn half_to_f32(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let exponent = u32::from(half >> 10) & 0x1f;
    if exponent == 0 {
        return f32::from_bits(sign);
    }
    f32::from_bits(sign | ((exponent + 127 - 15) << 23) | (u32::from(half & 0x3ff) << 13))
}

#[cfg(test)]
mod tests {
    use super::{from_half, rounded, to_half};

    #[test]
    fn half_precision_keeps_three_digits_and_is_stable() {
        let vector: Vec<f32> = (0..384_i16).map(|n| (f32::from(n) - 192.0) / 500.0).collect();
        let once = rounded(&vector);
        assert_eq!(from_half(&to_half(&vector)), once);
        assert_eq!(rounded(&once), once);
        for (a, b) in vector.iter().zip(&once) {
            assert!((a - b).abs() <= a.abs() * 0.0005 + 1e-4, "{a} {b}");
        }
        assert_eq!(rounded(&[0.0, 1.0, -1.0, 0.5]), [0.0, 1.0, -1.0, 0.5]);
    }
}
