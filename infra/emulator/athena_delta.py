"""In: Athena's requests. Out: the same as AWS makes of them, where the emulator alone differs.

Delta tables are registered without columns, which the emulator takes for a query and fails; views it can't make, because
it reads no Delta; and a table that it does not know it makes up.
"""

from __future__ import annotations

import re
import time

from ministack.core.responses import error_response_json
from ministack.services import athena, glue

CREATE = re.compile(
    r"^CREATE EXTERNAL TABLE IF NOT EXISTS `(\w+)`\.`(\w+)` LOCATION '([^']+)' TBLPROPERTIES \('table_type' = 'DELTA'\)$"
)
CREATE_VIEW = re.compile(r'^CREATE OR REPLACE VIEW "(\w+)"\."(\w+)" AS\s(.+)$', re.DOTALL)


def registered_view(query: str) -> bool:
    """Registers the view that a statement names, if the tables that it reads are known; whether it is such a statement."""
    match = CREATE_VIEW.match(query.strip())
    if not match:
        return False
    database, view, select = match.groups()
    for table in set(re.findall(r"\b(?:silver|gold)_\w+", select)):
        if f"{database}/{table}" not in glue._tables:
            raise ValueError(f"TABLE_NOT_FOUND: {database}.{table}")
    glue._tables.pop(f"{database}/{view}", None)
    table_input = {"Name": view, "TableType": "VIRTUAL_VIEW", "Parameters": {"presto_view": "true"}}
    glue._create_table({"DatabaseName": database, "TableInput": table_input})
    return True


def registered(query: str) -> bool:
    """Registers the Delta table that a statement names; whether it is such a statement."""
    match = CREATE.match(query.strip())
    if not match:
        return False
    database, table, location = match.groups()
    if database not in glue._databases:
        raise ValueError(f"SCHEMA_NOT_FOUND: {database}")
    if f"{database}/{table}" not in glue._tables:
        parameters = {"table_type": "delta", "spark.sql.sources.provider": "delta", "location": location}
        table_input = {"Name": table, "Parameters": parameters, "StorageDescriptor": {"Location": location}}
        glue._create_table({"DatabaseName": database, "TableInput": table_input})
    return True


def install() -> None:
    run_query, metadata = athena._run_duckdb, athena._get_table_metadata

    async def run_or_register(query: str, database: str, catalog: str | None = None) -> dict:
        if registered(query) or registered_view(query):
            return {"columns": [], "column_types": [], "rows": []}
        return await run_query(query, database, catalog)

    def known_metadata(data: dict) -> object:
        name = f"{data.get('DatabaseName')}/{data.get('TableName')}"
        if name in glue._tables:
            return metadata(data)
        text = f"EntityNotFoundException: Entity Not Found (Service: AmazonDataCatalog; {name}; {time.time():.0f})"
        return error_response_json("MetadataException", text, 400)

    athena._run_duckdb, athena._get_table_metadata = run_or_register, known_metadata
