//! A request's body: bytes, or a file that is not read into memory.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncRead as _, ReadBuf};

const CHUNK_BYTES: usize = 1 << 16;

/// A body and its SHA-256 in lower-case hex.
#[derive(Debug)]
pub(crate) struct Body {
    sha256: Arc<str>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Bytes(Option<Bytes>),
    File {
        path: Arc<PathBuf>,
        file: Option<File>,
        left: u64,
        size: u64,
    },
}

impl Body {
    pub(crate) fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            sha256: hex::encode(Sha256::digest(&bytes)).into(),
            source: Source::Bytes(Some(bytes)),
        }
    }

    /// A file of this size and hash.
    pub(crate) fn file(path: PathBuf, sha256: &str, size: u64) -> Self {
        Self {
            sha256: sha256.into(),
            source: Source::File {
                path: Arc::new(path),
                file: None,
                left: size,
                size,
            },
        }
    }

    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The same body from its beginning.
    pub(super) async fn again(&self) -> Result<Self, String> {
        let source = match &self.source {
            Source::Bytes(bytes) => Source::Bytes(bytes.clone()),
            Source::File { path, size, .. } => {
                let file = File::open(path.as_path())
                    .await
                    .map_err(|e| format!("{}: {e}", path.display()))?;
                Source::File {
                    path: path.clone(),
                    file: Some(file),
                    left: *size,
                    size: *size,
                }
            }
        };
        Ok(Self {
            sha256: self.sha256.clone(),
            source,
        })
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        match &mut self.get_mut().source {
            Source::Bytes(bytes) => Poll::Ready(
                bytes
                    .take()
                    .filter(|bytes| !bytes.is_empty())
                    .map(|bytes| Ok(Frame::data(bytes))),
            ),
            Source::File {
                file: Some(file),
                left,
                ..
            } if *left > 0 => {
                let mut chunk =
                    vec![0; CHUNK_BYTES.min(usize::try_from(*left).unwrap_or(CHUNK_BYTES))];
                let mut buffer = ReadBuf::new(&mut chunk);
                ready!(Pin::new(file).poll_read(context, &mut buffer))?;
                let read = buffer.filled().len();
                if read == 0 {
                    return Poll::Ready(Some(Err(std::io::ErrorKind::UnexpectedEof.into())));
                }
                chunk.truncate(read);
                *left -= read as u64;
                Poll::Ready(Some(Ok(Frame::data(chunk.into()))))
            }
            Source::File { .. } => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match &self.source {
            Source::Bytes(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            Source::File { left, .. } => *left,
        })
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Bytes(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Source::File { left, .. } => *left == 0,
        }
    }
}
