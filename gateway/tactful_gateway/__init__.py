"""The gateway: it decides, collects answers durably and forwards them to sinks."""
