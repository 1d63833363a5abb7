//! Reads a request body: not more than allowed, and not from somebody who only pretends to send.

use std::time::Duration;

use adit_kernel::{Error, Result, catalogue};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

/// Bytes a body must bring per second, on average, once the first pause has passed.
/// Far below any real line, far above a client that sends a byte now and then to hold a connection.
const SLOWEST_BYTES_PER_SECOND: u64 = 512;

/// The whole body.
///
/// # Errors
/// 413 above `limit` bytes, 408 after a silence of `pause` or when the body trickles, 400 when the client goes away.
pub(crate) async fn read(mut body: Body, limit: usize, pause: Duration) -> Result<Bytes> {
    let started = Instant::now();
    let mut read = BytesMut::new();
    loop {
        let trickles_at = started + pause + Duration::from_secs(read.len() as u64 / SLOWEST_BYTES_PER_SECOND);
        let deadline = trickles_at.min(Instant::now() + pause);
        let frame = match timeout_at(deadline, body.frame()).await {
            Err(_) => return Err(catalogue::slow_body()),
            Ok(None) => return Ok(read.freeze()),
            Ok(Some(frame)) => frame.map_err(|_| Error::invalid("The request body ended early."))?,
        };
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() > limit {
            return Err(catalogue::too_large(limit));
        }
        read.extend_from_slice(&data);
    }
}
