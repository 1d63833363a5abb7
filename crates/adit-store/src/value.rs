//! A typed SQL parameter; `None` is a typed NULL, which PostgreSQL insists on.

use adit_kernel::{Id, Timestamp};

/// One bound parameter.
#[derive(Debug, Clone)]
pub enum Value {
    /// `TEXT`.
    Text(Option<String>),
    /// `BIGINT`; also booleans, ids and timestamps (microseconds).
    Int(Option<i64>),
    /// `DOUBLE PRECISION`.
    Real(Option<f64>),
    /// `BLOB` or `BYTEA`.
    Blob(Option<Vec<u8>>),
}

macro_rules! from {
    ($($type:ty => |$x:ident| $variant:ident($value:expr);)*) => {
        $(
            impl From<$type> for Value {
                fn from($x: $type) -> Self { Self::$variant(Some($value)) }
            }
            impl From<Option<$type>> for Value {
                fn from(option: Option<$type>) -> Self { Self::$variant(option.map(|$x| $value)) }
            }
        )*
    };
}

from! {
    String => |x| Text(x);
    &String => |x| Text(x.clone());
    &str => |x| Text(x.to_owned());
    i64 => |x| Int(x);
    i32 => |x| Int(i64::from(x));
    u32 => |x| Int(i64::from(x));
    bool => |x| Int(i64::from(x));
    Id => |x| Int(x.to_db());
    Timestamp => |x| Int(x.micros());
    f64 => |x| Real(x);
    f32 => |x| Real(f64::from(x));
    Vec<u8> => |x| Blob(x);
    &[u8] => |x| Blob(x.to_vec());
}

/// A list of [`Value`]s from anything that converts into one.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}
