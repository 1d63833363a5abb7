//! Reads a SentencePiece model: its pieces with their scores, and its table of normalisation.
//!
//! The file is a protocol buffer. This one is of the layout before the options of training were kept in it: the pieces
//! are field 1, and the specification of the normaliser is field 3, with the compiled table as its field 2.

use crate::encoder::weights::WeightsError;

/// What a model file holds.
pub(super) struct ModelFile<'a> {
    /// Pieces and their log-probabilities, by id.
    pub(super) pieces: Vec<(&'a str, f32)>,
    /// The compiled table of normalisation.
    pub(super) charsmap: &'a [u8],
}

/// One field of a message.
enum Value<'a> {
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
    /// A number that nothing here asks for.
    Other,
}

/// Reads a model file.
pub(super) fn read(file: &[u8]) -> Result<ModelFile<'_>, WeightsError> {
    let mut model = ModelFile { pieces: Vec::new(), charsmap: &[] };
    for field in fields(file) {
        match field? {
            (1, Value::Bytes(piece)) => model.pieces.push(read_piece(piece)?),
            (3, Value::Bytes(normalizer)) => {
                for field in fields(normalizer) {
                    if let (2, Value::Bytes(charsmap)) = field? {
                        model.charsmap = charsmap;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(model)
}

fn read_piece(message: &[u8]) -> Result<(&str, f32), WeightsError> {
    let (mut piece, mut score) = ("", 0.0);
    for field in fields(message) {
        match field? {
            (1, Value::Bytes(text)) => piece = std::str::from_utf8(text).map_err(|_| damaged("a piece is not UTF-8"))?,
            (2, Value::Fixed32(bytes)) => score = f32::from_le_bytes(bytes),
            _ => {}
        }
    }
    Ok((piece, score))
}

/// The fields of a message, in their order; ends after the first that cannot be read.
fn fields(mut rest: &[u8]) -> impl Iterator<Item = Result<(u64, Value<'_>), WeightsError>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = next_field(&mut rest).ok_or_else(|| damaged("a field ends before its time"));
        if field.is_err() {
            rest = &[];
        }
        Some(field)
    })
}

fn next_field<'a>(rest: &mut &'a [u8]) -> Option<(u64, Value<'a>)> {
    let tag = varint(rest)?;
    let value = match tag & 7 {
        0 => varint(rest).map(|_| Value::Other)?,
        1 => take(rest, 8).map(|_| Value::Other)?,
        2 => {
            let length = usize::try_from(varint(rest)?).ok()?;
            Value::Bytes(take(rest, length)?)
        }
        5 => Value::Fixed32(take(rest, 4)?.try_into().ok()?),
        _ => return None,
    };
    Some((tag >> 3, value))
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(n)?;
    *rest = after;
    Some(taken)
}

fn damaged(what: &str) -> WeightsError {
    WeightsError::Tokenizer(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_the_table_are_found_among_other_fields() {
        let file = [
            &[0x0a, 7, 0x0a, 0, 0x15, 0, 0, 0x80, 0x3f][..],
            &[0x0a, 5, 0x0a, 1, b'a', 0x18, 1],
            &[0x12, 2, 0x08, 1],
            &[0x1a, 7, 0x0a, 1, b'n', 0x12, 2, 9, 8],
        ]
        .concat();
        let model = read(&file).unwrap();
        assert_eq!(model.pieces, [("", 1.0), ("a", 0.0)]);
        assert_eq!(model.charsmap, [9, 8]);
    }

    #[test]
    fn a_cut_file_is_refused() {
        assert!(read(&[0x0a, 200, 1, 2]).is_err());
        assert!(read(&[0x0a, 0x80]).is_err());
        assert!(read(&[0x0f]).is_err());
        assert!(read(&[]).unwrap().pieces.is_empty());
    }
}
