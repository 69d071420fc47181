//! The report.
pub struct Page { pub html: String, pub figures: Vec<(String, String)>, pub summary: serde_json::Value, pub verdict: Vec<String> }
pub fn write_page(_r: &crate::archive::Results) -> Result<Page, String> { Ok(Page{html: String::new(), figures: vec![], summary: serde_json::Value::Null, verdict: vec![]}) }
