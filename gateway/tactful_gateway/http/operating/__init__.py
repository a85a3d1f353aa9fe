"""Looking after sinks over HTTP: their states, dead letters, replays; what travels is in `wire`."""
