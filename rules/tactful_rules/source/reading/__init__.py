"""From YAML text to values with positions: what any section reader needs, and nothing it knows of surveys."""
