"""The sink kind `parquet`: a folder of Parquet files, one folder a day, for DuckDB, Spark and data frames."""
