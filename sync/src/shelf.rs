//! Items on their way lie sorted in the messages: whole chunks pack smaller so (docs/protocol.md).

/// How the items of a chunk are written into a message.
pub(crate) mod items {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use serde_bytes::ByteBuf;

    use crate::wire::MAX_UNPACKED;

    pub fn serialize<S: Serializer>(items: &[ByteBuf], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&shelf::sort(items))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<ByteBuf>, D::Error> {
        let bytes = ByteBuf::deserialize(from)?;
        let items = shelf::collect(&bytes, MAX_UNPACKED).map_err(D::Error::custom)?;
        Ok(items.into_iter().map(ByteBuf::from).collect())
    }
}

/// How items on their way to a desk are written into a message: what is told about each, then all of them sorted.
pub(crate) mod numbered {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};
    use serde_bytes::ByteBuf;

    use crate::wire::{MAX_UNPACKED, Numbered};

    pub fn serialize<S: Serializer>(items: &[Numbered], to: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<&[u8]> = items.iter().map(|numbered| numbered.item.as_slice()).collect();
        let sorted = ByteBuf::from(shelf::sort(&bytes));
        let bare = |numbered: &Numbered| Numbered { item: Vec::new(), ..numbered.clone() };
        (items.iter().map(bare).collect::<Vec<_>>(), sorted).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Numbered>, D::Error> {
        let (mut items, sorted) = <(Vec<Numbered>, ByteBuf)>::deserialize(from)?;
        let bytes = shelf::collect(&sorted, MAX_UNPACKED).map_err(D::Error::custom)?;
        if bytes.len() != items.len() {
            return Err(D::Error::custom("items are missing"));
        }
        for (numbered, bytes) in items.iter_mut().zip(bytes) {
            numbered.item = bytes;
        }
        Ok(items)
    }
}
