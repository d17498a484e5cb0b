//! The Delta tables of the lake: the folders that have a log.

use bookpath_app::ports::ObjectError;
use bookpath_platform_aws::Platform;
use bookpath_platform_aws::athena::catalog::CatalogTable;

/// Every table of the tiers, by tier and name. One that nothing was ever committed to is not there yet.
pub(crate) async fn find(
    platform: &Platform,
    tiers: &[(&str, String)],
) -> Result<Vec<CatalogTable>, ObjectError> {
    let mut tables = Vec::new();
    for (tier, bucket) in tiers {
        let prefix = format!("{tier}/");
        let objects = platform.objects(&[(&prefix, bucket)]);
        for folder in objects.folders(&prefix).await? {
            let log = format!("{folder}_delta_log/");
            if objects.folders(&folder).await?.contains(&log) {
                let name = folder.trim_end_matches('/').replace('/', ".");
                tables.push(CatalogTable {
                    name,
                    location: format!("s3://{bucket}/{folder}"),
                });
            }
        }
    }
    Ok(tables)
}
