//! Reads a request body: not more than allowed, and not from somebody who only pretends to send.

use std::time::Duration;

use adit_kernel::{Error, Result, catalogue};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::Limits;

/// Bytes a body must bring per second, on average, once the first pause has passed.
/// Far below any real line, far above a client that sends a byte now and then to hold a connection.
const SLOWEST_BYTES_PER_SECOND: u64 = 512;

/// The whole body.
///
/// # Errors
/// 413 above `limits.body_bytes`, 408 after a silence of `limits.body_pause` or when the body trickles, 400 when the
/// client goes away.
pub(crate) async fn read(mut body: Body, limits: &Limits) -> Result<Bytes> {
    let started = Instant::now();
    let mut read = BytesMut::new();
    loop {
        let trickles_at = started + limits.body_pause + Duration::from_secs(read.len() as u64 / SLOWEST_BYTES_PER_SECOND);
        let deadline = trickles_at.min(Instant::now() + limits.body_pause);
        let frame = match timeout_at(deadline, body.frame()).await {
            Err(_) => return Err(catalogue::slow_body()),
            Ok(None) => return Ok(read.freeze()),
            Ok(Some(frame)) => frame.map_err(|_| Error::invalid("The request body ended early."))?,
        };
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() > limits.body_bytes {
            return Err(catalogue::too_large(limits.body_bytes));
        }
        read.extend_from_slice(&data);
    }
}
