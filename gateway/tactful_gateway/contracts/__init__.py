"""Test suites that every store, sink and channel must pass; shipped, so that plug-ins can be held to them too."""
