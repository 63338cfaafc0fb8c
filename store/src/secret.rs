//! The two secrets a password opens: the key of the database and the person's own signing seed.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::KeysError;

macro_rules! secret {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name([u8; 32]);

        impl $name {
            /// A new one from the operating system's random source.
            pub fn generate() -> Result<Self, KeysError> {
                let mut bytes = Zeroizing::new([0u8; 32]);
                getrandom::fill(&mut bytes[..]).map_err(|_| KeysError::Unusable)?;
                Ok($name(*bytes))
            }

            /// From 32 bytes, for example out of a recovery wrap.
            pub fn from_bytes(bytes: &[u8; 32]) -> Self {
                $name(*bytes)
            }

            /// The 32 bytes. Do not copy them further than needed.
            pub fn bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

secret!(
    /// Raw 256-bit key of `desk.db`; file keys are derived from it. Wiped from memory when dropped.
    DbKey
);
secret!(
    /// Seed of a person's Ed25519 signing key (ruling 18). Wiped from memory when dropped.
    PersonSeed
);
