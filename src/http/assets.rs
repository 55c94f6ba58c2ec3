//! `/assets/…`: style, script and pictures, by names that change with their content.
use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use templates::assets;

use super::Error;

pub(super) async fn file(Path(name): Path<String>) -> Result<Response, Error> {
    let asset = assets::find(&name).ok_or(Error::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.bytes).into_response())
}
