//! The series that a scenario names: embedded ones, and files beside the scenario.

use portage_scenario::Scenario;
use portage_scenario::resolve::{Library, Unread};
use std::path::Path;
use std::sync::Arc;

/// The series that a scenario names, relative paths taken from `folder`.
pub(crate) fn library(scenario: &Scenario, folder: &Path) -> Library {
    let (prices, gas) = Library::wanted(scenario);
    let mut library = Library::default();
    for name in prices {
        let series = read::read_prices(&name, folder).map(Arc::new).map_err(Unread);
        library.prices.insert(name, series);
    }
    for name in gas {
        let series = read::read_gas(&name, folder).map(Arc::new).map_err(Unread);
        library.gas.insert(name, series);
    }
    library
}

#[cfg(feature = "archive")]
use portage_archive as read;

/// Series are Parquet and CSV files, which only the archive reads.
#[cfg(not(feature = "archive"))]
mod read {
    use portage_market::Series;
    use portage_scenario::resolve::DailyGas;
    use std::path::Path;

    fn unread<T>(name: &str) -> Result<T, String> {
        Err(format!("the series \"{name}\" cannot be read: the library was built without its feature `archive`"))
    }

    pub(super) fn read_prices(name: &str, _folder: &Path) -> Result<Series, String> {
        unread(name)
    }

    pub(super) fn read_gas(name: &str, _folder: &Path) -> Result<DailyGas, String> {
        unread(name)
    }
}
