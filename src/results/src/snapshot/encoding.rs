//! The bytes of an entry: values of fixed length, encoded as Solidity's `abi.encode` does, 32 bytes each.
//!
//! Source: the Solidity documentation, "Contract ABI specification", formal specification of the encoding.

use super::hex::{read_address, read_hex, shown};
use ethnum::U256;
use serde_json::Value;

/// The type of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Address,
    Bool,
    /// `bytes32`.
    Bytes,
    /// `uint` with its bits.
    Unsigned(u32),
    /// `int` with its bits.
    Signed(u32),
}

/// The types of an entry's values, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    names: Vec<String>,
    words: Vec<Word>,
}

/// What is wrong with one value, and which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Index of the value or of the type.
    pub index: usize,
    /// A sentence.
    pub message: String,
}

impl Word {
    fn read(name: &str) -> Option<Self> {
        let bits = |digits: &str| {
            let canonical = digits.parse::<u32>().ok().filter(|bits| bits.to_string() == digits);
            canonical.filter(|bits| (8..=256).contains(bits) && bits % 8 == 0)
        };
        match name {
            "address" => Some(Self::Address),
            "bool" => Some(Self::Bool),
            "bytes32" => Some(Self::Bytes),
            _ => match name.strip_prefix("uint") {
                Some(digits) => bits(digits).map(Self::Unsigned),
                None => name.strip_prefix("int").and_then(bits).map(Self::Signed),
            },
        }
    }

    fn encode(self, value: &Value) -> Result<[u8; 32], String> {
        match (self, value) {
            (Self::Address, Value::String(text)) => {
                let mut word = [0; 32];
                word[12..].copy_from_slice(&read_address(text)?);
                Ok(word)
            }
            (Self::Bytes, Value::String(text)) => read_hex(text),
            (Self::Bool, Value::Bool(value)) => Ok(U256::from(*value).to_be_bytes()),
            (Self::Unsigned(_) | Self::Signed(_), Value::String(text)) => self.integer(text),
            (Self::Unsigned(_) | Self::Signed(_), Value::Number(number)) => self.integer(&number.to_string()),
            _ => Err(format!("{} does not fit", shown(&value.to_string()))),
        }
    }

    fn integer(self, text: &str) -> Result<[u8; 32], String> {
        let (is_negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        // One way to write each number: any other would hide a changed digit.
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits == "0" && !is_negative || !digits.starts_with('0'));
        let magnitude = U256::from_str_radix(digits, 10).ok().filter(|_| is_plain);
        let magnitude =
            magnitude.ok_or_else(|| format!("{} is not a whole number in plain decimal digits", shown(text)))?;
        let (fits, word) = match self {
            Self::Signed(bits) => {
                let half = U256::ONE << (bits - 1);
                let fits = if is_negative { magnitude <= half } else { magnitude < half };
                (fits, if is_negative { magnitude.wrapping_neg() } else { magnitude })
            }
            Self::Unsigned(bits) => (!is_negative && magnitude.leading_zeros() >= 256 - bits, magnitude),
            Self::Address | Self::Bool | Self::Bytes => (false, magnitude),
        };
        if fits { Ok(word.to_be_bytes()) } else { Err(format!("{text} is out of range")) }
    }
}

impl Encoding {
    /// Reads the names of Solidity types.
    ///
    /// # Errors
    /// Where a type is none of those whose length is fixed at one word.
    pub fn read(names: &[String]) -> Result<Self, Misfit> {
        let word = |(index, name): (usize, &String)| {
            Word::read(name).ok_or_else(|| Misfit {
                index,
                message: format!(
                    "{} is not supported; expected address, bool, bytes32, uint8 to uint256 or int8 to int256",
                    shown(name)
                ),
            })
        };
        let words: Result<Vec<Word>, Misfit> = names.iter().enumerate().map(word).collect();
        Ok(Self { names: names.to_vec(), words: words? })
    }

    /// The names of the types.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The bytes of an entry: integers as decimal text or JSON integers, addresses and `bytes32` as hexadecimal text.
    ///
    /// # Errors
    /// Where the number of values or a value does not fit its type.
    pub fn encode(&self, values: &[Value]) -> Result<Vec<u8>, Misfit> {
        if values.len() != self.words.len() {
            let message =
                format!("there are {} values; expected {}: {}", values.len(), self.words.len(), self.names.join(", "));
            return Err(Misfit { index: values.len().min(self.words.len()), message });
        }
        let mut bytes = Vec::with_capacity(32 * values.len());
        for (index, (word, value)) in self.words.iter().zip(values).enumerate() {
            let misfit =
                |message: String| Misfit { index, message: format!("{message}; expected {}", self.names[index]) };
            bytes.extend(word.encode(value).map_err(misfit)?);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn encoded(name: &str, value: &Value) -> Option<String> {
        let encoding = Encoding::read(&[name.to_owned()]).unwrap();
        encoding.encode(std::slice::from_ref(value)).ok().map(|bytes| super::super::hex::hex(&bytes)[2..].to_owned())
    }

    #[test]
    fn values_take_one_word_each() {
        // Source: the ABI specification's examples: 69 as uint32, and two's complement.
        assert_eq!(encoded("uint32", &json!(69)), Some(format!("{:064x}", 69)));
        assert_eq!(encoded("int24", &json!("-1")), Some("f".repeat(64)));
        assert_eq!(encoded("int8", &json!("-128")), Some(format!("{}80", "f".repeat(62))));
        assert_eq!(encoded("bool", &json!(true)), Some(format!("{:064x}", 1)));
        let most = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        assert_eq!(encoded("uint256", &json!(most)), Some("f".repeat(64)));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let beyond = "115792089237316195423570985008687907853269984665640564039457584007913129639936";
        for (name, value) in [
            ("uint8", json!(256)),
            ("uint8", json!(-1)),
            ("int8", json!(128)),
            ("int8", json!("-129")),
            ("uint256", json!(beyond)),
            ("uint256", json!("")),
            ("uint256", json!("-")),
            ("uint256", json!("+1")),
            ("uint256", json!("01")),
            ("int256", json!("-0")),
            ("uint256", json!("1e18")),
            ("uint256", json!(1.5)),
            ("uint256", json!(null)),
            ("address", json!(1)),
            ("bool", json!("true")),
            ("bytes32", json!("0x00")),
        ] {
            assert_eq!(encoded(name, &value), None, "{name} {value}");
        }
        for name in ["uint", "uint0", "uint264", "uint12", "uint08", "string", "uint256[]", "bytes", "é"] {
            assert!(Encoding::read(&[name.to_owned()]).is_err(), "{name}");
        }
        let pair = Encoding::read(&["bool".to_owned(), "bool".to_owned()]).unwrap();
        assert_eq!(pair.encode(&[json!(true)]).map_err(|misfit| misfit.index), Err(1));
    }
}
