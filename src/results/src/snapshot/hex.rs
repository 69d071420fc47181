//! Bytes as text: `0x` and two lower-case digits a byte.

use super::tree::{Hash, keccak256};
use serde::de::{Error, Visitor};
use std::fmt::{self, Write};

/// Bytes of an address.
pub const ADDRESS_BYTES: usize = 20;

/// An address: 20 bytes.
pub type Address = [u8; ADDRESS_BYTES];

/// Bytes as text.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("0x");
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
        }
    }
    text
}

/// The bytes of a text of exactly `0x` and lower-case digits: any other way to write them would hide a changed letter.
///
/// # Errors
/// A sentence that says what stands there and what should.
pub fn read_hex<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let refused = || format!("{} is not 0x and {} hexadecimal digits in lower case", shown(text), 2 * N);
    let digits =
        text.strip_prefix("0x").map(str::as_bytes).filter(|digits| digits.len() == 2 * N).ok_or_else(refused)?;
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0]).zip(digit(pair[1])).map(|(high, low)| high << 4 | low).ok_or_else(refused)?;
    }
    Ok(bytes)
}

/// An address in lower case, or in the mixed case that carries a checksum.
///
/// # Errors
/// A sentence that says what is wrong: the length, a digit, or the checksum.
///
/// Source: ERC-55: a letter is a capital where the digit of keccak256 of the lower-case text at its place is 8 or more.
pub fn read_address(text: &str) -> Result<Address, String> {
    let lower = text.to_ascii_lowercase();
    let address = read_hex::<ADDRESS_BYTES>(&lower).map_err(|_| {
        format!("{} is no address: expected 0x and {} hexadecimal digits", shown(text), 2 * ADDRESS_BYTES)
    })?;
    if text == lower {
        return Ok(address);
    }
    let sums = keccak256(&lower.as_bytes()[2..]);
    let is_capital = |at: usize| (sums[at / 2] >> (4 * (1 - at % 2))) & 15 >= 8;
    let fits =
        |(at, letter): (usize, char)| !letter.is_ascii_alphabetic() || letter.is_ascii_uppercase() == is_capital(at);
    if text.starts_with("0x") && text[2..].chars().enumerate().all(fits) {
        Ok(address)
    } else {
        Err(format!("{} does not carry the checksum of its address: its capitals are not those of ERC-55", shown(text)))
    }
}

/// A text for a message: cut where it is long.
pub(super) fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 80;
    let mut cut: String = text.chars().take(SHOWN_MAX).collect();
    if cut.len() < text.len() {
        let _a_string_takes_all = write!(cut, "... ({} bytes)", text.len());
    }
    format!("\"{cut}\"")
}

/// A hash that a file writes as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HashText(pub(super) Hash);

impl serde::Serialize for HashText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> serde::Deserialize<'de> for HashText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = HashText;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a hash: 0x and 64 hexadecimal digits in lower case")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<HashText, E> {
                read_hex(text).map(HashText).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_the_checksum_of_the_standard() {
        // Source: the examples of ERC-55.
        for text in [
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        ] {
            let address = read_address(text).unwrap();
            assert_eq!(hex(&address), text.to_ascii_lowercase());
            assert_eq!(read_address(&text.to_ascii_lowercase()), Ok(address));
            for at in 2..text.len() {
                let mut changed = text.as_bytes().to_vec();
                changed[at] ^= 0x20;
                if changed[at].is_ascii_alphabetic() {
                    assert!(read_address(std::str::from_utf8(&changed).unwrap()).is_err());
                }
            }
        }
        for text in [
            "",
            "0x",
            "0x12",
            "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
            "0xé",
            "0Xfb6916095ca1df60bb79ce92ce3ea74c37c5d359",
        ] {
            assert!(read_address(text).is_err(), "{text}");
        }
    }
}
