"""Params of traffic that broke their schema: how often, where first, what stood there, and why that may be."""
