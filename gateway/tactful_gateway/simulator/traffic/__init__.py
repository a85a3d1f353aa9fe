"""Traffic files: rows of CSV and JSON Lines become visits, every bad row named with its line."""
