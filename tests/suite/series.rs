//! Series of the user's own: what is read, and what is refused with a reason.

use polars::prelude::*;
use polars_io::parquet::write::ParquetWriter;
use portage::archive::{read_gas, read_prices};
use std::path::Path;

fn written(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    (folder, name.to_owned())
}

fn refusal(text: &str) -> String {
    let (folder, name) = written("mine.csv", text);
    read_prices(&name, folder.path()).unwrap_err()
}

#[test]
fn texts_unix_seconds_and_parquet_times_read_alike() {
    let texts = "time,close_usd\n2024-03-01,100\n2024-03-02,101\n2024-03-04,102.5\n";
    let unix = "time,close_usd\n1709251200,100\n1709337600,101\n1709510400,102.5\n";
    let read = |text: &str| {
        let (folder, name) = written("mine.csv", text);
        read_prices(&name, folder.path()).unwrap()
    };
    let series = read(texts);
    assert_eq!(series, read(unix));
    // The missing third of March has the close of the second; closes belong to the end of their day.
    assert_eq!(series.values, [100.0, 101.0, 101.0, 102.5]);
    assert_eq!((series.start.to_string().as_str(), series.step_seconds), ("2024-03-02", 86_400.0));

    let folder = tempfile::tempdir().unwrap();
    let days = Column::new("time".into(), [19_783_i32, 19_784, 19_786]).cast(&DataType::Date).unwrap();
    for (kind, times) in
        [("date", days.clone()), ("datetime", days.cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap())]
    {
        let mut frame = DataFrame::new(3, vec![times, Column::new("close_usd".into(), [100.0, 101.0, 102.5])]).unwrap();
        let name = format!("{kind}.parquet");
        ParquetWriter::new(std::fs::File::create(folder.path().join(&name)).unwrap()).finish(&mut frame).unwrap();
        assert_eq!(read_prices(&name, folder.path()).unwrap().values, series.values, "{kind}");
    }
}

#[test]
fn what_is_wrong_with_a_series_is_said() {
    for (text, says) in [
        ("time,close\n2024-03-01,1\n2024-03-02,1\n", "no column `close_usd`; it has time, close"),
        ("time,close_usd\n2024-03-01,1\n", "fewer than two rows"),
        ("time,close_usd\n2024-03-02,1\n2024-03-01,1\n", "row 2 of the series \"mine.csv\" is not later"),
        ("time,close_usd\n2024-03-01,1\n2024-03-02,-1\n", "row 2 of the series \"mine.csv\": close_usd"),
        (
            "time,close_usd\n2024-03-01,1\n2024-03-02,1\n2024-03-12,1\n",
            "9 intervals of 86400 s are missing before row 3",
        ),
        ("time,close_usd\n1709251200000,1\n1709337600000,1\n", "milliseconds"),
        ("time,close_usd\nsoon,1\nlater,1\n", "\"soon\" is not a date"),
    ] {
        let why = refusal(text);
        assert!(why.contains(says), "{text:?}: {why}");
    }
    let nearly = read_prices("eth_usd_hourli", Path::new(".")).unwrap_err();
    assert!(nearly.contains("did you mean \"eth_usd_hourly\"?"), "{nearly}");
}

#[test]
fn a_gas_day_spoilt_by_absurd_fees_is_replaced_by_its_neighbours() {
    let (folder, name) = written(
        "gas.csv",
        "date,mean_gas_price_gwei,outlier_flag\n2024-03-01,10,0\n2024-03-02,9000,1\n2024-03-03,40,2\n",
    );
    assert_eq!(read_gas(&name, folder.path()).unwrap().mean_gwei, [10.0, 20.0, 40.0]);
}
