//! Reads arrays of NumPy's own format, version 1 (NumPy Enhancement Proposal 1).

/// An array in C order.
#[derive(Debug, PartialEq)]
pub(super) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) values: Values,
}

#[derive(Debug, PartialEq)]
pub(super) enum Values {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
}

impl Array {
    /// Reads a file of bytes or little-endian floats of 32 bits.
    pub(super) fn read(file: &[u8]) -> Result<Array, &'static str> {
        let rest = file.strip_prefix(b"\x93NUMPY\x01\x00").ok_or("it is not an array of version 1")?;
        let (size, rest) = rest.split_first_chunk::<2>().ok_or("it ends within its head")?;
        let (head, body) = rest.split_at_checked(usize::from(u16::from_le_bytes(*size))).ok_or("it ends within its head")?;
        let head = std::str::from_utf8(head).map_err(|_| "its head is no text")?;
        if !head.contains("'fortran_order': False") {
            return Err("it is not in C order");
        }
        let (_, shape) = head.split_once("'shape': (").ok_or("it has no shape")?;
        let (shape, _) = shape.split_once(')').ok_or("it has no shape")?;
        let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
        let shape = sizes.map(str::parse).collect::<Result<Vec<usize>, _>>().map_err(|_| "it has no shape")?;
        let n_values = shape.iter().try_fold(1usize, |n, size| n.checked_mul(*size)).ok_or("it is too large")?;
        let values = if head.contains("'|u1'") {
            Values::Bytes(body.to_vec())
        } else if head.contains("'<f4'") {
            let (fours, rest) = body.as_chunks::<4>();
            let floats = fours.iter().map(|four| f32::from_le_bytes(*four)).collect();
            if rest.is_empty() { Values::Floats(floats) } else { return Err("it ends within a number") }
        } else {
            return Err("its values are of another type");
        };
        let n_found = match &values {
            Values::Bytes(bytes) => bytes.len(),
            Values::Floats(floats) => floats.len(),
        };
        if n_found == n_values { Ok(Array { shape, values }) } else { Err("it does not hold as many values as its shape says") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(head: &str, body: &[u8]) -> Vec<u8> {
        [b"\x93NUMPY\x01\x00", &(head.len() as u16).to_le_bytes()[..], head.as_bytes(), body].concat()
    }

    #[test]
    fn bytes_and_floats_are_read() {
        let bytes = file("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }   \n", &[1, 2, 3, 4, 5, 6]);
        assert_eq!(Array::read(&bytes), Ok(Array { shape: vec![2, 3], values: Values::Bytes(vec![1, 2, 3, 4, 5, 6]) }));
        let floats = file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", &1.5f32.to_le_bytes());
        assert_eq!(Array::read(&floats), Ok(Array { shape: vec![1], values: Values::Floats(vec![1.5]) }));
    }

    #[test]
    fn anything_else_is_refused() {
        let head = |order, kind| format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': (2,), }}");
        assert!(Array::read(&file(&head("True", "|u1"), &[1, 2])).is_err());
        assert!(Array::read(&file(&head("False", "<f8"), &[1, 2])).is_err());
        assert!(Array::read(&file(&head("False", "|u1"), &[1])).is_err());
        assert!(Array::read(b"\x93NUMPY\x01\x00\xff\xff").is_err());
    }
}
