"""Who is who by Splink on DuckDB: pairs that share an e-mail address or a telephone, scored, and clustered.

`--way links` joins every such pair without a look at it (`deterministic_link`), the least that Splink can do. `--way scores`
compares addresses, telephones and names of each pair and joins those with a probability of 95 % and more. The weights are given,
so no time is spent on training.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

JOIN_FROM = 0.95

# Shares of one person's pairs and of two people's that agree, by level: equal, alike (of names), different.
EXACT = {"m_probabilities": [0.9, 0.1], "u_probabilities": [0.000_01, 0.999_99]}
NAMES = {"m_probabilities": [0.8, 0.1, 0.05, 0.05], "u_probabilities": [0.000_1, 0.000_1, 0.001, 0.998_8]}


def settings() -> SettingsCreator:
    """What is compared, for pairs that share the address or the telephone."""
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.ExactMatch("email").configure(**EXACT),
            cl.ExactMatch("phone").configure(**EXACT),
            cl.JaroWinklerAtThresholds("name", [0.95, 0.85]).configure(**NAMES),
        ],
        blocking_rules_to_generate_predictions=[block_on("email"), block_on("phone")],
        probability_two_random_records_match=0.000_01,
        retain_matching_columns=False,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--way", choices=("links", "scores"), required=True)
    args = parser.parse_args()
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE people AS SELECT unique_id, name, email, phone FROM read_csv(?, all_varchar = true, nullstr = '')",
        [str(args.records)],
    )
    db_api = DuckDBAPI(connection)
    linker = Linker(db_api.register("people"), settings(), log_level="ERROR")
    if args.way == "links":
        pairs = linker.inference.deterministic_link()
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs)
    else:
        pairs = linker.inference.predict(threshold_match_probability=JOIN_FROM)
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, JOIN_FROM)
    table = clusters.physical_name
    connection.execute(
        f"COPY (SELECT unique_id, cluster_id AS person FROM {table}) TO '{args.out}' (HEADER, DELIMITER ',')"
    )


if __name__ == "__main__":
    main()
