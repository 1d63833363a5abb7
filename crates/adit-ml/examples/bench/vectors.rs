//! Vectors of texts, kept in a folder under the digest of encoder and texts, so that a second run is quick.

use std::fs;
use std::path::Path;

use adit_ml::Encoder;
use sha2::{Digest, Sha256};

use crate::Failure;

const BATCH: usize = 64;

/// The vectors of the texts, in their order.
pub(crate) fn of(texts: &[&str], encoder: &dyn Encoder, cache: &Path) -> Result<Vec<Vec<f32>>, Failure> {
    let mut digest = Sha256::new();
    digest.update(encoder.digest());
    for text in texts {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    }
    let file = cache.join(format!("{}.f32", &hex::encode(digest.finalize())[..24]));
    let dimension = encoder.dimension();
    if let Ok(bytes) = fs::read(&file)
        && bytes.len() == texts.len() * dimension * 4
    {
        let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
        return Ok(values.chunks_exact(dimension).map(<[f32]>::to_vec).collect());
    }
    let vectors: Vec<Vec<f32>> = texts.chunks(BATCH).flat_map(|chunk| encoder.encode(chunk)).collect();
    fs::create_dir_all(cache)?;
    let bytes: Vec<u8> = vectors.iter().flatten().flat_map(|x| x.to_le_bytes()).collect();
    fs::write(&file, bytes)?;
    Ok(vectors)
}
