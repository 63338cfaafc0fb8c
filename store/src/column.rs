//! How ids, digests, statuses and region codes are written into columns and read back.

use domain::id::{ActId, CaseId, DeskId, Digest, PersonId};
use domain::lifecycle::Status;
use domain::region::RegionCode;
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use uuid::Uuid;

/// A value of the domain on its way into or out of a column.
pub(crate) struct Sql<T>(pub(crate) T);

macro_rules! uuid_column {
    ($($name:ident),*) => {$(
        impl ToSql for Sql<$name> {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.0.as_bytes())))
            }
        }
        impl FromSql for Sql<$name> {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let bytes = value.as_blob()?;
                Uuid::from_slice(bytes).map(|id| Sql($name(id))).map_err(|_| FromSqlError::InvalidType)
            }
        }
    )*};
}
uuid_column!(CaseId, ActId, PersonId, DeskId);

impl ToSql for Sql<Digest> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(&self.0.0)))
    }
}

impl FromSql for Sql<Digest> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value.as_blob()?.try_into().map_err(|_| FromSqlError::InvalidType)?;
        Ok(Sql(Digest(bytes)))
    }
}

impl ToSql for Sql<Status> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.name()))
    }
}

impl FromSql for Sql<Status> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Status::from_name(value.as_str()?).map(Sql).ok_or(FromSqlError::InvalidType)
    }
}

impl ToSql for Sql<&RegionCode> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_str()))
    }
}

impl FromSql for Sql<RegionCode> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Sql).map_err(|_| FromSqlError::InvalidType)
    }
}

/// Document heads (32-byte change hashes) as one blob.
pub(crate) fn heads_to_blob(heads: &[[u8; 32]]) -> Vec<u8> {
    heads.concat()
}

/// The inverse of [`heads_to_blob`].
pub(crate) struct Heads(pub(crate) Vec<[u8; 32]>);

impl FromSql for Heads {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let (heads, rest) = value.as_blob()?.as_chunks::<32>();
        if rest.is_empty() { Ok(Heads(heads.to_vec())) } else { Err(FromSqlError::InvalidType) }
    }
}
